/**
 * When an address is asked again by ourselves: policy only. After the server's own hint, else after 5, 15 and 60
 * minutes; three times, then whoever wants to know may ask.
 */
import type { Reason } from '../../shared/verdict.ts';

const DELAYS_SECONDS = [300, 900, 3_600] as const;
/** A Cloudflare Queue delays a message for at most 12 hours. */
const DELAY_SECONDS_MAX = 43_200;

const RECHECKED: readonly Reason[] = ['greylisted', 'rate_limited', 'temporary_failure'];

/**
 * Seconds until the next recheck, or null for none.
 *
 * @param attempt rechecks that have been made of this address so far
 * @param hintSeconds what the server asked for, or null
 */
export function recheckDelaySeconds(reason: Reason, attempt: number, hintSeconds: number | null): number | null {
  const planned = DELAYS_SECONDS[attempt];
  if (planned === undefined || !RECHECKED.includes(reason)) return null;
  return Math.min(DELAY_SECONDS_MAX, hintSeconds ?? planned);
}
