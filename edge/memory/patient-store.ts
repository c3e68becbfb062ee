/**
 * A store that cannot hold up a request: timeout on reads, and a circuit breaker that skips the store for a while after
 * a few failures in a row. A failed read counts as never remembered, which costs a probe and nothing else.
 *
 * A failed write is still reported: its caller has answered already and may want to try again.
 */
import { withTimeout } from '../async/timeout.ts';
import type { BulkStore, Store } from './results.ts';

/** Milliseconds per read: a key that KV must fetch from afar takes up to about 200. */
const READ_MS_MAX = 300;
/** Milliseconds per write, behind the answer. */
const WRITE_MS_MAX = 10_000;
/** Failures in a row after which the breaker opens, and the milliseconds until it closes. */
const FAILURES_MAX = 3;
const REST_MS = 10_000;

/** KV reads several keys through a method of the same name. */
type WorkersStore = { get(keys: string[]): Promise<Map<string, string | null>> };

/** Reads several keys at once as well, if the store below can: null if it could not. */
export type PatientStore = Store & BulkStore;

export function createPatientStore(store: Store, nowMs: () => number): PatientStore {
  let failures = 0;
  let restsUntilMs = 0;
  const noteFailure = (): void => {
    failures += 1;
    if (failures >= FAILURES_MAX) restsUntilMs = nowMs() + REST_MS;
  };
  const read = async <T>(ask: () => Promise<T>): Promise<T | null> => {
    if (restsUntilMs > nowMs()) return null;
    try {
      const value = await withTimeout(READ_MS_MAX, ask());
      failures = 0;
      return value;
    } catch {
      noteFailure();
      return null;
    }
  };
  return {
    get: (key) => read(() => store.get(key)),
    getMany: (keys) => read(() => (store as unknown as WorkersStore).get([...keys])),
    put: (key, value, options) => withTimeout(WRITE_MS_MAX, store.put(key, value, options)),
  };
}
