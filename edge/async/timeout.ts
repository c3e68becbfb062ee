/** Waiting with a limit. The work itself goes on after the limit, and its result is ignored. */

const LATE = Symbol('late');

/** Rejects with a TimeoutError if the work has not ended after so many milliseconds. */
export async function withTimeout<T>(ms: number, work: Promise<T>): Promise<T> {
  const outcome = await withinOr(ms, work, LATE);
  if (outcome === LATE) throw new DOMException('timeout', 'TimeoutError');
  return outcome;
}

/** Resolves to `late` if the work has not ended after so many milliseconds. */
export async function withinOr<T, const L>(ms: number, work: Promise<T>, late: L): Promise<T | L> {
  const { promise: passed, resolve } = Promise.withResolvers<L>();
  const timer = setTimeout(() => resolve(late), ms);
  try {
    return await Promise.race([work, passed]);
  } finally {
    clearTimeout(timer);
  }
}
