/**
 * How long a verdict is remembered, and when it is refreshed: arithmetic only, no storage. The lives are columns of the
 * table of reasons (shared/verdict.ts).
 *
 * A temporary state lasts until the time that the caller was told to come back, and minutes at most: a burst of equal
 * questions does not reach the mail server, and a caller that comes back in time gets a new answer.
 */
import { REASONS, type Reason, reasonRow } from '../../shared/verdict.ts';

const MINUTE_SECONDS = 60;
const HOUR_SECONDS = 3_600;

/** Seconds for which a temporary state is remembered at most, and below which storing it is not worthwhile. */
const MOMENT_SECONDS_MAX = 15 * MINUTE_SECONDS;
const MOMENT_SECONDS_MIN = 5;
/**
 * A server that says "later" without a time may mean soon: long enough for a burst, short enough to be accepted next
 * time.
 */
const UNNAMED_SECONDS = 30;
/** Seconds between two refreshes of a verdict, if the first did not succeed. */
export const REFRESH_PAUSE_SECONDS = HOUR_SECONDS;

/** Life of a backup host's answer: the hosts of the first preference may answer otherwise once they are back. */
const BACKUP_SECONDS_MAX = HOUR_SECONDS;

/** True if one verdict may replace another in memory: an answer is replaced only by an answer. */
export function mayReplace(reason: Reason, remembered: Reason): boolean {
  return rank(reason) >= rank(remembered);
}

function rank(reason: Reason): number {
  const { isAnswer, verdict } = reasonRow(reason);
  return isAnswer ? 2 : verdict === 'unknown' ? 0 : 1;
}

/**
 * Seconds for which a verdict is remembered; 0 for not at all.
 *
 * @param retryAfterSeconds as the caller was told, or null
 * @param isOfFirstPreference false if the host that answered receives mail only in place of another one
 */
export function lifeSeconds(reason: Reason, retryAfterSeconds: number | null, isOfFirstPreference = true): number {
  const { memory, retryAfterSeconds: guessSeconds } = reasonRow(reason);
  const { life } = memory;
  if (typeof life === 'number') return isOfFirstPreference ? life : Math.min(life, BACKUP_SECONDS_MAX);
  const isUnnamed = life === 'until_named_retry' && retryAfterSeconds === guessSeconds;
  const toldSeconds = isUnnamed ? UNNAMED_SECONDS : retryAfterSeconds;
  const seconds = Math.min(toldSeconds ?? MOMENT_SECONDS_MAX, MOMENT_SECONDS_MAX);
  return seconds < MOMENT_SECONDS_MIN ? 0 : seconds;
}

/** True for verdicts that the DNS alone decides. */
export function isDnsFact(reason: Reason): boolean {
  return REASONS[reason].isDnsFact;
}

/** Seconds for which a fact of the DNS replaces an older remembered verdict. */
export const DNS_FACT_SECONDS = HOUR_SECONDS;

type Aged = { readonly reason: Reason; readonly checked_at: string; readonly retry_after?: number | null | undefined };

/** Seconds from now until it is worthwhile to ask again; null if the answer is final. */
export function retryAfterNow(remembered: Aged, nowMs: number): number | null {
  const told = toldSeconds(remembered);
  return told === null ? null : Math.max(0, Math.ceil(told - ageSeconds(remembered.checked_at, nowMs)));
}

/** As the caller was told; an older edge did not write it. */
function toldSeconds({ reason, retry_after }: Aged): number | null {
  return retry_after === undefined ? reasonRow(reason).retryAfterSeconds : retry_after;
}

/**
 * Whether a remembered verdict may be the answer: it must not be older than the caller accepts, and not past the time
 * at which an earlier caller was told to ask again.
 *
 * @param maxAgeSeconds null for the whole life
 */
export function isUsable(remembered: Aged, maxAgeSeconds: number | null, nowMs: number): boolean {
  const { reason, checked_at } = remembered;
  const age = ageSeconds(checked_at, nowMs);
  if (maxAgeSeconds === 0 || (maxAgeSeconds !== null && age > maxAgeSeconds)) return false;
  // The store may keep it longer than it is valid.
  if (REASONS[reason].verdict === 'unknown' && age >= lifeSeconds(reason, toldSeconds(remembered))) return false;
  return retryAfterNow(remembered, nowMs) !== 0;
}

/** Whether the verdict is due for a refresh behind the answer (stale-while-revalidate). */
export function isDueForRefresh(
  { reason, checked_at, tried_at }: Aged & { readonly tried_at?: string | undefined },
  nowMs: number,
): boolean {
  const { refreshAfterSeconds: afterSeconds } = reasonRow(reason).memory;
  if (afterSeconds === null || ageSeconds(checked_at, nowMs) < afterSeconds) return false;
  return tried_at === undefined || ageSeconds(tried_at, nowMs) >= REFRESH_PAUSE_SECONDS;
}

/** Seconds left of the life that began when the verdict was found. */
export function leftSeconds({ reason, checked_at }: Aged, nowMs: number): number {
  const { life } = reasonRow(reason).memory;
  return Math.floor((typeof life === 'number' ? life : 0) - ageSeconds(checked_at, nowMs));
}

function ageSeconds(at: string, nowMs: number): number {
  return (nowMs - Date.parse(at)) / 1000;
}
