/**
 * The share of a job's time that one mail host gets before the next is asked.
 *
 * A host that is silent, or hangs in the middle, must leave time for those after it; the only host, or the last, gets all
 * that is left. Of n hosts the first gets 2 / (n + 1) of the time: two thirds where there is one more, a third of 28 s where
 * there are four, so that a greeting that is held back for six seconds (postscreen), or for twenty where there are two hosts,
 * is still heard. It bounds how long a host may be silent, not what it is asked: each question begins a share anew.
 */

/** Why a wait ends: without a reason of ours an error is made for each. */
const OVER = 'over';

export type Share = {
  /** On the scale of `nowMs`: when the job must be done. */
  readonly latestMs: number;
  /** Hosts that may still be asked, this one included. */
  readonly hostsLeft: number;
};

/** Runs the work with a signal that goes off when the host's share is used up, or with the given one. */
export async function withinShare<T>(
  { latestMs, hostsLeft }: Share,
  nowMs: () => number,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  if (hostsLeft < 2) return work(signal);
  const share = new AbortController();
  const end = (): void => share.abort(OVER);
  if (signal.aborted) end();
  else signal.addEventListener('abort', end, { once: true });
  const timer = setTimeout(end, (Math.max(0, latestMs - nowMs()) * 2) / (hostsLeft + 1));
  try {
    return await work(share.signal);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', end);
  }
}
