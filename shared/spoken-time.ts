/** Durations in words: "in 5 minutes", "a day ago". */

const UNITS = [
  ['day', 86_400, 'a day'],
  ['hour', 3_600, 'an hour'],
  ['minute', 60, 'a minute'],
  ['second', 1, 'a second'],
] as const;
/** Up to this multiple of a unit, a duration is called one unit; a longer one is counted in the next smaller unit. */
const ONE_MAX = 1.1;
/** A duration is counted in a unit from this many units on. */
const COUNTED_MIN = 1.9;

export function inTime(seconds: number): string {
  return seconds < 1 ? 'now' : `in ${spanOf(seconds)}`;
}

export function timeAgo(seconds: number): string {
  return seconds < 1 ? 'just now' : `${spanOf(seconds)} ago`;
}

function spanOf(exact: number): string {
  const seconds = Math.round(exact);
  const [unit, length, one] = UNITS.find(([, size]) => isSaidIn(size, seconds)) ?? UNITS[3];
  return seconds <= ONE_MAX * length ? one : `${Math.round(seconds / length)} ${unit}s`;
}

function isSaidIn(size: number, seconds: number): boolean {
  return seconds >= COUNTED_MIN * size || (seconds >= size && seconds <= ONE_MAX * size);
}
