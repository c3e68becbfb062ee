/**
 * Remembered verdicts of one isolate: a cache of the last minute, by the address on the wire, over the store, which is
 * keyed by a hash of it (results.ts).
 *
 * The cache keeps a verdict for as long as KV itself may be late, so that an isolate lags no further than KV; a
 * temporary state only for seconds, since a recheck in another isolate may end it. Nothing of the cache is at rest.
 */
import { ExpiringMap } from '../../shared/expiring-map.ts';
import { REASONS } from '../../shared/verdict.ts';
import { REFRESH_PAUSE_SECONDS, retryAfterNow } from './freshness.ts';
import { memoryKey, type RememberedVerdict, recall, remember, type Store } from './results.ts';

/** Verdicts in the cache: some 1 KB each. */
const VERDICTS_MAX = 10_000;
const AT_HAND_MS = 60_000;
const MOMENT_AT_HAND_MS = 5_000;
/** Addresses with a refresh that began lately. */
const REFRESHES_MAX = 10_000;

export type Verdicts = {
  /** The cached verdict, without waiting. */
  readonly atHand: (address: string) => RememberedVerdict | null;
  readonly recall: (address: string) => Promise<RememberedVerdict | null>;
  /** Cached at once, stored when the promise is fulfilled. */
  readonly remember: (address: string, value: RememberedVerdict, seconds: number) => Promise<void>;
  /** True for the one caller that is to refresh the verdict; false for all others for a while. */
  readonly claimRefresh: (address: string) => boolean;
};

/** The memory of one isolate over any store; the cache is common to all of them. */
export function createVerdicts(secret: CryptoKey, nowMs: () => number): (store: Store) => Verdicts {
  const verdicts = new ExpiringMap<RememberedVerdict>(VERDICTS_MAX, nowMs);
  const refreshes = new ExpiringMap<true>(REFRESHES_MAX, nowMs);
  const hold = (address: string, value: RememberedVerdict): void => {
    const isMoment = REASONS[value.reason].verdict === 'unknown';
    const leftMs = (retryAfterNow(value, nowMs()) ?? Number.POSITIVE_INFINITY) * 1000;
    verdicts.set(address, value, Math.min(leftMs, isMoment ? MOMENT_AT_HAND_MS : AT_HAND_MS));
  };
  return (store) => ({
    atHand: (address) => verdicts.get(address) ?? null,
    async recall(address) {
      const known = verdicts.get(address);
      if (known !== undefined) return known;
      const found = await recall(store, await memoryKey(secret, address));
      if (found !== null) hold(address, found);
      return found;
    },
    async remember(address, value, seconds) {
      hold(address, value);
      await remember(store, await memoryKey(secret, address), value, seconds);
    },
    claimRefresh(address) {
      if (refreshes.get(address) !== undefined) return false;
      refreshes.set(address, true, REFRESH_PAUSE_SECONDS * 1000);
      return true;
    },
  });
}
