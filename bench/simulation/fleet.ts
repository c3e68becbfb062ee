/**
 * State of the nodes: open sessions, catch-all memory, greylist triplets, and the providers that block them. Each
 * chooser has a fleet of its own, so that none profits from another's traffic.
 */

import type { ProbeNode } from '../../edge/nodes/registry/roster.ts';
import { ProviderStatsBook } from '../../probe-node/edge-link/provider-stats.ts';
import type { Chance } from './chance.ts';
import { type Domain, distanceMs } from './world.ts';

/** As in probe-node: probe-node/smtp/pool.ts, probe-node/flow/probe.ts, probe-node/memory/strangers.ts. */
const SESSION_MS = 5_000;
const WARM_MS = 20_000;
const MEMORY_MS = 7 * 86_400_000;
/** As in probe-node/memory/sources.ts. */
const REFUSALS_BEFORE_REST = 3;
const REST_MS_MIN = 600_000;
/** Round trips to the mail server until the answer. */
const COLD_TRIPS = 4;
const WARM_TRIPS = 1;
/** Milliseconds of everything but distance. */
const WORK_MS = 8;
/** The longest excess of a path over its usual time. */
const JITTER = 0.25;

export type Ask = { readonly domain: Domain; readonly address: string; readonly clientRegion: string };

export type Answer = {
  readonly outcome: 'answered' | 'greylisted' | 'refused';
  /** From the edge's request to the answer, and the node's part of it. */
  readonly ms: number;
  readonly nodeMs: number;
  readonly isWarm: boolean;
  readonly isRemembered: boolean;
};

type Rest = { refusals: number; untilMs: number; restMs: number };
type Keeper = {
  readonly place: ProbeNode;
  readonly sessions: Map<string, number>;
  readonly memory: Map<string, number>;
  /** Domains that know the node: a server that has greylisted it once accepts it from then on. */
  readonly triplets: Set<string>;
  readonly rests: Map<string, Rest>;
  readonly book: ProviderStatsBook;
  jobs: number;
};

export type Fleet = {
  readonly ask: (nodeId: string, ask: Ask, nowMs: number) => Answer;
  readonly warm: (nodeId: string, domain: Domain, nowMs: number) => void;
  /** As `ask`, without jitter and without changing state. */
  readonly foresee: (nodeId: string, ask: Ask, nowMs: number) => number;
  /** Nodes with a session at the host, when last reported. */
  readonly holdersOf: (host: string) => Iterable<string>;
  readonly jobs: () => ReadonlyMap<string, number>;
  readonly book: (nodeId: string) => ProviderStatsBook | undefined;
  /** From now on the provider blocks these nodes. */
  readonly block: (provider: string, nodeIds: readonly string[]) => void;
};

export function createFleet(nodes: readonly ProbeNode[], chance: Chance, clock: { nowMs: number }): Fleet {
  const keepers = new Map(nodes.map((place) => [place.id, keeperFor(place, clock)]));
  const holders = new Map<string, Set<string>>();
  const blocked = new Set<string>();
  const keeperOf = (nodeId: string): Keeper => {
    const keeper = keepers.get(nodeId);
    if (keeper === undefined) throw new Error(`there is no node ${nodeId}`);
    return keeper;
  };
  const hold = (keeper: Keeper, host: string, untilMs: number): void => {
    keeper.sessions.set(host, untilMs);
    const known = holders.get(host);
    if (known === undefined) holders.set(host, new Set([keeper.place.id]));
    else known.add(keeper.place.id);
  };
  return {
    ask: (nodeId, ask, nowMs) => {
      const keeper = keeperOf(nodeId);
      const jitter = 1 + chance.next() * JITTER;
      const { edgeMs, nodeMs, isWarm } = timesOf(keeper, ask, nowMs, jitter);
      const { domain } = ask;
      const isRemembered = (keeper.memory.get(domain.name) ?? 0) > nowMs;
      keeper.jobs += 1;
      const told = (outcome: Answer['outcome']): Answer => {
        return { outcome, ms: edgeMs + nodeMs, nodeMs, isWarm, isRemembered };
      };
      if (!isWarm) keeper.book.connected(domain.provider, distanceMs(keeper.place.region, domain.at) * jitter);
      if (blocked.has(`${nodeId}>${domain.provider}`)) {
        refuse(keeper, domain.provider, nowMs);
        return told('refused');
      }
      if (domain.isGreylisting && !keeper.triplets.has(domain.name)) {
        keeper.triplets.add(domain.name);
        return told('greylisted');
      }
      hold(keeper, domain.host, nowMs + SESSION_MS);
      keeper.memory.set(domain.name, nowMs + MEMORY_MS);
      keeper.book.told(domain.provider, { answers: 1, refusals: 0 }, domain.host);
      keeper.book.answered(domain.provider, nodeMs);
      return told('answered');
    },
    warm: (nodeId, domain, nowMs) => hold(keeperOf(nodeId), domain.host, nowMs + WARM_MS),
    foresee: (nodeId, ask, nowMs) => {
      const { edgeMs, nodeMs } = timesOf(keeperOf(nodeId), ask, nowMs, 1);
      return edgeMs + nodeMs;
    },
    holdersOf: (host) => holders.get(host) ?? [],
    jobs: () => new Map([...keepers].map(([id, { jobs }]) => [id, jobs])),
    book: (nodeId) => keepers.get(nodeId)?.book,
    block: (provider, nodeIds) => {
      for (const id of nodeIds) blocked.add(`${id}>${provider}`);
    },
  };
}

function keeperFor(place: ProbeNode, clock: { readonly nowMs: number }): Keeper {
  const rests = new Map<string, Rest>();
  const restingProviders = (): ReadonlySet<string> =>
    new Set([...rests].flatMap(([provider, { untilMs }]) => (untilMs > clock.nowMs ? [provider] : [])));
  const book = new ProviderStatsBook({ nowMs: () => clock.nowMs, wallMs: () => clock.nowMs, restingProviders });
  return { place, sessions: new Map(), memory: new Map(), triplets: new Set(), rests, book, jobs: 0 };
}

function timesOf({ place, sessions }: Keeper, { domain, clientRegion }: Ask, nowMs: number, jitter: number) {
  const isWarm = (sessions.get(domain.host) ?? 0) > nowMs;
  const trips = isWarm ? WARM_TRIPS : COLD_TRIPS;
  const edgeMs = distanceMs(clientRegion, place.region) * jitter;
  return { edgeMs, nodeMs: trips * distanceMs(place.region, domain.at) * jitter + WORK_MS, isWarm };
}

function refuse({ rests, book }: Keeper, provider: string, nowMs: number): void {
  book.told(provider, { answers: 0, refusals: 1 }, provider);
  const rest = rests.get(provider) ?? { refusals: 0, untilMs: 0, restMs: REST_MS_MIN / 2 };
  rest.refusals += 1;
  if (rest.refusals >= REFUSALS_BEFORE_REST) {
    rest.refusals = 0;
    rest.restMs *= 2;
    rest.untilMs = nowMs + rest.restMs;
  }
  rests.set(provider, rest);
}
