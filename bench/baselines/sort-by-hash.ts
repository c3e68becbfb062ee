/** The plain way of rendezvous hashing: a hash for each node by its name, and a sort of them all. */
import type { ProbeNode } from '../../edge/nodes/registry/roster.ts';

export function sortByHash(nodes: readonly ProbeNode[], domain: string): readonly ProbeNode[] {
  return nodes
    .map((node) => ({ node, weight: hash(`${domain} ${node.id}`) }))
    .sort((a, b) => b.weight - a.weight || (a.node.id < b.node.id ? -1 : 1))
    .map(({ node }) => node);
}

function hash(text: string): number {
  let bits = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) bits = Math.imul(bits ^ text.charCodeAt(index), 0x01000193);
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  return (bits ^ (bits >>> 13)) >>> 0;
}
