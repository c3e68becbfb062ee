/**
 * The keys that one isolate has seen in the last minute, known and unknown, so that a caller costs one look-up a minute. A
 * key that is revoked is out within that minute and the one by which KV may be late.
 *
 * What is at hand are keys as they were sent, in memory alone. A store that fails or is silent throws.
 */
import { ExpiringMap } from '../../shared/expiring-map.ts';
import { withTimeout } from '../async/timeout.ts';
import type { KeyRecord } from './records.ts';

const AT_HAND_MS = 60_000;
const KNOWN_MAX = 5_000;
/** Apart from the known ones, so that whoever makes keys up does not drive those out. */
const UNKNOWN_MAX = 1_000;
/** Milliseconds for one look-up. */
const READ_MS_MAX = 2_000;

export type KeyRing = {
  /** What is at hand, without waiting; undefined where it must be looked up. */
  readonly atHand: (key: string) => KeyRecord | null | undefined;
  readonly lookUp: (key: string) => Promise<KeyRecord | null>;
  /** A key is revoked: it is not at hand any more. */
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
