/** Our chooser with its surroundings: isolates, registry, fleet, and rechecks of greylisted addresses. */
import type { ProbeNode, Roster } from '../../edge/nodes/registry/roster.ts';
import { type Chance, createChance } from './chance.ts';
import { type Asked, anyOf, ask, createIsolates, type EdgePorts, type Isolate, warm } from './edge.ts';
import { createFleet, type Fleet } from './fleet.ts';
import { createRegistry } from './registry.ts';
import type { Question } from './traffic.ts';

/** Milliseconds after which a greylisted address is asked again. */
const RECHECK_MS = 300_000;

export type OursPorts = {
  readonly clock: { nowMs: number };
  readonly chance: Chance;
  readonly isReachable: (nodeId: string) => boolean;
  /** Milliseconds from the snapshot at a given time to the next. */
  readonly snapshotMs: (takenAtMs: number) => number;
};

export type Ours = {
  readonly fleet: Fleet;
  /** Processes snapshots and rechecks up to a time. */
  readonly passUntil: (atMs: number) => void;
  readonly ask: (question: Question) => Asked & { readonly isolate: Isolate };
  readonly roster: () => Roster;
  /** Questions without an answer of a mail server; rechecks, and those that were accepted. */
  readonly counts: Readonly<{ lost: number; rechecks: number; letIn: number }>;
};

type Recheck = { readonly question: Question; readonly nodeId: string; readonly atMs: number };

export function createOurs(nodes: readonly ProbeNode[], seed: number, given: OursPorts): Ours {
  const { clock, chance, isReachable, snapshotMs } = given;
  const fleet = createFleet(nodes, createChance(seed), clock);
  const registry = createRegistry(nodes, fleet, isReachable);
  const isolates = createIsolates(clock);
  const ports: EdgePorts = { fleet, isReachable, clock };
  const rechecks: Recheck[] = [];
  const counts = { lost: 0, rechecks: 0, letIn: 0 };
  let roster = registry.snapshot(0);
  const askOnce = (question: Question, isolate: Isolate, prefer: string | null): Asked => {
    const asked = ask(isolate, roster, question, prefer, ports);
    counts.lost += Number(asked.answer === null || asked.answer.outcome === 'refused');
    return asked;
  };
  const isolateOf = ({ clientRegion }: Question): Isolate => anyOf(isolates.get(clientRegion) ?? [], chance);
  const askAgain = ({ question, nodeId }: Recheck): void => {
    counts.rechecks += 1;
    counts.letIn += Number(askOnce(question, isolateOf(question), nodeId).answer?.outcome === 'answered');
  };
  return {
    fleet,
    counts,
    roster: () => roster,
    passUntil: (atMs) => {
      for (let next = roster.takenAtMs + snapshotMs(roster.takenAtMs); next <= atMs; next += snapshotMs(next)) {
        clock.nowMs = next;
        roster = registry.snapshot(next);
      }
      for (let next = rechecks[0]; next !== undefined && next.atMs <= atMs; next = rechecks[0]) {
        clock.nowMs = next.atMs;
        rechecks.shift();
        askAgain(next);
      }
      clock.nowMs = atMs;
    },
    ask: (question) => {
      const isolate = isolateOf(question);
      if (question.isTyped) warm(isolate, roster, question.domain, question.address, ports);
      const asked = askOnce(question, isolate, null);
      if (asked.answer?.outcome === 'greylisted') {
        rechecks.push({ question, nodeId: asked.nodeIds.at(-1) ?? '', atMs: question.atMs + RECHECK_MS });
      }
      return { ...asked, isolate };
    },
  };
}
