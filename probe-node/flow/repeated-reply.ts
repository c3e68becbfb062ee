/**
 * `classify` with a memory, for a run of replies that are mostly equal.
 *
 * A server that is asked about a hundred mailboxes at once answers most of them word for word alike, as do servers of
 * one make, and normalising the words is the main cost of classifying. Bounded: a full memory is cleared and begun
 * anew.
 */
import { type Classification, classify } from '../../shared/replies/classify.ts';
import type { Reply, Stage } from '../../shared/replies/reply.ts';

/** Replies remembered, of 2 KiB at most. */
const REPLIES_MAX = 500;

type Known = {
  readonly stage: Stage;
  readonly reply: Reply;
  readonly providerId: string | null;
  readonly classification: Classification;
};

/** Same results as `classify`. */
export function createRepeatedClassify(): typeof classify {
  const known = new Map<string, Classification>();
  let last: Known | null = null;
  return (stage, reply, providerId = null) => {
    if (last !== null && isSame(last, stage, reply, providerId)) return last.classification;
    const classification = recall(stage, reply, providerId);
    last = { stage, reply, providerId, classification };
    return classification;
  };

  function recall(stage: Stage, reply: Reply, providerId: string | null): Classification {
    // Only the text can contain a blank.
    const key = `${stage} ${providerId} ${reply.code} ${reply.enhanced} ${reply.quotes} ${reply.text}`;
    const before = known.get(key);
    if (before !== undefined) return before;
    const classification = classify(stage, reply, providerId);
    if (known.size >= REPLIES_MAX) known.clear();
    known.set(key, classification);
    return classification;
  }
}

function isSame({ stage, reply, providerId }: Known, nextStage: Stage, next: Reply, nextId: string | null): boolean {
  return (
    stage === nextStage &&
    providerId === nextId &&
    reply.code === next.code &&
    reply.enhanced === next.enhanced &&
    String(reply.quotes) === String(next.quotes) &&
    reply.text === next.text
  );
}
