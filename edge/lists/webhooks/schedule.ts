/** When a webhook that was not taken is tried again: the schedule that the Standard Webhooks specification recommends. Pure. */

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

/** Milliseconds for which a webhook is retried. */
const RETRY_MS_MAX = 24 * HOUR_MS;
/** Milliseconds from the first attempt to each later one. */
const RETRIES_MS: readonly number[] = [
  5 * SECOND_MS,
  5 * MINUTE_MS,
  30 * MINUTE_MS,
  2 * HOUR_MS,
  5 * HOUR_MS,
  10 * HOUR_MS,
  14 * HOUR_MS,
  20 * HOUR_MS,
  RETRY_MS_MAX,
];

/** Attempts so far, all of them failed. */
export type Attempts = {
  readonly count: number;
  /** Wall clock of the first one; it does not matter while `count` is 0. */
  readonly firstAtMs: number;
};

/** Wall clock of the next attempt, or null to give up. An attempt that is overdue (the process was down) is due now. */
export function nextAttempt({ count, firstAtMs }: Attempts, nowMs: number): number | null {
  if (count === 0) return nowMs;
  const afterMs = RETRIES_MS[count - 1];
  if (afterMs === undefined || nowMs > firstAtMs + RETRY_MS_MAX) return null;
  return Math.max(nowMs, firstAtMs + afterMs);
}
