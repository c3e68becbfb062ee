/**
 * Classification for a stretch of replies many of which say the same: those met before are remembered.
 *
 * A server that is asked about a hundred mailboxes in one go answers most of them word for word alike, so do servers of
 * one make, and reading the words is what classifying costs. Bounded: a full memory is forgotten and begun anew.
 */
import { type Classification, classify } from '../shared/replies/classify.ts';

/** Replies remembered, of 2 KiB at most. */
const REPLIES_MAX = 500;

/** Answers what `classify` answers. */
export function createRepeatedClassify(): typeof classify {
  const known = new Map<string, Classification>();
  return (stage, reply, providerId = null) => {
    // Nothing but the text can hold a blank.
    const key = `${stage} ${providerId} ${reply.code} ${reply.enhanced} ${reply.text}`;
    const before = known.get(key);
    if (before !== undefined) return before;
    const classification = classify(stage, reply, providerId);
    if (known.size >= REPLIES_MAX) known.clear();
    known.set(key, classification);
    return classification;
  };
}
