/**
 * Greylisting of a sandbox mail server: which pairs have come before, and whether long enough ago.
 *
 * Kept by (MAIL FROM, RCPT) in memory; the client's IP address, the third of the classic triplet, is always loopback
 * here. Strict: it does not check whether the mailbox exists, so a checker that drew a new random name for each try
 * would be delayed for ever. It never forgets by time, only by number. The clock is a parameter.
 */

/** Pairs remembered at most, oldest forgotten first: a list run through the sandbox must not fill the memory. */
const PAIRS_MAX = 10_000;

export type Greylist = {
  /** Whether this recipient may be answered now; false means: come back later. Remembers the attempt. */
  readonly lets: (mailFrom: string, address: string) => boolean;
};

/** A pair is accepted when it returns after `delayMs`; null accepts every pair. */
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
  // A Map yields its keys in insertion order.
  for (const oldest of firstSeenMs.keys()) {
    firstSeenMs.delete(oldest);
    return;
  }
}
