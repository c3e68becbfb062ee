/**
 * A KV store for many addresses at once: reads that are asked for together travel together, writes wait for the end.
 *
 * KV gives up to 100 values for one operation, which does not count against the six connections that a Worker may have
 * open at once. A write does, one for each value, and would keep the questions waiting: so writes are kept here until the
 * list is done. One invocation may make 1,000 operations on KV; what a thousand addresses would write beyond the bound
 * is let go, since a verdict that is not remembered costs a probe and nothing else.
 */
import type { BulkStore, Store } from './memory/results.ts';

/** Keys of one read. */
const KEYS_MAX = 100;
/** Milliseconds for which reads are gathered: hashing a thousand keys takes about as long. */
const GATHER_MS = 2;
/** Writes of one list, and how many at once; the rest of the thousand operations is left for reads. */
const WRITES_MAX = 800;
const WRITES_AT_ONCE = 5;
/** Milliseconds after the end in which the last lines go out, before writes take the turn. */
const WRITE_AFTER_MS = 200;

type Write = {
  readonly value: string;
  readonly options: Parameters<Store['put']>[2];
  readonly done: PromiseWithResolvers<void>;
};

type Reader = PromiseWithResolvers<string | null>;

export type GatherMemoryPorts = {
  /** Calls back after so many milliseconds. */
  readonly after: (ms: number, callBack: () => void) => unknown;
};

export type GatheredMemory = {
  readonly store: Store;
  /** The list is done: lets writes through a moment later, those that have waited first. */
  readonly startWriting: () => void;
};

export function gatherMemory(store: Store & BulkStore, { after }: GatherMemoryPorts): GatheredMemory {
  let waiting = new Map<string, Reader>();
  const writes = new Map<string, Write>();
  let left = WRITES_MAX;
  /** Places at the store that are free; none before the end. */
  let free = 0;
  const pump = (): void => {
    while (free > 0 && writes.size > 0) {
      const [next] = writes;
      if (next === undefined) return;
      const [key, { value, options, done }] = next;
      writes.delete(key);
      free -= 1;
      store
        .put(key, value, options)
        .then(done.resolve, done.reject)
        .finally(() => {
          free += 1;
          pump();
        });
    }
  };
  const flush = (): void => {
    const readers = waiting;
    waiting = new Map();
    void readAll(store, readers);
  };
  const get = (key: string): Promise<string | null> => {
    const written = writes.get(key);
    if (written !== undefined) return Promise.resolve(written.value);
    const known = waiting.get(key);
    if (known !== undefined) return known.promise;
    const reader: Reader = Promise.withResolvers();
    waiting.set(key, reader);
    if (waiting.size === KEYS_MAX) flush();
    else if (waiting.size === 1) after(GATHER_MS, flush);
    return reader.promise;
  };
  const put: Store['put'] = (key, value, options) => {
    const before = writes.get(key);
    if (before === undefined && left === 0) return Promise.resolve();
    if (before === undefined) left -= 1;
    const done = before?.done ?? Promise.withResolvers<void>();
    writes.set(key, { value, options, done });
    pump();
    return done.promise;
  };
  const startWriting = (): void => {
    after(WRITE_AFTER_MS, () => {
      free = WRITES_AT_ONCE;
      pump();
    });
  };
  return { store: { get, put }, startWriting };
}

async function readAll(store: BulkStore, readers: ReadonlyMap<string, Reader>): Promise<void> {
  if (readers.size === 0) return;
  try {
    const values = await store.getMany([...readers.keys()]);
    for (const [key, { resolve }] of readers) resolve(values?.get(key) ?? null);
  } catch (error) {
    for (const { reject } of readers.values()) reject(error);
  }
}
