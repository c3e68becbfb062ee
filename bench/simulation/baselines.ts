/** Two other choosers, each with a fleet of its own: a random node, and the node that will be the quickest. */
import type { Chance } from './chance.ts';
import { type Answer, type Ask, createFleet, type Fleet } from './fleet.ts';
import type { Question } from './traffic.ts';
import type { World } from './world.ts';

export type Chooser = { readonly ask: (question: Question) => Answer };

export function createRandom(world: World, chance: Chance, clock: { nowMs: number }): Chooser {
  const fleet = createFleet(world.nodes, chance, clock);
  const any = (): string => world.nodes[Math.floor(chance.next() * world.nodes.length)]?.id ?? '';
  return {
    ask: (question) => {
      if (question.isTyped) fleet.warm(any(), question.domain, question.atMs);
      return fleet.ask(any(), question, question.atMs);
    },
  };
}

/** Knows every distance and every open session, and ignores load. */
export function createOmniscient(world: World, chance: Chance, clock: { nowMs: number }): Chooser {
  const fleet = createFleet(world.nodes, chance, clock);
  const oneOfEach = [...new Map(world.nodes.map((node) => [node.region, node.id])).values()];
  return {
    ask: (question) => {
      if (question.isTyped) fleet.warm(quickest(fleet, oneOfEach, question), question.domain, question.atMs);
      const candidates = new Set([...oneOfEach, ...fleet.holdersOf(question.domain.host)]);
      return fleet.ask(quickest(fleet, candidates, question), question, question.atMs);
    },
  };
}

function quickest(fleet: Fleet, nodeIds: Iterable<string>, question: Ask & { readonly atMs: number }): string {
  let best = { id: '', ms: Number.POSITIVE_INFINITY };
  for (const id of nodeIds) {
    const ms = fleet.foresee(id, question, question.atMs);
    if (ms < best.ms) best = { id, ms };
  }
  return best.id;
}
