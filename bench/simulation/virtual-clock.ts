/** A clock that jumps from one wake-up to the next, for code that takes `nowMs` and `sleep` as ports. */

type Sleeper = { readonly atMs: number; readonly order: number; readonly wake: () => void };

export type VirtualClock = {
  readonly nowMs: () => number;
  /** Resolves when the time has come, or at once when the signal aborts. */
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  /** Lets time pass. Everything that is due runs in order of its time. */
  readonly run: (untilMs: number) => Promise<void>;
};

export function createVirtualClock(): VirtualClock {
  const sleepers: Sleeper[] = [];
  let nowMs = 0;
  let order = 0;
  return {
    nowMs: () => nowMs,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted === true) return resolve();
        order += 1;
        push(sleepers, { atMs: nowMs + Math.max(0, ms), order, wake: resolve });
        signal?.addEventListener('abort', () => resolve(), { once: true });
      }),
    async run(untilMs) {
      for (let next = sleepers[0]; next !== undefined && next.atMs <= untilMs; next = sleepers[0]) {
        pop(sleepers);
        nowMs = Math.max(nowMs, next.atMs);
        next.wake();
        // Everything that the wake-up leads to without another sleep.
        await new Promise(setImmediate);
      }
      nowMs = untilMs;
    },
  };
}

/** A binary heap, the earliest first; of two at the same time, the one that fell asleep first. */
function push(heap: Sleeper[], sleeper: Sleeper): void {
  heap.push(sleeper);
  for (let at = heap.length - 1; at > 0; ) {
    const parent = (at - 1) >> 1;
    if (!swapIfLater(heap, parent, at)) return;
    at = parent;
  }
}

function pop(heap: Sleeper[]): void {
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return;
  heap[0] = last;
  for (let at = 0; ; ) {
    const left = 2 * at + 1;
    const right = left + 1;
    const child = right < heap.length && isLater(heap[left], heap[right]) ? right : left;
    if (child >= heap.length || !swapIfLater(heap, at, child)) return;
    at = child;
  }
}

/** True if the upper one was the later of the two. */
function swapIfLater(heap: Sleeper[], upper: number, lower: number): boolean {
  const [a, b] = [heap[upper], heap[lower]];
  if (a === undefined || b === undefined || !isLater(a, b)) return false;
  heap[upper] = b;
  heap[lower] = a;
  return true;
}

function isLater(a: Sleeper | undefined, b: Sleeper | undefined): boolean {
  if (a === undefined || b === undefined) return false;
  return a.atMs > b.atMs || (a.atMs === b.atMs && a.order > b.order);
}
