/**
 * Work that is waited for so long and no longer. The work itself goes on: what it comes to is nobody's any more.
 */

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
