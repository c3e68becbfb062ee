/**
 * Memory without the words of nodes that are not believed any more (nodes/registry/forgotten.ts).
 *
 * Before it: wiring/services.ts. After it: memory/verdicts.ts, memory/domains.ts. What is passed over was never
 * remembered, which costs a probe and nothing else. Whoever reads the store knows the nodes by then; what is at hand is
 * judged by what is known already.
 */
import { STRANGER_AGE_S_MAX } from '../../shared/job.ts';
import { type Domains, learntAtMs } from './domains.ts';
import type { Verdicts } from './verdicts.ts';

export type Belief = {
  /** Sees to it that it is known who is not believed; null if it has been known lately, and news is fetched behind the answer. */
  readonly ready: () => Promise<unknown> | null;
  /** True if the node's word of some time between the two, in milliseconds since 1970, is not believed. */
  readonly isForgotten: (node: string, fromMs: number, toMs: number) => boolean;
};

type Said = { readonly smtp: { readonly node: string } | null; readonly checked_at: string };

export function believing(verdicts: Verdicts, { ready, isForgotten }: Belief): Verdicts {
  const believed = <Value extends Said>(value: Value | null): Value | null => {
    if (value === null || value.smtp === null) return value;
    const atMs = Date.parse(value.checked_at);
    return isForgotten(value.smtp.node, atMs, atMs) ? null : value;
  };
  return {
    ...verdicts,
    atHand: (name) => believed(verdicts.atHand(name)),
    recall: async (name) => {
      const [value] = await Promise.all([verdicts.recall(name), ready()]);
      return believed(value);
    },
  };
}

/** A node tells of a random mailbox for as long as it remembers it: when a reply was told, only the span is known. */
export function believingHosts(domains: Domains, { ready, isForgotten }: Belief): Domains {
  return {
    ...domains,
    recallDomain: async (domain) => {
      const [hosts] = await Promise.all([domains.recallDomain(domain), ready()]);
      const believed = [...hosts].filter(([, memory]) => {
        const fromMs = learntAtMs(memory);
        return !isForgotten(memory.node, fromMs, fromMs + STRANGER_AGE_S_MAX * 1000);
      });
      return believed.length === hosts.size ? hosts : new Map(believed);
    },
  };
}
