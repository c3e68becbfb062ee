/**
 * A store that cannot hold up a request: timeout on reads, and a circuit breaker that skips the store for a while after
 * a few failures in a row. A failed read counts as never remembered, which costs a probe: seconds for the caller, a unit of its
 * quota, a question for a mail server. A wait costs less, since the DNS is asked meanwhile.
 *
 * A failed write is tried once more, since KV takes one write a second for each key. If that fails too it is reported: its caller
 * has answered already.
 */
import { connection, withConnection } from '../async/connections.ts';
import { withSecondTry } from '../async/second-try.ts';
import { withTimeout } from '../async/timeout.ts';
import type { BulkStore, Store } from './results.ts';

/**
 * Milliseconds per read. A key that was read lately in the data centre takes up to 10. Any other, and every address that is new, is
 * fetched from the central stores: 100 to 500 from another continent. Twice that is a store that does not answer.
 */
const READ_MS_MAX = 1_000;
/** Milliseconds that a read waits for a connection. It is no fault of the store that there is none. */
const WAIT_MS_MAX = 10_000;
/** Milliseconds per write, behind the answer. */
const WRITE_MS_MAX = 10_000;
/** Milliseconds until a refused write is tried again, and the spread of that: others may have been refused at the same time. */
const WRITE_PAUSE_MS = 1_000;
const WRITE_SPREAD_MS = 1_000;
/** Failures in a row after which the breaker opens, and the milliseconds until it closes. */
const FAILURES_MAX = 3;
const REST_MS = 10_000;

/** KV reads several keys through a method of the same name. */
type WorkersStore = { get(keys: string[]): Promise<Map<string, string | null>> };

/** Reads several keys at once as well, if the store below can: null if it could not. */
export type PatientStore = Store & BulkStore;

/** @param random in [0, 1) */
export function createPatientStore(store: Store, nowMs: () => number, random: () => number): PatientStore {
  /** In a row. */
  let failures = 0;
  let restsUntilMs = 0;
  const noteAnswer = (): void => {
    failures = 0;
    restsUntilMs = 0;
  };
  const noteFailure = (): void => {
    failures += 1;
    if (failures >= FAILURES_MAX) restsUntilMs = nowMs() + REST_MS;
  };
  const read = async <T>(ask: () => Promise<T>): Promise<T | null> => {
    if (restsUntilMs > nowMs()) return null;
    const giveBack = await connection('other', undefined, WAIT_MS_MAX).catch(() => null);
    if (giveBack === null) return null;
    try {
      const asked = ask();
      // A read that hangs keeps its connection, as it does in the runtime.
      asked.then(giveBack, giveBack);
      // A read that comes late is no fault of the store, which answers: it closes the breaker again.
      asked.then(noteAnswer, () => {});
      return await withTimeout(READ_MS_MAX, asked);
    } catch {
      noteFailure();
      return null;
    }
  };
  return {
    get: (key) => read(() => store.get(key)),
    getMany: (keys) => read(() => (store as unknown as WorkersStore).get([...keys])),
    put: (key, value, options) =>
      withSecondTry(WRITE_PAUSE_MS + random() * WRITE_SPREAD_MS, () =>
        withConnection('other', () => withTimeout(WRITE_MS_MAX, store.put(key, value, options))),
      ),
  };
}
