/**
 * A time as text (RFC 3339, UTC, milliseconds): what `toISOString` gives. That takes longer than most checks of an address,
 * so within one second only the milliseconds are written anew.
 */

import { inOnePiece } from './one-piece.ts';

let secondMs = Number.NaN;
/** As far as the dot. */
let secondText = '';

/** @param atMs whole milliseconds since 1970 */
export function isoTime(atMs: number): string {
  const ms = ((atMs % 1000) + 1000) % 1000;
  if (atMs - ms !== secondMs) {
    secondText = new Date(atMs).toISOString().slice(0, -'000Z'.length);
    secondMs = atMs - ms;
  }
  return inOnePiece(secondText, String(ms).padStart(3, '0'), 'Z');
}
