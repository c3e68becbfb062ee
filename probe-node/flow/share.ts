/**
 * The share of a job's time that one mail host gets before the next is asked.
 *
 * A host that is silent, or hangs in the middle, must leave time for those after it; the only host, or the last, gets all
 * that is left, so that a greeting which is held back for half a minute is still heard. Of n hosts the first gets 1 / (n + 1)
 * of the time: of 28 s 9.3 s if there is one more, so that the second still answers within the default deadline of a caller;
 * but FLOOR_MS where half of the time allows it, which is longer than postscreen holds its greeting back (6 s). It bounds how
 * long a host may be silent, not what it is asked: each question begins a share anew.
 */

const FLOOR_MS = 7_000;
/** Why a wait ends: without a reason of ours an error is made for each. */
const OVER = 'over';

export type Share = {
  /** On the scale of `nowMs`: when the job must be done. */
  readonly latestMs: number;
  /** Hosts that may still be asked, this one included. */
  readonly hostsLeft: number;
};

/** Milliseconds of its share; all that is left where no other host is. */
export function shareMs({ latestMs, hostsLeft }: Share, nowMs: number): number {
  const leftMs = Math.max(0, latestMs - nowMs);
  return hostsLeft < 2 ? leftMs : Math.max(leftMs / (hostsLeft + 1), Math.min(FLOOR_MS, leftMs / 2));
}

/** Runs the work with a signal that goes off when the host's share is used up, or with the given one. */
export async function withinShare<T>(
  given: Share,
  nowMs: () => number,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  // The signal of the job says when that is over.
  if (given.hostsLeft < 2) return work(signal);
  const share = new AbortController();
  const end = (): void => share.abort(OVER);
  if (signal.aborted) end();
  else signal.addEventListener('abort', end, { once: true });
  const timer = setTimeout(end, shareMs(given, nowMs()));
  try {
    return await work(share.signal);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', end);
  }
}
