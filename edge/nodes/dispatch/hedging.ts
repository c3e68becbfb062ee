/**
 * Whether a question may be asked of a second node while the first is late, as one isolate decides it.
 *
 * Never where more connections do harm: not about a provider or a domain that paces us, nor a domain that greylists (a second
 * client is a second stranger, who waits anew). And rarely: a small share of the questions, so that a day on which
 * every answer is late does not double the load. Module state of an isolate is a cache and nothing else.
 */
import { ExpiringMap } from '../../../shared/expiring-map.ts';
import type { Reason } from '../../../shared/verdict.ts';
import { createWitnesses } from '../choice/witnesses.ts';
import type { Hedge } from './assignment.ts';

/** Share of the questions that may be hedged; saved up to so many, and what an isolate begins with. */
const SHARE = 0.05;
const SAVED_MAX = 10;
const SAVED_AT_START = 1;
/** Milliseconds for which a provider that rate-limits, and a domain that greylists, are left alone. */
const PACED_MS = 900_000;
const GREYLISTED_MS = 21_600_000;
/** Providers and domains remembered. */
const NAMES_MAX = 2_000;

export type Hedging = {
  /**
   * A question begins: how it may be hedged, or null for not at all.
   *
   * @param byMs wall clock by which an answer is wanted, or null where a second client would do harm
   */
  begin(domain: string, provider: string, byMs: number | null): Hedge | null;
  /** What a question came to. `provider` is that of the host that answered, or that host. */
  note(domain: string, provider: string, reason: Reason): void;
};

export function createHedging(nowMs: () => number): Hedging {
  const witnesses = createWitnesses(nowMs);
  const spared = new ExpiringMap<true>(NAMES_MAX, nowMs);
  let saved = SAVED_AT_START;
  const isSpared = (name: string): boolean => spared.get(name) === true;
  const spend = (): boolean => {
    if (saved < 1) return false;
    saved -= 1;
    return true;
  };
  return {
    begin(domain, provider, byMs) {
      saved = Math.min(SAVED_MAX, saved + SHARE);
      if (byMs === null || isSpared(`domain ${domain}`) || isSpared(`provider ${provider}`)) return null;
      return { byMs, spend };
    },
    note(domain, provider, reason) {
      if (reason === 'greylisted') spared.set(`domain ${domain}`, true, GREYLISTED_MS);
      if (reason !== 'rate_limited') return;
      // Its owner may have set the limit; others must not be slowed down by that.
      if (!isSpared(`domain ${domain}`)) spared.set(`domain ${domain}`, true, PACED_MS);
      if (witnesses.hears(reason, provider, domain)) spared.set(`provider ${provider}`, true, PACED_MS);
    },
  };
}
