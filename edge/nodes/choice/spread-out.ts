/**
 * The order of nodes for the case that a whole region is gone: who comes third and fourth stands elsewhere. Pure.
 *
 * All nodes of a region may be unreachable before the first of them counts as lost. Two that fail there cost their time;
 * a third would cost the verdict.
 */
import type { ProbeNode } from '../registry/roster.ts';

/** Nodes that come first whatever their regions, and how many after them are of regions that were not met yet. */
const TOGETHER = 2;
const ELSEWHERE = 2;

/** The same nodes, each once; read ahead only where more than the first two are asked for. */
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
