/**
 * In which order the nodes are asked about a domain. Pure: the same snapshot, times and wishes give the same order on
 * every isolate.
 *
 * Who is asked at all: active nodes. Nodes that are draining, lost, resting or still joining are left out, and met
 * again when a snapshot says otherwise. Where no node is active, the marks are more likely wrong than all the nodes:
 * those that drain are asked, then those that are lost. One whose doctor forbids it to serve, or that has not proved
 * itself, is never asked: its verdicts would be noise.
 *
 * Who comes first: health with this provider goes before everything. A node that rests for the provider, or was refused
 * half of the time, comes after all that are doubtful (refused more than now and then), and these after all that are
 * well; refusals of which there are few say nothing. Then comes time: the way from here to the node, and three times
 * from its region to the provider. All that are about as near as the nearest are equal, and behind them stand bands each
 * twice as far. The edges of bands follow the nearest in steps, and the times are such that show no jitter
 * (shared/steady-average.ts), so that some milliseconds more or less move no domain. What was not measured of a node is
 * taken from its region: a new one is neither feared nor favoured. A region that never asked the provider is taken to be
 * half as far from it as the others, so that it is tried where they are far. Where the way to no node of a region is
 * known, the client's region decides what is near.
 *
 * Among equals: rendezvous hashing over provider and domain, so that sessions, the catch-all memory and greylist
 * triplets of a node are met again. An own domain of a mail provider, such as gmail.com, has more strangers than one
 * node can ask about: there the address is hashed as well, and each address keeps its node. A node carries by its
 * capacity, within reason. One that is too full, or much fuller than its equals, is given less: it keeps the domains
 * that hash strongest to it and sheds the others to those that come second for them, so nothing else moves.
 *
 * What this isolate has seen for itself is quicker than any heartbeat: a node that it saw refused comes after all
 * others, and is not left out. So when all are refused the marks mean nothing and the order is the usual one.
 *
 * Failing over: the third and the fourth to be asked stand in regions that were not asked yet, as far as there are any,
 * since a region that is gone is noticed by its first questions and not by the snapshot.
 *
 * Wishes: the node that was greylisted is asked first while it may be asked at all, refused or not. For a second opinion
 * every node of the first one's network is left out, before any other wish.
 */
import { providerById } from '../../../shared/providers.ts';
import type { ProbeNode, Roster } from '../registry/roster.ts';
import { type Ground, groundOf, type Plan, planFor } from './plan.ts';
import { hashText, inRendezvousOrder } from './rendezvous.ts';
import { spreadOut } from './spread-out.ts';

/** Providers of one snapshot whose plan is kept. */
const PLANS_MAX = 1_000;
/** Regions of clients that one isolate plans for. */
const REGIONS_MAX = 10;

export type NodePreferences = {
  /** Node to ask first whatever the order says: the one that was greylisted. */
  readonly prefer: string | null;
  /** Only nodes of other networks than this one's. */
  readonly otherThan: string | null;
  /** True for a node that the provider has turned away lately: it is asked last, but not left out. */
  readonly isRefused: (nodeId: string) => boolean;
};

export type Wanted = NodePreferences & {
  /** Provider id of shared/providers.ts, or the first mail host of a domain whose provider is not known. */
  readonly provider: string;
  readonly domain: string;
  /** Who is asked about; null where it is nobody, or a list that is to stay together. */
  readonly address: string | null;
  /** Where the client is: a continent's code or a region's name; null where that is not known. */
  readonly clientRegion: string | null;
  /** Milliseconds from this isolate to nodes, as far as they are known (node-times.ts); a map that never changes. */
  readonly edgeMs: ReadonlyMap<string, number>;
};

/** The nodes to ask, the first choice first; worked out as far as it is read, and as often as it is read. */
export type ChooseNodes = (roster: Roster, wanted: Wanted) => Iterable<ProbeNode>;

/** Keeps what does not depend on the domain, for as long as the snapshot is in use. */
export function createChoice(): ChooseNodes {
  const plans = createPlans();
  return (roster, wanted) => {
    const plan = plans(roster, wanted);
    return { [Symbol.iterator]: () => spreadOut(walk(roster, plan, wanted)) };
  };
}

/** True for a mail provider's own domain: too many strangers share it for one node to ask about. */
export function isShared(provider: string, domain: string): boolean {
  return providerById(provider)?.domains.includes(domain) === true;
}

/** What is hashed. */
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
