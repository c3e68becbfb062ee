/**
 * How long a verdict may be remembered, and when it is found out again: the arithmetic only, no storage. The lives are
 * columns of the table of reasons (shared/verdict.ts).
 *
 * A state of the moment lasts until the time at which the caller was told to ask again, and minutes at most: a burst of
 * equal questions is spared the mail server, and a caller who comes back in time has it asked anew.
 */
import { REASONS, type Reason, reasonRow } from '../../shared/verdict.ts';

const MINUTE_SECONDS = 60;
const HOUR_SECONDS = 3_600;

/** Seconds for which a state of the moment is remembered at most, and below which it is not worth remembering. */
const MOMENT_SECONDS_MAX = 15 * MINUTE_SECONDS;
const MOMENT_SECONDS_MIN = 5;
/** A server that says "later" without a time may mean soon: long enough for a burst, short enough to be let in. */
const UNNAMED_SECONDS = 30;
/** Seconds between two attempts to refresh a verdict if the first brought nothing. */
export const REFRESH_PAUSE_SECONDS = HOUR_SECONDS;

/** What a backup said: the hosts of the first preference may say otherwise, once they are there again. */
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
 * @param retryAfterSeconds what the caller was told, or null
 * @param isOfFirstPreference false if the host that said it gets mail only in the place of another one
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

/** True for what the DNS alone decides. */
export function isDnsFact(reason: Reason): boolean {
  return REASONS[reason].isDnsFact;
}

/** Seconds for which a fact of the DNS stands in the place of what was remembered before. */
export const DNS_FACT_SECONDS = HOUR_SECONDS;

type Aged = { readonly reason: Reason; readonly checked_at: string; readonly retry_after?: number | null | undefined };

/** Seconds after which asking again is worthwhile, counted from now; null where the answer stands. */
export function retryAfterNow(remembered: Aged, nowMs: number): number | null {
  const told = toldSeconds(remembered);
  return told === null ? null : Math.max(0, Math.ceil(told - ageSeconds(remembered.checked_at, nowMs)));
}

/** What the caller was told; an older edge has not written it. */
function toldSeconds({ reason, retry_after }: Aged): number | null {
  return retry_after === undefined ? reasonRow(reason).retryAfterSeconds : retry_after;
}

/**
 * Whether a remembered verdict may be the answer: not older than the caller takes it, and not beyond the moment at which
 * an earlier caller was told to ask again.
 *
 * @param maxAgeSeconds null for as long as it lives
 */
export function isUsable(remembered: Aged, maxAgeSeconds: number | null, nowMs: number): boolean {
  const { reason, checked_at } = remembered;
  const age = ageSeconds(checked_at, nowMs);
  if (maxAgeSeconds === 0 || (maxAgeSeconds !== null && age > maxAgeSeconds)) return false;
  // The store may hold it for longer than it counts.
  if (REASONS[reason].verdict === 'unknown' && age >= lifeSeconds(reason, toldSeconds(remembered))) return false;
  return retryAfterNow(remembered, nowMs) !== 0;
}

/** Whether it is time to find the verdict out anew behind the answer. */
export function isDueForRefresh(
  { reason, checked_at, tried_at }: Aged & { readonly tried_at?: string | undefined },
  nowMs: number,
): boolean {
  const { refreshAfterSeconds: afterSeconds } = reasonRow(reason).memory;
  if (afterSeconds === null || ageSeconds(checked_at, nowMs) < afterSeconds) return false;
  return tried_at === undefined || ageSeconds(tried_at, nowMs) >= REFRESH_PAUSE_SECONDS;
}

/** Seconds that are left of the life that began when the verdict was found out. */
export function leftSeconds({ reason, checked_at }: Aged, nowMs: number): number {
  const { life } = reasonRow(reason).memory;
  return Math.floor((typeof life === 'number' ? life : 0) - ageSeconds(checked_at, nowMs));
}

function ageSeconds(at: string, nowMs: number): number {
  return (nowMs - Date.parse(at)) / 1000;
}
