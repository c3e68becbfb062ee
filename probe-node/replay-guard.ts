/**
 * Remembers each `jti` until its token could not be used any more, so that a token opens the door once.
 *
 * Bounded: when too many live ones are remembered, the next is refused as overload and never let through unremembered.
 */
import { Problem } from '../shared/problem.ts';
import { CLOCK_TOLERANCE_SECONDS, type TokenClaims } from '../shared/token.ts';

/** Tokens live a minute at most: this is more than a thousand jobs a second. */
const REMEMBERED_MAX = 100_000;

export type ReplayGuard = (claims: TokenClaims, nowMs: number) => void;

/** Makes a guard that throws `token_replayed` for a `jti` seen before. */
export function createReplayGuard(): ReplayGuard {
  const expiryMsByJti = new Map<string, number>();
  return ({ jti, expiresAtSeconds }, nowMs) => {
    if (expiryMsByJti.has(jti)) throw new Problem('token_replayed');
    if (expiryMsByJti.size >= REMEMBERED_MAX) forgetExpired(expiryMsByJti, nowMs);
    if (expiryMsByJti.size >= REMEMBERED_MAX) throw new Problem('overloaded', { headers: { 'retry-after': '5' } });
    expiryMsByJti.set(jti, (expiresAtSeconds + CLOCK_TOLERANCE_SECONDS) * 1000);
  };
}

function forgetExpired(expiryMsByJti: Map<string, number>, nowMs: number): void {
  for (const [jti, expiryMs] of expiryMsByJti) {
    if (expiryMs < nowMs) expiryMsByJti.delete(jti);
  }
}
