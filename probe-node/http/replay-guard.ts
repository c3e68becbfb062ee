/**
 * Replay guard: remembers each `jti` until its token has expired, so that a token is used once.
 *
 * Across a restart the journal remembers (replay-journal.ts). Without one, or if the process before this one was killed
 * and may have had no time to write, every token issued before this process began is refused: it could have been used.
 * `iat` has whole seconds, and so has the comparison, in the caller's favour: a token signed after the node listens is
 * never refused by age, unless the edge's clock is behind ours, and then for as long as it is behind.
 *
 * Bounded: if too many live ones are remembered, the next is refused as overload and never let through unremembered.
 */
import { Problem } from '../../shared/problem.ts';
import { CLOCK_TOLERANCE_SECONDS, type TokenClaims } from '../../shared/token.ts';

/** Milliseconds between two searches for expired entries while there is no room: each one visits every entry. */
const SEARCH_MS = 1_000;
/** Tokens live a minute at most: this is more than a thousand jobs a second. */
export const REMEMBERED_MAX = 100_000;

export type ReplayGuard = (claims: TokenClaims, nowMs: number) => void;

export type UsedToken = { readonly jti: string; readonly expiresAtSeconds: number };

/** Tokens used before this process began, and the record of those that it accepts. */
export type ReplayJournal = {
  readonly remembered: readonly UsedToken[];
  /** True if nothing can be missing from `remembered`. */
  readonly isWhole: boolean;
  /** Never waits for the disk. */
  readonly note: (used: UsedToken) => void;
};

/**
 * Makes a guard that throws `token_replayed` for a `jti` seen before.
 *
 * @param startedAtMs wall clock at the start of the process, before it listened
 */
export function createReplayGuard(journal: ReplayJournal | null, startedAtMs: number): ReplayGuard {
  const expiryMsByJti = new Map<string, number>();
  for (const used of journal?.remembered.slice(0, REMEMBERED_MAX) ?? []) expiryMsByJti.set(used.jti, expiryMsOf(used));
  let searchedAtMs = Number.NEGATIVE_INFINITY;
  const oldestIssue = journal?.isWhole ? Number.NEGATIVE_INFINITY : Math.floor(startedAtMs / 1000);
  return ({ jti, issuedAtSeconds, expiresAtSeconds }, nowMs) => {
    if (expiryMsByJti.has(jti)) throw new Problem('token_replayed');
    if (issuedAtSeconds < oldestIssue) {
      throw new Problem('token_replayed', { detail: 'The token is older than the memory of this node.' });
    }
    if (expiryMsByJti.size >= REMEMBERED_MAX && Math.abs(nowMs - searchedAtMs) >= SEARCH_MS) {
      searchedAtMs = nowMs;
      forgetExpired(expiryMsByJti, nowMs);
    }
    if (expiryMsByJti.size >= REMEMBERED_MAX) throw new Problem('overloaded', { headers: { 'retry-after': '5' } });
    expiryMsByJti.set(jti, expiryMsOf({ jti, expiresAtSeconds }));
    journal?.note({ jti, expiresAtSeconds });
  };
}

/** Time from which a token is refused as expired, without a look into this guard. */
export function expiryMsOf({ expiresAtSeconds }: UsedToken): number {
  return (expiresAtSeconds + CLOCK_TOLERANCE_SECONDS) * 1000;
}

function forgetExpired(expiryMsByJti: Map<string, number>, nowMs: number): void {
  for (const [jti, expiryMs] of expiryMsByJti) {
    if (expiryMs < nowMs) expiryMsByJti.delete(jti);
  }
}
