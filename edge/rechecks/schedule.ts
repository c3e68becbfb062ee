/**
 * Schedule of our own rechecks: arithmetic only. The table of reasons (shared/verdict.ts) has a column for the reasons
 * that are rechecked. A recheck follows the server's own hint, else it comes after 5, 15 and 60 minutes; after three of
 * them it is up to the caller to ask. The rechecks of a list are staggered.
 */
import { type Reason, reasonRow } from '../../shared/verdict.ts';

const DELAYS_SECONDS = [300, 900, 3_600] as const;
/** A Cloudflare Queue delays a message for at most 12 hours. */
const DELAY_SECONDS_MAX = 43_200;

/**
 * Seconds between two rechecks of one list: each may need a session, and half of the sessions that the most careful
 * provider grants are left for interactive requests. A thousand addresses come back within 67 minutes.
 */
const SPACING_SECONDS = 4;
/** Seconds within which all of them come back, however many there are. */
const TURNS_SECONDS_MAX = 4_000;

/**
 * Seconds until the next recheck, or null for none.
 *
 * @param attempt rechecks of this address so far
 * @param hintSeconds as the server asked for, or null
 */
export function recheckDelaySeconds(reason: Reason, attempt: number, hintSeconds: number | null): number | null {
  const planned = DELAYS_SECONDS[attempt];
  if (planned === undefined || !reasonRow(reason).isRechecked) return null;
  return Math.min(DELAY_SECONDS_MAX, hintSeconds ?? planned);
}

/** Least width in seconds of the spread for rechecks that our own queue has postponed. */
const SPREAD_SECONDS_MIN = 60;

/**
 * Delay of a recheck, with random jitter if our own queue was too long: without it, all postponed addresses would come
 * back at once.
 *
 * @param lot in [0, 1), drawn for this recheck
 */
export function spreadDelay(reason: Reason, delaySeconds: number, lot: number): number {
  if (reason !== 'paced') return delaySeconds;
  return Math.min(DELAY_SECONDS_MAX, Math.ceil(delaySeconds + lot * Math.max(SPREAD_SECONDS_MIN, delaySeconds)));
}

/**
 * Delay of a recheck by its position among those of a list, which were all postponed at about the same time.
 *
 * @param position place in the list, from 0
 */
export function delayInTurn(delaySeconds: number, position: number): number {
  const waitSeconds = Math.min(position * SPACING_SECONDS, TURNS_SECONDS_MAX);
  // The queue's longest delay: positions that would exceed it are spread over the time before.
  return Math.min(delaySeconds, DELAY_SECONDS_MAX - TURNS_SECONDS_MAX) + waitSeconds;
}
