/**
 * One invocation of the worker under its limits: connections, subrequests, clock, and the end of `waitUntil`.
 *
 * The invocation is found by AsyncLocalStorage; work that has lost its context belongs to the isolate's latest one, which is
 * the only one if each invocation has an isolate of its own.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Limits } from '../limits.ts';
import type { Usage } from '../platform/server.ts';

export type Invocation = {
  /** Runs one operation that counts as a subrequest, and as a connection if it waits for one. */
  readonly io: <T>(kind: 'connection' | 'call', work: (signal: AbortSignal) => Promise<T>) => Promise<T>;
  readonly nowMs: () => number;
  /** The answer is out: the rest of the work has the time of `waitUntil`. */
  readonly answered: () => void;
};

export type InvocationOptions = {
  /** Such as `GET /v1/verify`, `queue`, `ListObject.alarm`. */
  readonly name: string;
  readonly limits: Limits;
  readonly clocks: Clocks;
  /** Told when the answer is out, and of each operation that ends after it. */
  readonly report: (usage: Usage) => Promise<void>;
  /** The time of `waitUntil` is over, and reported. */
  readonly end: () => void;
};

export type Clocks = {
  readonly nowMs: () => number;
  /** A timer of the runtime, which no limit holds. */
  readonly setTimeout: (callBack: () => void, ms: number) => unknown;
};

export function createInvocation({ name, limits, clocks, report, end }: InvocationOptions): Invocation {
  const id = crypto.randomUUID();
  const { connections, subrequests, waitUntilMs, clockStandsStill } = limits;
  const waiting: (() => void)[] = [];
  const ended = new AbortController();
  let open = 0;
  let connectionsMost = 0;
  let queued = 0;
  let made = 0;
  let isAnswered = false;
  /** The time that the clock shows until the isolate has returned to its event loop. */
  let shownMs: number | null = null;

  const takeConnection = async (): Promise<void> => {
    if (connections !== null && open >= connections) {
      queued += 1;
      await new Promise<void>((resolve) => waiting.push(resolve));
    } else open += 1;
    connectionsMost = Math.max(connectionsMost, open);
  };
  const giveConnection = (): void => {
    const next = waiting.shift();
    if (next === undefined) open -= 1;
    else next();
  };
  /** An invocation that has been ended sees nothing any more. */
  const never = <T>(): Promise<T> => new Promise<T>(() => {});

  const tell = async (): Promise<void> => {
    if (!isAnswered) return;
    await report({ id, name, subrequests: made, connectionsMost, queued, isCutOff: ended.signal.aborted });
  };
  ended.signal.addEventListener('abort', () => void tell().finally(end));

  return {
    async io(kind, work) {
      if (ended.signal.aborted) return never();
      made += 1;
      if (subrequests !== null && made > subrequests)
        throw new Error('Too many subrequests by single Worker invocation.');
      if (kind === 'connection') await takeConnection();
      try {
        if (ended.signal.aborted) return await never();
        const result = await work(ended.signal);
        return ended.signal.aborted ? await never() : result;
      } catch (error) {
        if (ended.signal.aborted) return never();
        throw error;
      } finally {
        if (kind === 'connection') giveConnection();
        void tell();
      }
    },
    nowMs() {
      if (!clockStandsStill) return clocks.nowMs();
      if (shownMs === null) {
        shownMs = clocks.nowMs();
        // A timer is the next event: until then nothing but this isolate's own code runs.
        clocks.setTimeout(() => {
          shownMs = null;
        }, 0);
      }
      return shownMs;
    },
    answered() {
      if (isAnswered) return;
      isAnswered = true;
      void tell();
      if (waitUntilMs !== null) clocks.setTimeout(() => ended.abort(), waitUntilMs);
    },
  };
}

const storage = new AsyncLocalStorage<Invocation>();
let latest: Invocation | null = null;

export function runIn<T>(invocation: Invocation, work: () => T): T {
  latest = invocation;
  return storage.run(invocation, work);
}

/** Whether the code that asks belongs to an invocation: it was not called from outside. */
export function isInside(): boolean {
  return storage.getStore() !== undefined;
}

/** Null outside of every invocation. */
export function currentInvocation(): Invocation | null {
  return storage.getStore() ?? latest;
}
