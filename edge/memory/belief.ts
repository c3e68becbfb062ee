/**
 * Memory without the reports of nodes that are no longer believed (nodes/registry/forgotten.ts).
 *
 * Before it: wiring/services.ts. After it: memory/verdicts.ts, memory/domains.ts. A distrusted entry reads as never
 * remembered, which costs a probe and nothing else. A read that found a report waits until the distrusted nodes are known, which
 * were asked for at the same time; a look at the isolate's cache uses the nodes that are known already.
 */
import { STRANGER_AGE_S_MAX } from '../../shared/job.ts';
import { type Domains, learntAtMs } from './domains.ts';
import type { Verdicts } from './verdicts.ts';

export type Belief = {
  /**
   * Makes sure that the distrusted nodes are known; null if they were fetched lately, and a refresh runs behind the
   * answer. Never rejects.
   */
  readonly ready: () => Promise<unknown> | null;
  /** True if a report of the node from some time between the two (milliseconds since 1970) is not believed. */
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
    recall: async (name, from) => {
      const known = ready();
      const value = await verdicts.recall(name, from);
      if (value?.smtp != null) await known;
      return believed(value);
    },
  };
}

/**
 * A node repeats a random mailbox's reply for as long as it remembers it: the time of the reply is known only as a
 * span.
 */
export function believingHosts(domains: Domains, { ready, isForgotten }: Belief): Domains {
  return {
    ...domains,
    recallDomain: async (domain, from) => {
      const known = ready();
      const hosts = await domains.recallDomain(domain, from);
      if (hosts.size === 0) return hosts;
      await known;
      const believed = [...hosts].filter(([, memory]) => {
        const fromMs = learntAtMs(memory);
        return !isForgotten(memory.node, fromMs, fromMs + STRANGER_AGE_S_MAX * 1000);
      });
      return believed.length === hosts.size ? hosts : new Map(believed);
    },
  };
}
