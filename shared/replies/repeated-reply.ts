/**
 * `classify` with a memory, for a run of replies that are mostly equal.
 *
 * A server that is asked about a hundred mailboxes at once answers most of them word for word alike, as do servers of
 * one make, and normalising the words is the main cost of classifying. Entries end within a minute, since a text may
 * quote an address (docs/PRIVACY.md).
 */
import { ExpiringMap } from '../expiring-map.ts';
import { type Classification, classify } from './classify.ts';

/** Replies remembered, of 2 KiB at most. */
const REPLIES_MAX = 500;
const LIFE_MS = 60_000;

/** Same results as `classify`. */
export function createRepeatedClassify(nowMs: () => number): typeof classify {
  const known = new ExpiringMap<Classification>(REPLIES_MAX, nowMs);
  return (stage, reply, providerId = null) => {
    const { code, enhanced, text, quotes = null } = reply;
    // JSON, so that no part can pass for another: a node's report may hold anything as a status.
    const key = JSON.stringify([stage, providerId, code, enhanced, quotes, text]);
    const before = known.get(key);
    if (before !== undefined) return before;
    const classification = classify(stage, reply, providerId);
    known.set(key, classification, LIFE_MS);
    return classification;
  };
}
