/**
 * Reorders nodes for the loss of a whole region: the third and the fourth choice are in other regions. Pure.
 *
 * All nodes of a region may be unreachable before the first of them counts as lost. Two failures there cost time; a
 * third would cost the verdict.
 */
import type { ProbeNode } from '../registry/roster.ts';

/** Nodes at the head that keep their places, and the number after them that must be of new regions. */
const TOGETHER = 2;
const ELSEWHERE = 2;

/** The same nodes, each once; reads ahead only if more than the first two are requested. */
export function* spreadOut(nodes: Iterable<ProbeNode>): Generator<ProbeNode> {
  const rest = nodes[Symbol.iterator]();
  const met = new Set<string>();
  const passedOver: ProbeNode[] = [];
  for (let count = 0; count < TOGETHER + ELSEWHERE; count += 1) {
    let next = rest.next();
    while (count >= TOGETHER && next.done !== true && met.has(next.value.region)) {
      passedOver.push(next.value);
      next = rest.next();
    }
    if (next.done === true) break;
    met.add(next.value.region);
    yield next.value;
  }
  yield* passedOver;
  for (let next = rest.next(); next.done !== true; next = rest.next()) yield next.value;
}
