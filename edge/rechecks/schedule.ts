/**
 * When we ask about an address again by ourselves: the arithmetic only. Which reasons are rechecked is a column of the
 * table of reasons (shared/verdict.ts). A recheck comes after the server's own hint, else after 5, 15 and 60 minutes; after
 * three of them it is up to the caller to ask. The rechecks of a list come one after the other.
 */
import { type Reason, reasonRow } from '../../shared/verdict.ts';

const DELAYS_SECONDS = [300, 900, 3_600] as const;
/** A Cloudflare Queue delays a message for at most 12 hours. */
const DELAY_SECONDS_MAX = 43_200;

/**
 * Seconds between two rechecks of one list: each may need a session, and half of those that the most careful provider
 * grants are left for a person who asks meanwhile. A thousand addresses come back within 67 minutes.
 */
const SPACING_SECONDS = 4;
/** Seconds within which all of them have had their turn, however many they are. */
const TURNS_SECONDS_MAX = 4_000;

/**
 * Seconds until the next recheck, or null for none.
 *
 * @param attempt rechecks that have been made of this address so far
 * @param hintSeconds what the server asked for, or null
 */
export function recheckDelaySeconds(reason: Reason, attempt: number, hintSeconds: number | null): number | null {
  const planned = DELAYS_SECONDS[attempt];
  if (planned === undefined || !reasonRow(reason).isRechecked) return null;
  return Math.min(DELAY_SECONDS_MAX, hintSeconds ?? planned);
}

/** Seconds over which those that our own queue has put off come back at least. */
const SPREAD_SECONDS_MIN = 60;

/**
 * The delay of a recheck, longer by chance where our own queue was too long: all who were told of it would be there again at
 * once.
 *
 * @param lot in [0, 1), drawn for this recheck
 */
export function spreadDelay(reason: Reason, delaySeconds: number, lot: number): number {
  if (reason !== 'paced') return delaySeconds;
  return Math.min(DELAY_SECONDS_MAX, Math.ceil(delaySeconds + lot * Math.max(SPREAD_SECONDS_MIN, delaySeconds)));
}

/**
 * The delay of a recheck by its turn among those of a list, which were all put off at about the same time.
 *
 * @param position place in the list, from 0
 */
export function delayInTurn(delaySeconds: number, position: number): number {
  const waitSeconds = Math.min(position * SPACING_SECONDS, TURNS_SECONDS_MAX);
  // A queue holds nothing for longer: those that would come back at its end have their turns before that.
  return Math.min(delaySeconds, DELAY_SECONDS_MAX - TURNS_SECONDS_MAX) + waitSeconds;
}
