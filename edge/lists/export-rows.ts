/**
 * Rows as they are given back: the octets of each record as they came, then our own cells. Pure.
 *
 * A shorter record is filled up, so that our cells stand below their names. No cell of ours begins a formula: spreadsheets
 * run what begins with `=`, `+`, `-`, `@` or a tab (OWASP, CSV injection), so that such a cell gets an apostrophe.
 */
import { type Reason, reasonRow, type Verdict } from '../../shared/verdict.ts';
import type { Layout } from './file/detect.ts';

const OWN_COLUMNS = [
  'vrfy_verdict',
  'vrfy_reason',
  'vrfy_did_you_mean',
  'vrfy_duplicate_of',
  'vrfy_checked_at',
] as const;

/** What is known of one row. */
export type RowResult = {
  readonly reason: Reason | null;
  readonly didYouMean: string | null;
  readonly duplicateOf: number | null;
  readonly checkedAtMs: number | null;
};

export function verdictOfReason(reason: Reason | null): Verdict | null {
  return reason === null ? null : reasonRow(reason).verdict;
}

/** Our cells of the header line, with the delimiter before them. */
export function ownHeader({ delimiter }: Layout, cells: number, width: number): string {
  return delimiter.repeat(Math.max(0, width - cells)) + OWN_COLUMNS.map((name) => delimiter + name).join('');
}

/** Our cells of a record, with the delimiter before them; octets as Latin-1. */
export function ownCells({ delimiter }: Layout, cells: number, width: number, result: RowResult): string {
  const { reason, didYouMean, duplicateOf, checkedAtMs } = result;
  const verdict = verdictOfReason(reason) ?? '';
  const meant = didYouMean === null ? '' : safeCell(didYouMean, delimiter);
  const checkedAt = checkedAtMs === null ? '' : new Date(checkedAtMs).toISOString();
  const padding = cells < width ? delimiter.repeat(width - cells) : '';
  return `${padding}${delimiter}${verdict}${delimiter}${reason ?? ''}${delimiter}${meant}${delimiter}${duplicateOf ?? ''}${delimiter}${checkedAt}`;
}

/** A text as a cell: never a formula, in quotes where it needs them, its letters in UTF-8. */
export function safeCell(text: string, delimiter: string): string {
  const harmless = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  const needsQuotes = harmless.includes(delimiter) || /["\r\n]/.test(harmless);
  const cell = needsQuotes ? `"${harmless.replaceAll('"', '""')}"` : harmless;
  return /^[\0-\x7F]*$/.test(cell) ? cell : String.fromCharCode(...new TextEncoder().encode(cell));
}
