/**
 * The order in which nodes are asked about a domain. Pure: the same snapshot, times and wishes give the same order on
 * every isolate.
 *
 * Candidates: active nodes. Nodes that are draining, lost, resting or still joining are left out, and return when a
 * later snapshot says so. If no node is active, the marks are more likely wrong than all the nodes: draining nodes are
 * asked, then lost ones. A node whose doctor forbids it to serve, or that has not proved itself, is never asked: its
 * verdicts would be noise.
 *
 * Ranking: health with this provider goes before everything. A node that rests for the provider, or was refused half of
 * the time, comes after all doubtful ones (refused more than now and then), and these after all healthy ones; a few
 * refusals prove nothing. Then comes time: the path from here to the node, plus three times the path from its region to
 * the provider. All nodes about as near as the nearest are equal; behind them are bands, each twice as far. The edges
 * of bands follow the nearest in steps, and the times are smoothed (shared/steady-average.ts), so that a few
 * milliseconds of jitter move no domain. An unmeasured time of a node is taken from its region: a new node is neither
 * feared nor favoured. A region that never asked the provider is assumed to be half as far from it as the others, so
 * that it is tried if they are far. If the path to no node of a region is known, the client's region decides which
 * nodes are near.
 *
 * Among equals: rendezvous hashing over provider and domain, so that the sessions, the catch-all memory and the
 * greylist triplets of a node are used again. A mail provider's own domain, such as gmail.com, has more addresses than
 * one node can probe: there the address is hashed as well, and each address keeps its node. A node gets work in
 * proportion to its capacity, within reason. One that is too full, or much fuller than its equals, gets less: it keeps
 * the domains that hash strongest to it and sheds the others to the second node of each, so that nothing else moves.
 *
 * This isolate's own observations are quicker than any heartbeat: a node that it saw refused comes after all others,
 * but is not left out. So if all are refused, the marks mean nothing and the order is the usual one.
 *
 * Failover: the third and the fourth node are in regions that were not asked yet, as far as there are any, since the
 * first questions notice a dead region before the snapshot does.
 *
 * Wishes: the node that was greylisted is asked first as long as it may be asked at all, refused or not. For a second
 * opinion, every node of the first one's network is left out, before any other wish.
 */
import { providerById } from '../../../shared/providers.ts';
import type { ProbeNode, Roster } from '../registry/roster.ts';
import { type Ground, groundOf, type Plan, planFor } from './plan.ts';
import { hashText, inRendezvousOrder } from './rendezvous.ts';
import { spreadOut } from './spread-out.ts';

/** Providers of one snapshot with a cached plan. */
const PLANS_MAX = 1_000;
/** Regions of clients that one isolate plans for. */
const REGIONS_MAX = 10;

type NodePreferences = {
  /** Node to ask first regardless of the order: the one that was greylisted. */
  readonly prefer: string | null;
  /** Only nodes of other networks than this node's. */
  readonly otherThan: string | null;
  /** True for a node that the provider has refused lately: it is asked last, but not left out. */
  readonly isRefused: (nodeId: string) => boolean;
};

export type Wanted = NodePreferences & {
  /** Provider id of shared/providers.ts, or the first mail host of a domain whose provider is not known. */
  readonly provider: string;
  readonly domain: string;
  /** The address in question; null if there is none, or if the addresses of a list are to stay together. */
  readonly address: string | null;
  /** Region of the client: a continent's code or a region's name; null if unknown. */
  readonly clientRegion: string | null;
  /** Known milliseconds from this isolate to nodes (node-times.ts); an immutable map. */
  readonly edgeMs: ReadonlyMap<string, number>;
};

/** The nodes to ask, the first choice first; lazy, and computed again for each reader. */
export type ChooseNodes = (roster: Roster, wanted: Wanted) => Iterable<ProbeNode>;

/** Caches the parts that do not depend on the domain, for as long as the snapshot is in use. */
export function createChoice(): ChooseNodes {
  const plans = createPlans();
  return (roster, wanted) => {
    const plan = plans(roster, wanted);
    return { [Symbol.iterator]: () => spreadOut(walk(roster, plan, wanted)) };
  };
}

/** True for a mail provider's own domain: it has too many addresses for one node. */
export function isShared(provider: string, domain: string): boolean {
  return providerById(provider)?.domains.includes(domain) === true;
}

/** The key of the hash. */
function keyOf({ provider, domain, address }: Wanted): number {
  return hashText(`${provider} ${address !== null && isShared(provider, domain) ? address : domain}`);
}

function* walk(roster: Roster, { nodes, tiers }: Plan, wanted: Wanted): Generator<ProbeNode> {
  const { prefer, otherThan, isRefused } = wanted;
  const avoided = otherThan === null ? null : (roster.nodes.find(({ id }) => id === otherThan)?.network ?? null);
  const isAllowed = ({ id, network }: ProbeNode): boolean => id !== otherThan && network !== avoided;
  const preferred = prefer === null ? undefined : nodes.find(({ id }) => id === prefer);
  if (preferred !== undefined && isAllowed(preferred)) yield preferred;
  const key = keyOf(wanted);
  const refused: ProbeNode[] = [];
  for (const tier of tiers) {
    for (const place of inRendezvousOrder(tier, key)) {
      const node = nodes[place];
      if (node === undefined || node.id === prefer || !isAllowed(node)) continue;
      if (isRefused(node.id)) refused.push(node);
      else yield node;
    }
  }
  yield* refused;
}

type Known = {
  readonly edgeMs: Wanted['edgeMs'];
  readonly grounds: Map<string, Ground>;
  readonly plans: Map<string, Plan>;
};

function createPlans(): (roster: Roster, wanted: Wanted) => Plan {
  const knownByRoster = new WeakMap<Roster, Known>();
  const knownOf = (roster: Roster, edgeMs: Wanted['edgeMs']): Known => {
    const known = knownByRoster.get(roster);
    if (known?.edgeMs === edgeMs) return known;
    const fresh: Known = { edgeMs, grounds: new Map(), plans: new Map() };
    knownByRoster.set(roster, fresh);
    return fresh;
  };
  return (roster, { provider, clientRegion, edgeMs }) => {
    const { grounds, plans } = knownOf(roster, edgeMs);
    const region = clientRegion ?? '';
    const known = plans.get(`${region}>${provider}`);
    if (known !== undefined) return known;
    if (grounds.size >= REGIONS_MAX) grounds.clear();
    const ground = grounds.get(region) ?? groundOf(roster, edgeMs, clientRegion);
    grounds.set(region, ground);
    const usual = plans.get(`${region}>`) ?? planFor(null, ground) ?? { nodes: [], tiers: [] };
    const plan = planFor(provider, ground) ?? usual;
    if (plans.size >= PLANS_MAX) plans.clear();
    plans.set(`${region}>`, usual);
    plans.set(`${region}>${provider}`, plan);
    return plan;
  };
}
