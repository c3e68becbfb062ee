/**
 * Nodes that a provider has refused lately, as seen by one isolate: such a node is asked last about that provider for a
 * while. A refusal that a single domain of another owner has caused does not count (witnesses.ts). Module state of an
 * isolate is a cache only; losing it costs a refusal.
 */
import { ExpiringMap } from '../../../shared/expiring-map.ts';
import { createWitnesses } from './witnesses.ts';

/** Milliseconds for which a refusal counts. */
const REFUSED_MS = 600_000;
/** Pairs remembered; the least recently used goes first (LRU). */
const PAIRS_MAX = 2_000;

export type Refusals = {
  /**
   * Records that a host has refused this node for its own reputation.
   *
   * @param provider provider of the host: provider id, or the host name if the provider is unknown
   * @param domain domain of the question
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
