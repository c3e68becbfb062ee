/**
 * What choosing a node comes to before the domain is known: the nodes that may be asked about a provider, in tiers, and
 * in each tier how much each node is to carry. Made once per snapshot and provider. Pure; choose.ts states the policy.
 */
import type { ProviderStats } from '../../../shared/enrolment.ts';
import type { ProbeNode, Roster } from '../registry/roster.ts';
import { isNear } from './client-region.ts';
import { hashText, type Peers } from './rendezvous.ts';

/** Refusals below which a share of them says nothing, and the shares from which a node is doubtful, or refused. */
const REFUSALS_MIN = 3;
const DOUBTFUL_SHARE = 0.15;
const REFUSED_SHARE = 0.5;

/** Round trips between node and mail server for an answer: four cold and one warm, about half and half. */
const ROUND_TRIPS = 3;
/** Milliseconds taken for the way from here to a node where none of its region has been measured. */
const NEAR_MS = 15;
const FAR_MS = 100;

/** What the way of a region to a provider is taken for, as a share of the others', where it was never gone. */
const UNKNOWN_SHARE = 0.5;
/** A node is unlike its region when its time is so many times longer or shorter. */
const UNLIKE_FACTOR = 3;

/** As near as the nearest is who takes this much longer than it; its own time is rounded up to a power of the step. */
const NEAR_FACTOR = 1.5;
const NEAR_EXTRA_MS = 20;
const STEP_FACTOR = 1.25;
/** No time is longer than this. */
const FAR_FROM_ALL_MS = 1e9;
/** Bands of time behind the first, each twice as far. */
const BANDS = 6;

/** A node carries at most this share of its capacity, and this much more than its peers beyond what chance explains. */
const FULLNESS_MAX = 0.7;
const LOAD_FACTOR_MAX = 1.25;
const LOAD_DEVIATIONS = 4;
/** The least that an overloaded node keeps of its share. */
const KEPT_MIN = 1 / 8;
/** One node counts for at most so many others, whatever capacity it claims. */
const CAPACITY_FACTOR_MAX = 4;

/** What holds for every provider. */
export type Ground = {
  /** Who may be asked at all, by id. */
  readonly nodes: readonly ProbeNode[];
  /** Places of the nodes of each region. */
  readonly regions: readonly (readonly number[])[];
  readonly seeds: Uint32Array;
  /** Milliseconds from here to the node and back. */
  readonly edgeMs: readonly number[];
  /** What each node is to carry by its capacity, in half powers of two. */
  readonly sizes: readonly number[];
};

/** Places in `nodes`: tiers, the one to ask first first, each as groups of nodes that are to carry alike. */
export type Plan = { readonly nodes: readonly ProbeNode[]; readonly tiers: readonly (readonly Peers[])[] };

export function groundOf(roster: Roster, edgeMsById: ReadonlyMap<string, number>, clientRegion: string | null): Ground {
  const nodes = candidates(roster).toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const regions = [...Map.groupBy(nodes.keys(), (place) => nodes[place]?.region ?? '').values()];
  const measured = nodes.map(({ id }) => edgeMsById.get(id) ?? null);
  const assume = (region: string): number | null =>
    clientRegion === null ? null : isNear(region, clientRegion) ? NEAR_MS : FAR_MS;
  return {
    nodes,
    regions,
    seeds: seedsOf(nodes),
    edgeMs: edgeTimes(measured, nodes, regions, assume),
    sizes: sizeLevels(nodes),
  };
}

/** A node's is that of its region, so that equal nodes are equal, unless its own is far from it. */
function edgeTimes(
  measured: readonly (number | null)[],
  nodes: readonly ProbeNode[],
  regions: Ground['regions'],
  assume: (region: string) => number | null,
): readonly number[] {
  const overall = upperMedian(measured) ?? 0;
  const times = [...measured];
  for (const places of regions) {
    const region = nodes[places[0] ?? 0]?.region ?? '';
    const usual = upperMedian(places.map((place) => measured[place] ?? null)) ?? assume(region) ?? overall;
    for (const place of places) {
      const own = measured[place] ?? usual;
      times[place] = isLike(own, usual) ? usual : own;
    }
  }
  return times.map((ms) => ms ?? overall);
}

function isLike(ms: number, usualMs: number): boolean {
  return ms <= usualMs * UNLIKE_FACTOR + NEAR_EXTRA_MS && ms * UNLIKE_FACTOR + NEAR_EXTRA_MS >= usualMs;
}

/** Active nodes; where there is none, those that might work all the same. */
function candidates({ nodes }: Roster): readonly ProbeNode[] {
  const active = nodes.filter(({ state }) => state === 'active');
  return active.length > 0 ? active : nodes.filter(({ state }) => state === 'draining' || state === 'lost');
}

function seedsOf(nodes: readonly ProbeNode[]): Uint32Array {
  const taken = new Set<number>();
  return Uint32Array.from(nodes, ({ id }) => {
    let seed = hashText(id);
    while (taken.has(seed)) seed = hashText(`${id} ${seed}`);
    taken.add(seed);
    return seed;
  });
}

/** The plan for a provider, or null if no node has stats of it: then the plan for `null` is as good. */
export function planFor(provider: string | null, ground: Ground): Plan | null {
  const { nodes } = ground;
  const standings = nodes.map(({ standings }) => (provider === null ? undefined : standings.get(provider)));
  if (provider !== null && standings.every((stats) => stats === undefined)) return null;
  const times = answerTimes(standings, ground);
  const ranks = nodes.map(({ state }, place) => (state === 'lost' ? 3 : 0) + healthOf(standings[place]));
  const cutMs = nearEnoughMs(times, ranks);
  const places = Map.groupBy(
    nodes.keys(),
    (place) => (ranks[place] ?? 0) * (BANDS + 1) + bandOf(times[place] ?? 0, cutMs),
  );
  const tiers = [...places].sort(([a], [b]) => a - b).map(([, members]) => groupsOf(members, ground));
  return { nodes, tiers };
}

/**
 * Milliseconds to an answer. The way to the provider is that of the region, whoever of it has gone it: what one node has
 * measured hangs on which of the provider's servers it happened to be sent to. A region that never went there is worth a
 * try where the others are far away.
 */
function answerTimes(
  standings: readonly (ProviderStats | undefined)[],
  { regions, edgeMs }: Ground,
): readonly number[] {
  const measured = standings.map(distanceMs);
  const overall = upperMedian(measured) ?? 0;
  const times = [...edgeMs];
  for (const places of regions) {
    const wayMs = upperMedian(places.map((place) => measured[place] ?? null)) ?? overall * UNKNOWN_SHARE;
    for (const place of places) times[place] = (times[place] ?? 0) + ROUND_TRIPS * wayMs;
  }
  return times;
}

/** Round trip to the provider; null where it is not known. */
function distanceMs(stats: ProviderStats | undefined): number | null {
  if (stats === undefined) return null;
  const { connect_ms, answer_ms } = stats;
  return connect_ms ?? (answer_ms === null ? null : answer_ms / ROUND_TRIPS);
}

/** 0 is well, 1 doubtful, 2 refused. */
function healthOf(stats: ProviderStats | undefined): number {
  if (stats === undefined) return 0;
  const { answers, refusals, is_resting } = stats;
  if (is_resting) return 2;
  if (refusals < REFUSALS_MIN) return 0;
  const share = refusals / (answers + refusals);
  return share >= REFUSED_SHARE ? 2 : share >= DOUBTFUL_SHARE ? 1 : 0;
}

function upperMedian(values: readonly (number | null)[]): number | null {
  const sorted = new Float64Array(values.filter((value) => value !== null)).sort();
  return sorted[Math.floor(sorted.length / 2)] ?? null;
}

/** The longest time that counts as that of the nearest, among the nodes of the best rank. */
function nearEnoughMs(times: readonly number[], ranks: readonly number[]): number {
  const bestRank = ranks.reduce((best, rank) => Math.min(best, rank), Number.POSITIVE_INFINITY);
  const bestMs = times.reduce(
    (best, ms, place) => (ranks[place] === bestRank ? Math.min(best, ms) : best),
    FAR_FROM_ALL_MS,
  );
  const steps = Math.ceil(Math.log(Math.max(1, bestMs)) / Math.log(STEP_FACTOR));
  return STEP_FACTOR ** steps * NEAR_FACTOR + NEAR_EXTRA_MS;
}

function bandOf(ms: number, cutMs: number): number {
  return ms <= cutMs ? 0 : Math.min(BANDS, Math.ceil(Math.log2(ms / cutMs)));
}

function groupsOf(members: readonly number[], { nodes, seeds, sizes }: Ground): readonly Peers[] {
  let running = 0;
  let capacity = 0;
  for (const place of members) {
    running += nodes[place]?.runningJobs ?? 0;
    capacity += nodes[place]?.capacity ?? 0;
  }
  const meanFullness = running / Math.max(1, capacity);
  const levels = Map.groupBy(members, (place) => (sizes[place] ?? 0) - shedLevel(nodes[place], meanFullness));
  return [...levels].map(([level, places]) => ({
    weight: 2 ** (level / 2),
    places: new Uint32Array(places),
    seeds: new Uint32Array(places.map((place) => seeds[place] ?? 0)),
  }));
}

/** What a node sheds, in half powers of two: none where it is not overloaded. */
function shedLevel(node: ProbeNode | undefined, meanFullness: number): number {
  const { capacity = 1, runningJobs = 0 } = node ?? {};
  const expected = capacity * meanFullness;
  const byChance = LOAD_FACTOR_MAX * expected + LOAD_DEVIATIONS * Math.sqrt(expected);
  const allowed = Math.min(FULLNESS_MAX * capacity, byChance);
  if (runningJobs <= allowed) return 0;
  const kept = runningJobs >= capacity ? KEPT_MIN : Math.max(KEPT_MIN, allowed / runningJobs);
  return Math.ceil(-2 * Math.log2(kept));
}

/** How much of the work is to go to each node by its capacity, in half powers of two. */
function sizeLevels(nodes: readonly ProbeNode[]): readonly number[] {
  const median = upperMedian(nodes.map(({ capacity }) => capacity)) ?? 1;
  const levelMax = 2 * Math.log2(CAPACITY_FACTOR_MAX);
  return nodes.map(({ capacity }) =>
    Math.max(-levelMax, Math.min(levelMax, Math.round(2 * Math.log2(capacity / median)))),
  );
}
