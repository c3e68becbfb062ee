/**
 * The edge of the simulation: isolates in each region choose with edge/nodes/choice/choose.ts, by snapshots that are
 * seconds old and by their own observations; they fail over and ask for second opinions as the edge does.
 */
import { type ChooseNodes, createChoice, isShared } from '../../edge/nodes/choice/choose.ts';
import { createNodeTimes, type NodeTimes } from '../../edge/nodes/choice/node-times.ts';
import { createRefusals, type Refusals } from '../../edge/nodes/choice/refusals.ts';
import { createWarmed, type WarmedNodes } from '../../edge/nodes/choice/warmed.ts';
import type { Roster } from '../../edge/nodes/registry/roster.ts';
import type { Chance } from './chance.ts';
import type { Answer, Ask, Fleet } from './fleet.ts';
import { type Domain, REGIONS } from './world.ts';

const ISOLATES_PER_REGION = 2;
/** Cost of a node that cannot be reached, and the number of nodes tried within a deadline. */
const UNREACHED_MS = 1_000;
const ATTEMPTS_MAX = 6;

export type Isolate = {
  readonly choose: ChooseNodes;
  readonly times: NodeTimes;
  readonly refusals: Refusals;
  readonly warmed: WarmedNodes;
  readonly continent: string;
};

/** Outcome of a question: the answer that counts, or null; the total time; every node that was tried. */
export type Asked = { readonly answer: Answer | null; readonly ms: number; readonly nodeIds: readonly string[] };

export type EdgePorts = {
  readonly fleet: Fleet;
  readonly isReachable: (nodeId: string) => boolean;
  readonly clock: { nowMs: number };
};

export function createIsolates(clock: { nowMs: number }): ReadonlyMap<string, readonly Isolate[]> {
  const isolate = (continent: string): Isolate => ({
    choose: createChoice(),
    times: createNodeTimes(() => clock.nowMs),
    refusals: createRefusals(() => clock.nowMs),
    warmed: createWarmed(() => clock.nowMs),
    continent,
  });
  return new Map(
    REGIONS.map(({ id, continent }) => [id, Array.from({ length: ISOLATES_PER_REGION }, () => isolate(continent))]),
  );
}

export function anyOf(isolates: readonly Isolate[], chance: Chance): Isolate {
  const isolate = isolates[Math.floor(chance.next() * isolates.length)];
  if (isolate === undefined) throw new Error('there is no isolate');
  return isolate;
}

type Wish = { readonly address: string | null; readonly prefer?: string | null; readonly otherThan?: string | null };

function order(isolate: Isolate, roster: Roster, { provider, name }: Domain, wish: Wish) {
  return isolate.choose(roster, {
    provider,
    domain: name,
    address: wish.address,
    clientRegion: isolate.continent,
    edgeMs: isolate.times.view(),
    prefer: wish.prefer ?? null,
    otherThan: wish.otherThan ?? null,
    isRefused: (nodeId) => isolate.refusals.isRefused(nodeId, provider),
  });
}

/** The node that a snapshot chooses for a question. */
export function firstChoice(isolate: Isolate, roster: Roster, { domain, address }: Ask): string {
  const [first] = order(isolate, roster, domain, { address });
  return first?.id ?? '';
}

/** Opens a session in advance, while a person types the address. */
export function warm(isolate: Isolate, roster: Roster, domain: Domain, lot: string, ports: EdgePorts): void {
  const [first] = order(isolate, roster, domain, { address: lot });
  if (first === undefined || !ports.isReachable(first.id)) return;
  ports.fleet.warm(first.id, domain, ports.clock.nowMs);
  if (isShared(domain.provider, domain.name)) isolate.warmed.note(domain.name, first.id);
}

/** @param prefer the node that was greylisted, or null */
export function ask(isolate: Isolate, roster: Roster, question: Ask, prefer: string | null, ports: EdgePorts): Asked {
  const { domain, address } = question;
  const wished = prefer ?? isolate.warmed.take(domain.name);
  const first = askInTurn(isolate, order(isolate, roster, domain, { address, prefer: wished }), question, ports);
  const [refusing] = first.nodeIds.slice(-1);
  if (first.answer?.outcome !== 'refused' || refusing === undefined) return first;
  isolate.refusals.note(refusing, domain.provider, domain.name);
  const others = order(isolate, roster, domain, { address, otherThan: refusing });
  const second = askInTurn(isolate, others, question, ports);
  if (second.answer?.outcome === 'refused')
    isolate.refusals.note(second.nodeIds.at(-1) ?? '', domain.provider, domain.name);
  return {
    answer: second.answer ?? first.answer,
    ms: first.ms + second.ms,
    nodeIds: [...first.nodeIds, ...second.nodeIds],
  };
}

function askInTurn(
  isolate: Isolate,
  nodes: ReturnType<typeof order>,
  question: Ask,
  { fleet, isReachable, clock }: EdgePorts,
): Asked {
  const nodeIds: string[] = [];
  let ms = 0;
  for (const { id } of nodes) {
    if (nodeIds.length >= ATTEMPTS_MAX) break;
    nodeIds.push(id);
    if (!isReachable(id)) {
      ms += UNREACHED_MS;
      continue;
    }
    const answer = fleet.ask(id, question, clock.nowMs);
    isolate.times.note(id, answer.ms - answer.nodeMs);
    return { answer, ms: ms + answer.ms, nodeIds };
  }
  return { answer: null, ms, nodeIds };
}
