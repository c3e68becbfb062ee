/**
 * Work that is waited for so long and no longer. The work itself goes on: what it comes to is nobody's any more.
 */

/** Rejects with a TimeoutError where the work has not ended after so many milliseconds. */
export async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new DOMException('timeout', 'TimeoutError')), ms);
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
