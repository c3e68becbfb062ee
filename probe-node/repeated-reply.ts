/**
 * Classification for a stretch of replies most of which say the same: the last one is remembered.
 *
 * A server that is asked about a hundred mailboxes in one go answers most of them word for word alike, and reading the
 * words is what classifying costs.
 */
import { type Classification, classify } from '../shared/replies/classify.ts';
import type { Reply, Stage } from '../shared/replies/reply.ts';

/** Answers what `classify` answers. */
export function createRepeatedClassify(): typeof classify {
  let last: { stage: Stage; reply: Reply; providerId: string | null; classification: Classification } | null = null;
  return (stage, reply, providerId = null) => {
    const isSame =
      last !== null &&
      last.stage === stage &&
      last.providerId === providerId &&
      last.reply.code === reply.code &&
      last.reply.enhanced === reply.enhanced &&
      last.reply.text === reply.text;
    if (last === null || !isSame)
      last = { stage, reply, providerId, classification: classify(stage, reply, providerId) };
    return last.classification;
  };
}
