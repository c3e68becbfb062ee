/**
 * The worker's client of the quota counters: their names do not reveal the caller, and every call has a timeout.
 *
 * Fail-open with a bound: if a counter fails twice or is slow, its caller is admitted once a minute in a data centre, and a log
 * line says so. A short fault of ours refuses no caller, and keeping a counter busy does not yield unlimited probes. Units that a
 * slow counter has counted after all are given back. A caller with nothing left is remembered for a few seconds,
 * without asking the counter.
 */
import { base64url, type CryptoKey } from 'jose';
import { ExpiringMap } from '../../shared/expiring-map.ts';
import { withSecondTry } from '../async/second-try.ts';
import { withinOr, withTimeout } from '../async/timeout.ts';
import { dayOf, type GrantedUnits, type QuotaCounter } from './day-count.ts';

/**
 * Milliseconds per call, and until a call that broke is made again. An object in another continent is 100 to 300 away, and awake
 * after some tens; the wait is beside memory and DNS.
 */
const CALL_MS_MAX = 1_000;
const AGAIN_MS = 20;
/** Milliseconds for the knowledge of the other isolates. */
const ADMISSIONS_MS_MAX = 300;
/** Callers with nothing left, and how long that is remembered: another isolate may give units back. */
const SPENT_MAX = 5_000;
const SPENT_MS = 5_000;
/** Callers that were admitted uncounted, and the time until that may happen again. */
const UNCOUNTED_MAX = 5_000;
const UNCOUNTED_MS = 60_000;

export type CounterLinkPorts = {
  /** A new stub for each call: a stub whose object has failed stays broken. */
  readonly counter: (name: string) => QuotaCounter;
  /** HMAC key for the names. */
  readonly secret: CryptoKey;
  readonly nowMs: () => number;
  /** Names a call, so that it is counted once though it is made twice. */
  readonly randomText: () => string;
  readonly onFault: (error: unknown) => void;
  /** What the isolates of the data centre know of admissions; null if they share nothing. */
  readonly admissions?: SharedAdmissions | null;
};

/** Callers that were admitted uncounted lately, by the name of their counter. Neither rejects. */
export type SharedAdmissions = {
  has(name: string): Promise<boolean>;
  note(name: string, seconds: number): Promise<void>;
};

export type CounterLink = {
  /** The granted units, or null if the counter cannot tell and the caller is admitted anyway. Never throws. */
  reserve(caller: string, units: number, limit: number, minuteLimit?: number | null): Promise<GrantedUnits | null>;
  /** As `reserve`, for units that no caller waits for: null if the counter cannot tell, and no caller is admitted. Never throws. */
  reserveAhead(caller: string, units: number, limit: number, minuteLimit?: number | null): Promise<GrantedUnits | null>;
  /** Units reserved or spent today, or null if the counter cannot tell. Never throws. */
  used(caller: string): Promise<number | null>;
  /** Never throws: a unit that cannot be given back is lost for the day. */
  release(caller: string, units: number, day: number, vain: number): Promise<void>;
};

export function createCounterLink(
  { counter, secret, nowMs, randomText, onFault, admissions = null }: CounterLinkPorts,
  msMax = CALL_MS_MAX,
): CounterLink {
  const spent = new ExpiringMap<GrantedUnits>(SPENT_MAX, nowMs);
  const uncounted = new ExpiringMap<true>(UNCOUNTED_MAX, nowMs);
  /** True for the one admission of a minute. */
  const isAdmitted = async (caller: string): Promise<boolean> => {
    if (uncounted.get(caller) !== undefined) return false;
    const name = await nameOf(caller, secret);
    if (admissions !== null && (await withinOr(ADMISSIONS_MS_MAX, admissions.has(name), false))) return false;
    uncounted.set(caller, true, UNCOUNTED_MS);
    if (admissions !== null) await withinOr(ADMISSIONS_MS_MAX, admissions.note(name, UNCOUNTED_MS / 1000), undefined);
    return true;
  };
  const link: CounterLink = {
    async reserve(caller, units, limit, minuteLimit = null) {
      const reserved = await link.reserveAhead(caller, units, limit, minuteLimit);
      // A look admits no caller, so it must not use up the one admission of a minute.
      if (reserved !== null || units === 0 || (await isAdmitted(caller))) return reserved;
      return {
        granted: 0,
        remaining: 0,
        vainLeft: 1,
        day: dayOf(nowMs()),
        uncountedSeconds: UNCOUNTED_MS / 1000,
      };
    },
    async reserveAhead(caller, units, limit, minuteLimit = null) {
      const known = spent.get(caller);
      if (known?.day === dayOf(nowMs())) return known;
      let isLate = false;
      try {
        const name = await nameOf(caller, secret);
        const call = randomText();
        const asked = withSecondTry(AGAIN_MS, async () => counter(name).reserve(units, limit, minuteLimit, call));
        asked.then(
          ({ granted, day: ofDay }) => {
            if (isLate && granted > 0) void link.release(caller, granted, ofDay, 0);
          },
          () => {},
        );
        const reserved = await withTimeout(msMax, asked);
        if (reserved.granted === 0 && reserved.remaining === 0) spent.set(caller, reserved, SPENT_MS);
        return reserved;
      } catch (error) {
        isLate = true;
        onFault(error);
        return null;
      }
    },
    async used(caller) {
      try {
        // What is left of far more than any caller may have.
        const asked = counter(await nameOf(caller, secret)).reserve(0, Number.MAX_SAFE_INTEGER);
        return Number.MAX_SAFE_INTEGER - (await withTimeout(msMax, asked)).remaining;
      } catch (error) {
        onFault(error);
        return null;
      }
    },
    async release(caller, units, day, vain) {
      spent.delete(caller);
      try {
        await counter(await nameOf(caller, secret)).release(units, day, vain);
      } catch (error) {
        onFault(error);
      }
    },
  };
  return link;
}

/** The HMAC-SHA256 of the caller, in base64url. */
async function nameOf(caller: string, secret: CryptoKey): Promise<string> {
  const mac = await crypto.subtle.sign('HMAC', secret, new TextEncoder().encode(`quota ${caller}`));
  return base64url.encode(new Uint8Array(mac));
}
