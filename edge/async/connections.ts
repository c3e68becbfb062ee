/**
 * The six connections that one invocation of a Worker may have waiting for response headers (Workers limits, "simultaneous open
 * connections"): `fetch`, every call of KV, of the Cache API, of R2, and `send` of a queue count; calls of Durable Objects do not. The
 * runtime queues a seventh in silence, so that a timer which runs meanwhile blames the wrong one: a sound node would count as
 * silent, and a resolver as slow.
 *
 * So they queue here, and a timer begins with the connection. One of the six is kept for requests to nodes, which answer for
 * themselves whatever KV and DNS do. An invocation is known by its asynchronous context; outside of one nothing is counted.
 */
import { AsyncLocalStorage } from 'node:async_hooks';

const CONNECTIONS_MAX = 6;
const KEPT_FOR_NODES = 1;

/** `node`: a request to a probe node; `other`: everything else that counts. */
export type ConnectionUse = 'node' | 'other';

type Waiter = { readonly use: ConnectionUse; readonly go: () => void };

/** `waiting`: in the order of asking. */
type Invocation = { open: number; readonly waiting: Waiter[] };

const invocations = new AsyncLocalStorage<Invocation>();

/** Runs the work as an invocation of its own; everything that it begins belongs to it. */
export function asInvocation<T>(work: () => T): T {
  return invocations.run({ open: 0, waiting: [] }, work);
}

/**
 * Waits for a connection. The returned function gives it back; it may be called more than once.
 *
 * @param signal ends the wait: rejects with its reason
 * @param msMax bounds the wait: rejects with a TimeoutError
 */
export async function connection(use: ConnectionUse, signal?: AbortSignal, msMax?: number): Promise<() => void> {
  const invocation = invocations.getStore();
  if (invocation === undefined) return () => {};
  if (!isFree(invocation, use)) await turnOf(invocation, use, signal, msMax);
  else invocation.open += 1;
  let isBack = false;
  return () => {
    if (isBack) return;
    isBack = true;
    invocation.open -= 1;
    passOn(invocation);
  };
}

/** Does the work with a connection, which is given back when it ends. */
export async function withConnection<T>(use: ConnectionUse, work: () => Promise<T>): Promise<T> {
  const giveBack = await connection(use);
  try {
    return await work();
  } finally {
    giveBack();
  }
}

function isFree({ open }: Invocation, use: ConnectionUse): boolean {
  return open < CONNECTIONS_MAX - (use === 'node' ? 0 : KEPT_FOR_NODES);
}

function turnOf(
  invocation: Invocation,
  use: ConnectionUse,
  signal: AbortSignal | undefined,
  msMax: number | undefined,
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  if (signal?.aborted === true) {
    reject(signal.reason);
    return promise;
  }
  const leave = (): void => {
    clearTimeout(timer);
    signal?.removeEventListener('abort', giveUp);
  };
  const waiter: Waiter = {
    use,
    go: () => {
      leave();
      invocation.open += 1;
      resolve();
    },
  };
  const giveUp = (): void => {
    leave();
    invocation.waiting.splice(invocation.waiting.indexOf(waiter), 1);
    reject(signal?.aborted === true ? signal.reason : new DOMException('timeout', 'TimeoutError'));
  };
  const timer = msMax === undefined ? undefined : setTimeout(giveUp, msMax);
  signal?.addEventListener('abort', giveUp, { once: true });
  invocation.waiting.push(waiter);
  return promise;
}

/** A request to a node goes before all others. */
function passOn(invocation: Invocation): void {
  const { waiting } = invocation;
  for (const use of ['node', 'other'] as const) {
    const index = waiting.findIndex((waiter) => waiter.use === use);
    if (index < 0 || !isFree(invocation, use)) continue;
    const [next] = waiting.splice(index, 1);
    next?.go();
    return;
  }
}
