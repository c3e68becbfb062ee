/**
 * Greylisting as a pretend mail server does it: who has come before, and whether long enough ago.
 *
 * Kept by (MAIL FROM, RCPT) in memory; the client's IP address, the third of the classic triplet, is always loopback
 * here. It never forgets by time, only by number. The clock is a parameter.
 */

/** Pairs remembered at most, the oldest forgotten first: a list run through the sandbox must not fill the memory. */
const PAIRS_MAX = 10_000;

export type Greylist = {
  /** Whether this recipient may be answered now; false means: come back later. Remembers the attempt. */
  readonly lets: (mailFrom: string, address: string, isMailbox: boolean) => boolean;
};

/**
 * A real mailbox is let through when its pair returns after `delayMs`. A name without a mailbox is let through, to be
 * refused, as soon as its sender has got through to any mailbox: a checker draws a new random name each time, and its
 * pair would stay new for ever. `delayMs` null lets everybody through.
 */
export function createGreylist(delayMs: number | null, nowMs: () => number): Greylist {
  if (delayMs === null) return { lets: () => true };
  const firstSeenMs = new Map<string, number>();
  const knownSenders = new Set<string>();

  const lets = (mailFrom: string, address: string, isMailbox: boolean): boolean => {
    if (!isMailbox) return knownSenders.has(mailFrom);
    const pair = `${mailFrom}\n${address}`;
    const seenMs = firstSeenMs.get(pair);
    if (seenMs === undefined) {
      forgetOldest(firstSeenMs);
      firstSeenMs.set(pair, nowMs());
      return false;
    }
    if (nowMs() - seenMs < delayMs) return false;
    if (knownSenders.size < PAIRS_MAX) knownSenders.add(mailFrom);
    return true;
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
