/**
 * Cache of the API keys, known and unknown, that one isolate has seen in the last minute, so that a caller costs one
 * look-up a minute. A revoked key is refused after that minute and the one by which KV may be late.
 *
 * The cached keys are stored as they were sent, in memory only. A store that fails or does not answer throws.
 */
import { ExpiringMap } from '../../shared/expiring-map.ts';
import { withTimeout } from '../async/timeout.ts';
import type { KeyRecord } from './records.ts';

const AT_HAND_MS = 60_000;
const KNOWN_MAX = 5_000;
/** Unknown keys have a cache of their own, so that made-up keys do not evict known ones. */
const UNKNOWN_MAX = 1_000;
/** Milliseconds per look-up. */
const READ_MS_MAX = 2_000;

export type KeyRing = {
  /** The cached entry, without waiting; undefined if the store must be asked. */
  readonly atHand: (key: string) => KeyRecord | null | undefined;
  readonly lookUp: (key: string) => Promise<KeyRecord | null>;
  /** Drops a key from the cache after its revocation. */
  readonly forget: (id: string) => void;
};

export function createKeyRing(read: (key: string) => Promise<KeyRecord | null>, nowMs: () => number): KeyRing {
  const known = new ExpiringMap<KeyRecord>(KNOWN_MAX, nowMs);
  const unknown = new ExpiringMap<true>(UNKNOWN_MAX, nowMs);
  return {
    atHand: (key) => known.get(key) ?? (unknown.get(key) === true ? null : undefined),
    async lookUp(key) {
      const record = await withTimeout(READ_MS_MAX, read(key));
      if (record === null) unknown.set(key, true, AT_HAND_MS);
      else known.set(key, record, AT_HAND_MS);
      return record;
    },
    forget(id) {
      for (const [key, record] of known.live()) if (record.id === id) known.delete(key);
    },
  };
}
