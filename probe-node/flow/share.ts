/**
 * Divides a job's time among its mail hosts: the share of one host before the next is asked.
 *
 * A host that is silent, or hangs in the middle, must leave time for the others; the only host, or the last, gets all
 * the rest, so that a greeting held back for half a minute is still heard. Of n hosts the first gets 1 / (n + 1) of the
 * time: 9.3 s of 28 s if there is one more, so that the second still answers within the default deadline of a caller;
 * but at least FLOOR_MS if half of the time allows it, which is longer than postscreen holds its greeting back (6 s).
 * The share bounds a host's silence, not the number of questions: each question begins a share anew.
 */

const FLOOR_MS = 7_000;
/** Abort reason: without one the runtime would create an error for each. */
const OVER = 'over';

export type Share = {
  /** When the job must be done, on the scale of `nowMs`. */
  readonly latestMs: number;
  /** Hosts that may still be asked, this one included. */
  readonly hostsLeft: number;
};

/** Milliseconds of the host's share; all the rest if it is the last host. */
export function shareMs({ latestMs, hostsLeft }: Share, nowMs: number): number {
  const leftMs = Math.max(0, latestMs - nowMs);
  return hostsLeft < 2 ? leftMs : Math.max(leftMs / (hostsLeft + 1), Math.min(FLOOR_MS, leftMs / 2));
}

/** Runs the work with a signal that aborts when the host's share is used up, or with the given signal. */
export function withinShare<T>(
  given: Share,
  nowMs: () => number,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  // The last host has all the rest, so the job's own signal is enough.
  return given.hostsLeft < 2 ? work(signal) : bounded(shareMs(given, nowMs()), signal, work);
}

async function bounded<T>(ms: number, signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const share = new AbortController();
  const end = (): void => share.abort(OVER);
  if (signal.aborted) end();
  else signal.addEventListener('abort', end, { once: true });
  const timer = setTimeout(end, ms);
  try {
    return await work(share.signal);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', end);
  }
}
