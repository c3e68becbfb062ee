/**
 * The work that `waitUntil` holds in this isolate. The front keeps a loaded isolate until it is done: a Worker that was
 * loaded ends with the request that loaded it.
 */
import { type ExecutionContext, waitUntil as waitUntilOfRuntime } from 'cloudflare:workers';

const held = new Set<Promise<void>>();
const { promise: isBegun, resolve: begin } = Promise.withResolvers<void>();
const { promise: isEnded, resolve: end } = Promise.withResolvers<void>();

/** The runtime's `waitUntil`, for the worker's import of it. */
export function waitUntil(work: Promise<unknown>): void {
  noteWork(work);
  waitUntilOfRuntime(work);
}

/** Has the work noted that the context's own `waitUntil` holds. */
export function noteHeldBy(ctx: ExecutionContext): void {
  const hold = ctx.waitUntil.bind(ctx);
  ctx.waitUntil = (work) => {
    noteWork(work);
    hold(work);
  };
}

export function noteWork(work: Promise<unknown>): void {
  const done: Promise<void> = Promise.resolve(work).then(
    () => void held.delete(done),
    () => void held.delete(done),
  );
  held.add(done);
  begin();
}

/** The time of `waitUntil` is over. */
export function endHeldWork(): void {
  end();
}

/** Resolves when work has begun and all of it is done, or the time is over. */
export async function heldWorkDone(): Promise<void> {
  await isBegun;
  while (held.size > 0) {
    const isOver = await Promise.race([Promise.all(held).then(() => false), isEnded.then(() => true)]);
    if (isOver) return;
  }
}
