/** Work that is tried once more after a pause, for limits of the platform that hold for about a second. */

/** @returns the outcome of the second try, if the first one failed */
export async function withSecondTry<T>(pauseMs: number, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch {
    await new Promise<void>((resolve) => setTimeout(resolve, pauseMs));
    return work();
  }
}
