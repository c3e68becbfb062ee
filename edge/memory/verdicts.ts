/**
 * Remembered verdicts as one isolate has them: those of the last minute at hand, by the address on the wire; all of them in
 * the store, by keyed hash of it (results.ts).
 *
 * At hand they are for as long as KV itself may be late, so an isolate is no further behind than KV is; a state of the
 * moment only for seconds, since a recheck in another isolate may end it. Nothing of this is at rest.
 */
import { ExpiringMap } from '../../shared/expiring-map.ts';
import { REASONS } from '../../shared/verdict.ts';
import { REFRESH_PAUSE_SECONDS, retryAfterNow } from './freshness.ts';
import { memoryKey, type RememberedVerdict, recall, remember, type Store } from './results.ts';

/** Verdicts at hand: some 1 KB each. */
const VERDICTS_MAX = 10_000;
const AT_HAND_MS = 60_000;
const MOMENT_AT_HAND_MS = 5_000;
/** Addresses whose refresh has begun lately. */
const REFRESHES_MAX = 10_000;

export type Verdicts = {
  /** What is at hand, without waiting. */
  readonly atHand: (address: string) => RememberedVerdict | null;
  readonly recall: (address: string) => Promise<RememberedVerdict | null>;
  /** At hand at once; in the store when the promise is fulfilled. */
  readonly remember: (address: string, value: RememberedVerdict, seconds: number) => Promise<void>;
  /** True for the one who is to refresh the verdict, and for nobody else for a while. */
  readonly claimRefresh: (address: string) => boolean;
};

/** The memory of one isolate over whatever store: what is at hand is the same for all of them. */
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
