/**
 * Which node a provider has turned away lately, as one isolate has seen it: such a node is asked last about that
 * provider for a while. What one stranger's domain has brought about does not count (witnesses.ts). Module state of an isolate is a cache and nothing else; losing it costs a refusal.
 */
import { ExpiringMap } from '../../../shared/expiring-map.ts';
import { createWitnesses } from './witnesses.ts';

/** Milliseconds for which a refusal counts. */
const REFUSED_MS = 600_000;
/** Pairs remembered; the one that nobody has used for longest goes first. */
const PAIRS_MAX = 2_000;

export type Refusals = {
  /**
   * A host has refused this node for what the node is.
   *
   * @param provider whose host it was: provider id, or the name of a host of nobody we know
   * @param domain that was asked about
   */
  note(nodeId: string, provider: string, domain: string): void;
  isRefused(nodeId: string, provider: string): boolean;
};

export function createRefusals(nowMs: () => number): Refusals {
  const witnesses = createWitnesses(nowMs);
  const pairs = new ExpiringMap<true>(PAIRS_MAX, nowMs);
  return {
    note(nodeId, provider, domain) {
      if (witnesses.hears(nodeId, provider, domain)) pairs.set(`${nodeId}>${provider}`, true, REFUSED_MS);
    },
    isRefused: (nodeId, provider) => pairs.get(`${nodeId}>${provider}`) !== undefined,
  };
}
