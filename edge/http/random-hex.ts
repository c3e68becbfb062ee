/**
 * Random hexadecimal digits in plenty: drawn and written down many at once, since a call into the runtime for each request
 * costs more than all else about its trace.
 */

/** Digits drawn at once: 32 traces of 48. The first ones are a part of what a Worker takes to start. */
const DRAWN = 1_536;
const DIGITS = new TextEncoder().encode('0123456789abcdef');

export type RandomHex = (digits: number) => string;

/** @returns gives up to DRAWN digits, never the same ones again */
export function createRandomHex(): RandomHex {
  const octets = new Uint8Array(DRAWN);
  const decoder = new TextDecoder();
  let text = '';
  let used = 0;
  return (digits) => {
    if (used + digits > text.length) {
      crypto.getRandomValues(octets);
      for (let at = 0; at < DRAWN; at += 1) octets[at] = DIGITS[(octets[at] ?? 0) & 15] ?? 0;
      text = decoder.decode(octets);
      used = 0;
    }
    used += digits;
    return text.slice(used - digits, used);
  };
}
