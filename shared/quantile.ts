/**
 * Quantile by nearest rank: the smallest sample that this share of the samples does not exceed, or null if there is
 * none.
 *
 * @param share from 0 to 1: 0.5 is the median
 */
export function quantile(samples: readonly number[], share: number): number | null {
  const sorted = Float64Array.from(samples).sort();
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? null;
}
