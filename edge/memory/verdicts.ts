/**
 * Remembered verdicts of one isolate: a cache of the last minute, by the address on the wire, over the store, which is
 * keyed by a hash of it (results.ts), and over the data centre's cache, which knows of a verdict before KV shows it
 * (near-verdicts.ts).
 *
 * The cache keeps a verdict for as long as KV itself may be late, so that an isolate lags no further than KV; a
 * temporary state only for seconds, since a recheck in another isolate may end it. Nothing of the cache is at rest.
 */
import { ExpiringMap } from '../../shared/expiring-map.ts';
import { REASONS } from '../../shared/verdict.ts';
import { withinOr } from '../async/timeout.ts';
import { REFRESH_PAUSE_SECONDS, retryAfterNow } from './freshness.ts';
import type { NearVerdicts } from './near-verdicts.ts';
import { memoryKey, type RememberedVerdict, readRemembered, recall, remember, type Store } from './results.ts';

/** Verdicts in the cache: some 1 KB each. */
const VERDICTS_MAX = 10_000;
const AT_HAND_MS = 60_000;
const MOMENT_AT_HAND_MS = 5_000;
/** Addresses with a refresh that began lately. */
const REFRESHES_MAX = 10_000;
/**
 * Milliseconds for which the data centre's cache goes before KV, which may show an older verdict; and for which it is waited for if
 * KV has none.
 */
const NEAR_PATIENCE_MS = 25;
const NEAR_MS_MAX = 300;

export type Verdicts = {
  /** The cached verdict, without waiting. */
  readonly atHand: (address: string) => RememberedVerdict | null;
  /** @param from read instead of the store: a reader that gathers keys */
  readonly recall: (address: string, from?: Pick<Store, 'get'>) => Promise<RememberedVerdict | null>;
  /** Cached at once, stored when the promise is fulfilled. */
  readonly remember: (address: string, value: RememberedVerdict, seconds: number) => Promise<void>;
  /** True for the one caller that is to refresh the verdict; false for all others for a while. */
  readonly claimRefresh: (address: string) => boolean;
};

/**
 * The memory of one isolate over any store; the cache is common to all of them. With `near` null the data centre's cache is left
 * out.
 */
export function createVerdicts(
  secret: CryptoKey,
  nowMs: () => number,
): (store: Store, near?: NearVerdicts | null) => Verdicts {
  const verdicts = new ExpiringMap<RememberedVerdict>(VERDICTS_MAX, nowMs);
  const refreshes = new ExpiringMap<true>(REFRESHES_MAX, nowMs);
  const hold = (address: string, value: RememberedVerdict): void => {
    const isMoment = REASONS[value.reason].verdict === 'unknown';
    const leftMs = (retryAfterNow(value, nowMs()) ?? Number.POSITIVE_INFINITY) * 1000;
    verdicts.set(address, value, Math.min(leftMs, isMoment ? MOMENT_AT_HAND_MS : AT_HAND_MS));
  };
  return (store, near = null) => ({
    atHand: (address) => verdicts.get(address) ?? null,
    async recall(address, from = store) {
      const known = verdicts.get(address);
      if (known !== undefined) return known;
      const key = await memoryKey(secret, address);
      const found = await (near === null ? recall(from, key) : recallNearFirst(from, near, key));
      // A verdict that was found out while the store was read is newer.
      const meanwhile = verdicts.get(address);
      if (meanwhile !== undefined) return meanwhile;
      if (found !== null) hold(address, found);
      return found;
    },
    async remember(address, value, seconds) {
      hold(address, value);
      const key = await memoryKey(secret, address);
      // The near one first, because it takes a millisecond and the next caller may be there already; KV waits for no cache.
      await Promise.all([near?.put(key, JSON.stringify(value), seconds), remember(store, key, value, seconds)]);
    },
    claimRefresh(address) {
      if (refreshes.get(address) !== undefined) return false;
      refreshes.set(address, true, REFRESH_PAUSE_SECONDS * 1000);
      return true;
    },
  });
}

/** Both are asked at the same time: most addresses are in neither, and no caller is to wait for one after the other. */
async function recallNearFirst(
  store: Pick<Store, 'get'>,
  near: NearVerdicts,
  key: string,
): Promise<RememberedVerdict | null> {
  const stored = recall(store, key);
  const read = near.get(key).then(readRemembered);
  const early = await withinOr(NEAR_PATIENCE_MS, read, 'late');
  if (early !== null && early !== 'late') return early;
  const found = await stored;
  return found === null && early === 'late' ? withinOr(NEAR_MS_MAX, read, null) : found;
}
