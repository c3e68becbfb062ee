/**
 * Greylisting as a pretend mail server does it: who has come before, and whether long enough ago.
 *
 * Kept by (MAIL FROM, RCPT) in memory; the client's IP address, the third of the classic triplet, is always loopback
 * here. Strict: it asks nobody whether there is such a mailbox, so a checker that drew a new random name for each try would
 * be held off for ever. It never forgets by time, only by number. The clock is a parameter.
 */

/** Pairs remembered at most, the oldest forgotten first: a list run through the sandbox must not fill the memory. */
const PAIRS_MAX = 10_000;

export type Greylist = {
  /** Whether this recipient may be answered now; false means: come back later. Remembers the attempt. */
  readonly lets: (mailFrom: string, address: string) => boolean;
};

/** A pair is let through when it returns after `delayMs`; null lets everybody through. */
export function createGreylist(delayMs: number | null, nowMs: () => number): Greylist {
  if (delayMs === null) return { lets: () => true };
  const firstSeenMs = new Map<string, number>();

  const lets = (mailFrom: string, address: string): boolean => {
    const pair = `${mailFrom}\n${address}`;
    const seenMs = firstSeenMs.get(pair);
    if (seenMs === undefined) {
      forgetOldest(firstSeenMs);
      firstSeenMs.set(pair, nowMs());
      return false;
    }
    return nowMs() - seenMs >= delayMs;
  };
  return { lets };
}

function forgetOldest(firstSeenMs: Map<string, number>): void {
  if (firstSeenMs.size < PAIRS_MAX) return;
  // A Map yields its keys in the order in which they were set.
  for (const oldest of firstSeenMs.keys()) {
    firstSeenMs.delete(oldest);
    return;
  }
}
