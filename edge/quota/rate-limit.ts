/** A caller's quota as header fields: `RateLimit-Policy` and `RateLimit` of draft-ietf-httpapi-ratelimit-headers-11. */
import { DAY_SECONDS } from './day-count.ts';
import type { QuotaStatus } from './reservation.ts';

const POLICY = '"daily"';

/** The quota, its window, the remaining units, and the seconds until it is whole again. */
export function rateLimitHeaders({ limit, remaining, resetSeconds }: QuotaStatus): Readonly<Record<string, string>> {
  return { ...policyHeaders(limit), ratelimit: `${POLICY};r=${remaining};t=${resetSeconds}` };
}

/** The quota alone, for an answer that begins before any unit is spent. */
export function policyHeaders(limit: number): Readonly<Record<string, string>> {
  return { 'ratelimit-policy': `${POLICY};q=${limit};w=${DAY_SECONDS}` };
}
