/**
 * `classify`, once for each reply: the judge is asked of one reply two or three times. Each is forgotten with the reply itself,
 * whose text may quote an address.
 */
import { type Classification, classify } from '../../shared/replies/classify.ts';
import type { Reply, Stage } from '../../shared/replies/reply.ts';

type Known = { readonly stage: Stage; readonly providerId: string | null; readonly classification: Classification };

const knownOf = new WeakMap<Reply, Known>();

export const classifyOnce: typeof classify = (stage, reply, providerId = null) => {
  const known = knownOf.get(reply);
  if (known?.stage === stage && known.providerId === providerId) return known.classification;
  const classification = classify(stage, reply, providerId);
  knownOf.set(reply, { stage, providerId, classification });
  return classification;
};
