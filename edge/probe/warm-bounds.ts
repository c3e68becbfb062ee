/**
 * Rate limits for warming up a domain: a session costs a mail server a connection, and the endpoint is open to every
 * page. Pure but for its memory, which is per isolate: a caller whose requests reach several isolates gets a multiple
 * of the limit.
 *
 * - a domain that was warmed a moment ago is still warm and is skipped
 * - each client address may name so many domains a minute, and all clients together so many
 */
import { ExpiringMap } from '../../shared/expiring-map.ts';

/** Milliseconds for which a domain counts as warm; a node holds an idle session for about as long. */
const WARM_MS = 20_000;
const DOMAINS_MAX = 2_000;
const WINDOW_MS = 60_000;
/** A person types into few forms, but one address may stand for an office. */
const PER_CALLER_MAX = 30;
const CALLERS_MAX = 5_000;
const TOTAL_MAX = 600;

type Admission =
  | { readonly kind: 'go' | 'warm_already' }
  | { readonly kind: 'too_many'; readonly retryAfterSeconds: number };

export type WarmBounds = {
  /** @param caller client address as the platform gives it, or a common word for clients without one */
  readonly admit: (caller: string, domain: string) => Admission;
};

type Window = { readonly sinceMs: number; count: number };

export function createWarmBounds(nowMs: () => number): WarmBounds {
  const domains = new ExpiringMap<true>(DOMAINS_MAX, nowMs);
  const callers = new ExpiringMap<Window>(CALLERS_MAX, nowMs);
  let all: Window = { sinceMs: nowMs(), count: 0 };
  return {
    admit(caller, domain) {
      if (domains.get(domain) !== undefined) return { kind: 'warm_already' };
      const now = nowMs();
      if (now - all.sinceMs >= WINDOW_MS) all = { sinceMs: now, count: 0 };
      const known = callers.get(caller);
      const own = known ?? { sinceMs: now, count: 0 };
      if (known === undefined) callers.set(caller, own, WINDOW_MS);
      const full = own.count >= PER_CALLER_MAX ? own : all.count >= TOTAL_MAX ? all : null;
      if (full !== null) {
        return { kind: 'too_many', retryAfterSeconds: Math.max(1, Math.ceil((full.sinceMs + WINDOW_MS - now) / 1000)) };
      }
      own.count += 1;
      all.count += 1;
      domains.set(domain, true, WARM_MS);
      return { kind: 'go' };
    },
  };
}
