/**
 * Which node is asked first about a domain: pure, the same answer on every isolate.
 *
 * Rendezvous hashing over (domain, node): each domain has its own order of nodes, so that what a node has learnt of a
 * domain (an open session, a greylisting triplet) is met again, load spreads evenly, and a node that comes or goes
 * moves only the domains that are its own. Later nodes of the order are the ones to turn to when the first fails.
 */
import type { ProbeNode } from './roster.ts';

export type Wishes = {
  /** Node to ask first whatever the order says: the one that was greylisted. */
  readonly prefer: string | null;
  /** Only nodes of other networks than this one's. */
  readonly otherThan: string | null;
  /** True for a node that the provider has turned away lately: it is asked last, but not left out. */
  readonly isRefused: (nodeId: string) => boolean;
};

export function orderNodes(nodes: readonly ProbeNode[], domain: string, wishes: Wishes): readonly ProbeNode[] {
  const { prefer, otherThan, isRefused } = wishes;
  const avoided = nodes.find(({ id }) => id === otherThan)?.network ?? null;
  const rank = ({ id }: ProbeNode): number => (id === prefer ? 0 : isRefused(id) ? 2 : 1);
  return nodes
    .filter(({ id, network }) => id !== otherThan && network !== avoided)
    .map((node) => ({ node, rank: rank(node), weight: hash(`${domain} ${node.id}`) }))
    .sort((a, b) => a.rank - b.rank || b.weight - a.weight || (a.node.id < b.node.id ? -1 : 1))
    .map(({ node }) => node);
}

/** FNV-1a over UTF-16 units with a final mix (MurmurHash3): 32 bits, well spread for short texts. */
function hash(text: string): number {
  let bits = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    bits = Math.imul(bits ^ text.charCodeAt(index), 0x01000193);
  }
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}
