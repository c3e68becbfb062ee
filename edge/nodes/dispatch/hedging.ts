/**
 * Whether a late question may be hedged, that is asked of a second node in parallel, as one isolate decides it.
 *
 * Never if more connections do harm: not about a provider or a domain that paces us, nor a domain that greylists (a
 * second client is a second stranger, which waits anew). And rarely: a budget of a small share of the questions, so
 * that a day on which every answer is late does not double the load. Module state of an isolate is a cache only.
 */
import { ExpiringMap } from '../../../shared/expiring-map.ts';
import type { Reason } from '../../../shared/verdict.ts';
import { createWitnesses } from '../choice/witnesses.ts';
import type { Hedge } from './assignment.ts';

/** Budget: share of the questions that may be hedged, the most that is saved up, and the balance at the start. */
const SHARE = 0.05;
const SAVED_MAX = 10;
const SAVED_AT_START = 1;
/** Milliseconds without hedging for a provider that rate-limits, and for a domain that greylists. */
const PACED_MS = 900_000;
const GREYLISTED_MS = 21_600_000;
/** Providers and domains remembered. */
const NAMES_MAX = 2_000;

export type Hedging = {
  /**
   * Begins a question: its hedge, or null if it must not be hedged.
   *
   * @param byMs wall clock by which an answer is wanted, or null if a second client would do harm
   */
  begin(domain: string, provider: string, byMs: number | null): Hedge | null;
  /** Records the reason that a question ended with. `provider` is that of the host that answered, or that host. */
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
      // The domain's owner may have set the limit; that must not slow down others.
      if (!isSpared(`domain ${domain}`)) spared.set(`domain ${domain}`, true, PACED_MS);
      if (witnesses.hears(reason, provider, domain)) spared.set(`provider ${provider}`, true, PACED_MS);
    },
  };
}
