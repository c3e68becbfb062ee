/** Shares with their uncertainty, and the spread of samples. */

/** Quantile of the normal distribution for 95 % on both sides. */
const Z = 1.959964;

export type Share = { readonly count: number; readonly of: number; readonly low: number; readonly high: number };

/** Share with its Wilson score interval at 95 % (Wilson 1927); `low` and `high` are between 0 and 1. */
export function shareOf(count: number, of: number): Share {
  if (of === 0) return { count, of, low: 0, high: 1 };
  const share = count / of;
  const scale = 1 + Z ** 2 / of;
  const middle = (share + Z ** 2 / (2 * of)) / scale;
  const half = (Z / scale) * Math.sqrt((share * (1 - share)) / of + Z ** 2 / (4 * of ** 2));
  return { count, of, low: Math.max(0, middle - half), high: Math.min(1, middle + half) };
}

/** `12 (8–17 %)`: the count, and the interval of its share in percent. */
export function showShare({ count, low, high }: Share): string {
  return `${count} (${Math.round(low * 100)}–${Math.round(high * 100)} %)`;
}
