/**
 * A store that cannot hold anybody up: whoever reads waits for a moment, and a store that has failed a few times in a row
 * is not asked for a while. What cannot be read was never remembered, which costs a probe and nothing else.
 *
 * A write that fails still says so: its caller has answered already and may want to try again.
 */
import { withTimeout } from '../async/timeout.ts';
import type { BulkStore, Store } from './results.ts';

/** Milliseconds for one read: a key that KV has not at hand takes up to about 200. */
const READ_MS_MAX = 300;
/** Milliseconds for one write, behind the answer. */
const WRITE_MS_MAX = 10_000;
/** Failures in a row after which the store is left alone, and for how long. */
const FAILURES_MAX = 3;
const REST_MS = 10_000;

/** How KV itself takes several keys: by the same name. */
type WorkersStore = { get(keys: string[]): Promise<Map<string, string | null>> };

/** Reads several keys at once as well, where the store below can: null where it could not. */
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
