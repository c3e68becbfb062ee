/** A caller's quota as header fields: `RateLimit-Policy` and `RateLimit` of draft-ietf-httpapi-ratelimit-headers-11. */
import { DAY_SECONDS } from './day-count.ts';
import type { QuotaStatus } from './reservation.ts';

const POLICY = '"daily"';
const MINUTE_POLICY = '"minute"';
const MINUTE_SECONDS = 60;

type Bounds = Pick<QuotaStatus, 'limit' | 'minuteLimit'>;

/** The quota, its window, the remaining units, and the seconds until it is whole again. */
export function rateLimitHeaders(status: QuotaStatus): Readonly<Record<string, string>> {
  const { remaining, resetSeconds, isPaused } = status;
  const ratelimit = isPaused ? `${MINUTE_POLICY};r=0;t=${resetSeconds}` : `${POLICY};r=${remaining};t=${resetSeconds}`;
  return { ...policyHeaders(status), ratelimit };
}

/** The quota alone, for an answer that begins before any unit is spent. */
export function policyHeaders({ limit, minuteLimit }: Bounds): Readonly<Record<string, string>> {
  const ofMinute = minuteLimit === null ? '' : `, ${MINUTE_POLICY};q=${minuteLimit};w=${MINUTE_SECONDS}`;
  return { 'ratelimit-policy': `${POLICY};q=${limit};w=${DAY_SECONDS}${ofMinute}` };
}
