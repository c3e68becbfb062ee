/**
 * A store that cannot hold anybody up: whoever reads waits for a moment, and a store that has failed a few times in a row
 * is not asked for a while. What cannot be read was never remembered, which costs a probe and nothing else.
 *
 * A write that fails still says so: its caller has answered already and may want to try again.
 */
import type { Store } from './results.ts';

/** Milliseconds for one read: a key that KV has not at hand takes up to about 200. */
const READ_MS_MAX = 300;
/** Milliseconds for one write, behind the answer. */
const WRITE_MS_MAX = 10_000;
/** Failures in a row after which the store is left alone, and for how long. */
const FAILURES_MAX = 3;
const REST_MS = 10_000;

export function createPatientStore(store: Store, nowMs: () => number): Store {
  let failures = 0;
  let restsUntilMs = 0;
  const noteFailure = (): void => {
    failures += 1;
    if (failures >= FAILURES_MAX) restsUntilMs = nowMs() + REST_MS;
  };
  return {
    async get(key) {
      if (restsUntilMs > nowMs()) return null;
      try {
        const value = await within(READ_MS_MAX, store.get(key));
        failures = 0;
        return value;
      } catch {
        noteFailure();
        return null;
      }
    },
    put: (key, value, options) => within(WRITE_MS_MAX, store.put(key, value, options)),
  };
}

async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error('the store is silent')), ms);
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
