/**
 * A KV store for many addresses at once: reads are batched, writes queued.
 *
 * KV returns up to 100 values per operation, and reads count among the six connections that a Worker may have open at once
 * (async/connections.ts), as writes do. A write has one value: one runs at a time while the list runs, and more only after it. If a list
 * ends at its deadline, most of its verdicts are stored by then, and `waitUntil` gives the rest its 30 s. Other work
 * behind the verdicts takes its turn among the writes. One invocation may make 1,000 operations on KV; of a thousand
 * addresses, the reads and writes beyond that are dropped, since a verdict that is not remembered costs a probe and
 * nothing else.
 */
import { type BulkStore, type Reader, readAll, type Store } from '../memory/results.ts';

/** Keys per read. */
const KEYS_MAX = 100;
/** Milliseconds for which reads are collected: hashing a thousand keys takes about as long. */
const GATHER_MS = 2;
/** Operations per list, and the part of them that is kept for reads. */
const OPERATIONS_MAX = 1_000;
const READS_KEPT = 50;
/** Concurrent writes while the list runs, and after it. */
const WHILE_RUNNING_MAX = 1;
const AT_THE_END_MAX = 5;
/** Milliseconds after the end that the last lines get for going out, before more writes start. */
const END_AFTER_MS = 200;

/** One queued task; for a write, its key and value. */
type Chore = {
  readonly value: string | null;
  readonly run: () => Promise<unknown>;
  readonly done: PromiseWithResolvers<void>;
};

export type GatherMemoryPorts = {
  /** Sets a timer, in milliseconds. */
  readonly after: (ms: number, callBack: () => void) => unknown;
  /** Bulk work: resolves when the next write may begin. */
  readonly giveWay?: (() => Promise<void>) | undefined;
};

export type GatheredMemory = {
  readonly store: Store;
  /** Queues other work behind the verdicts. */
  readonly behind: (run: () => Promise<unknown>) => Promise<void>;
  /** Call it when the list is done: a moment later more writes may run at once. */
  readonly finish: () => void;
};

export function gatherMemory(store: Store & BulkStore, { after, giveWay }: GatherMemoryPorts): GatheredMemory {
  let reading = new Map<string, Reader>();
  /** By key, or by a number if the task is not a write. First in, first out. */
  const chores = new Map<string | number, Chore>();
  /** Keys that are being written: a newer value of the same key waits, because the older one might overtake it. */
  const running = new Set<string | number>();
  let operationsLeft = OPERATIONS_MAX;
  let atOnceMax = WHILE_RUNNING_MAX;
  let count = 0;
  const pump = (): void => {
    for (const [key, { run, done }] of chores) {
      if (running.size >= atOnceMax) return;
      if (running.has(key)) continue;
      chores.delete(key);
      running.add(key);
      (giveWay?.().then(run) ?? run())
        .then(() => done.resolve(), done.reject)
        .finally(() => {
          running.delete(key);
          pump();
        });
    }
  };
  const flush = (): void => {
    const readers = reading;
    reading = new Map();
    if (operationsLeft > 0) void readAll(store, readers);
    else for (const { resolve } of readers.values()) resolve(null);
    operationsLeft -= 1;
  };
  const get = (key: string): Promise<string | null> => {
    const written = chores.get(key);
    if (written !== undefined) return Promise.resolve(written.value);
    const known = reading.get(key);
    if (known !== undefined) return known.promise;
    const reader: Reader = Promise.withResolvers();
    reading.set(key, reader);
    if (reading.size === KEYS_MAX) flush();
    else if (reading.size === 1) after(GATHER_MS, flush);
    return reader.promise;
  };
  const put: Store['put'] = (key, value, options) => {
    const before = chores.get(key);
    if (before === undefined && operationsLeft <= READS_KEPT) return Promise.resolve();
    if (before === undefined) operationsLeft -= 1;
    const done = before?.done ?? Promise.withResolvers<void>();
    chores.set(key, { value, run: () => store.put(key, value, options), done });
    pump();
    return done.promise;
  };
  const behind: GatheredMemory['behind'] = (run) => {
    const done = Promise.withResolvers<void>();
    count += 1;
    chores.set(count, { value: null, run, done });
    pump();
    return done.promise;
  };
  const finish = (): void => {
    after(END_AFTER_MS, () => {
      atOnceMax = AT_THE_END_MAX;
      pump();
    });
  };
  return { store: { get, put }, behind, finish };
}
