/**
 * The part of choosing a node that does not depend on the domain: the nodes that may be asked about a provider, in
 * tiers, and the weight of each node in its tier. Made once per snapshot and provider. Pure; choose.ts states the
 * policy.
 */
import type { ProviderStats } from '../../../shared/enrolment.ts';
import type { ProbeNode, Roster } from '../registry/roster.ts';
import { isNear } from './client-region.ts';
import { hashText, type Peers } from './rendezvous.ts';

/** Fewer refusals than this prove nothing; and the shares of refusals from which a node is doubtful, or refused. */
const REFUSALS_MIN = 3;
const DOUBTFUL_SHARE = 0.15;
const REFUSED_SHARE = 0.5;

/** Round trips between node and mail server for an answer: four cold and one warm, about half and half. */
const ROUND_TRIPS = 3;
/** Assumed milliseconds from here to a node if none of its region has been measured. */
const NEAR_MS = 15;
const FAR_MS = 100;

/** Assumed path of a region that never asked the provider, as a share of the others' paths. */
const UNKNOWN_SHARE = 0.5;
/** A node's own time replaces its region's if the two differ by this factor. */
const UNLIKE_FACTOR = 3;

/**
 * A node is as near as the nearest up to this factor and addend; the nearest time is rounded up to a power of the step.
 */
const NEAR_FACTOR = 1.5;
const NEAR_EXTRA_MS = 20;
const STEP_FACTOR = 1.25;
/** Upper bound of every time. */
const FAR_FROM_ALL_MS = 1e9;
/** Bands of time behind the first, each twice as far. */
const BANDS = 6;

/** Share of its capacity that a node may carry, and its excess over its peers beyond the one that chance explains. */
const FULLNESS_MAX = 0.7;
const LOAD_FACTOR_MAX = 1.25;
const LOAD_DEVIATIONS = 4;
/** The least that an overloaded node keeps of its share. */
const KEPT_MIN = 1 / 8;
/** One node counts for at most this many others, regardless of the capacity that it claims. */
const CAPACITY_FACTOR_MAX = 4;

/** The part that is the same for every provider. */
export type Ground = {
  /** The candidates, by id. */
  readonly nodes: readonly ProbeNode[];
  /** Indexes of the nodes of each region. */
  readonly regions: readonly (readonly number[])[];
  readonly seeds: Uint32Array;
  /** Round trip from here to the node, in milliseconds. */
  readonly edgeMs: readonly number[];
  /** Weight of each node by its capacity, in half powers of two. */
  readonly sizes: readonly number[];
};

/** Indexes into `nodes`: tiers, the one to ask first first, each as groups of nodes with equal weight. */
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

/** A node has the time of its region, so that equal nodes are equal, unless its own is far from it. */
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

/** Active nodes; if there are none, those that might still work. */
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

/** The plan for a provider, or null if no node has statistics about it: then the plan for `null` is as good. */
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
 * Milliseconds to an answer. The path to the provider is the median of the region: the measurement of one node depends
 * on the provider's server that it happened to reach. A region that never asked the provider is worth a try if the
 * others are far away.
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

/** Round trip to the provider; null if unknown. */
function distanceMs(stats: ProviderStats | undefined): number | null {
  if (stats === undefined) return null;
  const { connect_ms, answer_ms } = stats;
  return connect_ms ?? (answer_ms === null ? null : answer_ms / ROUND_TRIPS);
}

/** 0 is healthy, 1 doubtful, 2 refused. */
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

/** The longest time that counts as equal to the nearest, among the nodes of the best rank. */
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

/** Weight that a node sheds, in half powers of two: 0 if it is not overloaded. */
function shedLevel(node: ProbeNode | undefined, meanFullness: number): number {
  const { capacity = 1, runningJobs = 0 } = node ?? {};
  const expected = capacity * meanFullness;
  const byChance = LOAD_FACTOR_MAX * expected + LOAD_DEVIATIONS * Math.sqrt(expected);
  const allowed = Math.min(FULLNESS_MAX * capacity, byChance);
  if (runningJobs <= allowed) return 0;
  const kept = runningJobs >= capacity ? KEPT_MIN : Math.max(KEPT_MIN, allowed / runningJobs);
  return Math.ceil(-2 * Math.log2(kept));
}

/** Weight of each node by its capacity, in half powers of two. */
function sizeLevels(nodes: readonly ProbeNode[]): readonly number[] {
  const median = upperMedian(nodes.map(({ capacity }) => capacity)) ?? 1;
  const levelMax = 2 * Math.log2(CAPACITY_FACTOR_MAX);
  return nodes.map(({ capacity }) =>
    Math.max(-levelMax, Math.min(levelMax, Math.round(2 * Math.log2(capacity / median)))),
  );
}
