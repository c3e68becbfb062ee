/**
 * The registry as an isolate reaches it: a snapshot for verifying; calls for joining, reporting and administering. Wiring
 * only; before it: services.ts, after it: nodes/.
 */
import type { PublicKey } from '../../shared/enrolment.ts';
import { withConnection } from '../async/connections.ts';
import type { DnsQuery } from '../dns/doh.ts';
import type { EdgeSettings, Env } from '../env.ts';
import type { Belief } from '../memory/belief.ts';
import type { HttpCache } from '../memory/data-centre-cache.ts';
import type { EnrolPorts } from '../nodes/registry/enrol.ts';
import { isForgotten } from '../nodes/registry/forgotten.ts';
import { createScreen } from '../nodes/registry/heartbeat-screen.ts';
import { askNearFirst } from '../nodes/registry/near-roster.ts';
import { createRegistryLink } from '../nodes/registry/registry-link.ts';
import type { Registry } from '../nodes/registry/registry-service.ts';
import type { Roster } from '../nodes/registry/roster.ts';
import { getRosterCopy, readRoster } from '../nodes/registry/roster-copy.ts';
import { createRosterView, type RosterView } from '../nodes/registry/roster-view.ts';

/** Milliseconds for resolving the host of a node's URL. */
const LOOKUP_TIMEOUT_MS = 5_000;
/**
 * Age in milliseconds of the list of nodes that are not believed any more: from NEWS_MS on it is renewed behind a read of
 * memory, from BELIEF_MS on the read waits for it.
 */
const NEWS_MS = 10_000;
const BELIEF_MS = 30_000;
/** There is one registry. */
const REGISTRY_NAME = 'registry';

export type Reach = {
  readonly fetch: typeof fetch;
  readonly query: DnsQuery;
  readonly nowMs: () => number;
  readonly waitUntil: (work: Promise<unknown>) => void;
  /** In [0, 1). */
  readonly random: () => number;
  /** The data centre's cache, or null if there is none. */
  readonly cache: HttpCache | null;
  /** Names this edge in that cache. */
  readonly edgeName: string;
};

export type RegistryPorts = {
  readonly roster: RosterView;
  readonly belief: Belief;
  readonly enrolPorts: EnrolPorts;
};

export function createRegistryPorts(
  { REGISTRY, MEMORY }: Pick<Env, 'REGISTRY' | 'MEMORY'>,
  { allowsLoopbackNodes, registryLocation }: Pick<EdgeSettings, 'allowsLoopbackNodes' | 'registryLocation'>,
  { fetch: fetchIt, query, nowMs, waitUntil, random, cache, edgeName }: Reach,
): RegistryPorts {
  // The hint counts for the call that makes the object, and for none after it.
  const stub = (): Registry => REGISTRY.getByName(REGISTRY_NAME, { locationHint: registryLocation });
  const registry = createRegistryLink(stub);
  const view = createRosterView({
    ask: () => askNearFirst({ ask: () => stub().roster(), cache, edgeName, background: waitUntil, nowMs }),
    readCopy: () => withConnection('other', () => getRosterCopy(MEMORY)),
    background: waitUntil,
    nowMs,
    random,
  });
  let latest: Roster | null = null;
  const keep = (roster: Roster | null): void => {
    if (roster !== null && roster.takenAtMs >= (latest?.takenAtMs ?? 0)) latest = roster;
  };
  const roster = async (): Promise<Roster> => {
    const known = await view();
    keep(known);
    return known;
  };
  return {
    roster,
    belief: {
      ready: () => {
        // An isolate that was idle for long may have missed a removal.
        const ageMs = latest === null ? Number.POSITIVE_INFINITY : nowMs() - latest.takenAtMs;
        if (ageMs > BELIEF_MS) return roster();
        if (ageMs > NEWS_MS) waitUntil(roster());
        return null;
      },
      isForgotten: (node, fromMs, toMs) => isForgotten(latest?.forgotten ?? [], node, fromMs, toMs),
    },
    enrolPorts: {
      registry: {
        ...registry,
        remove: async (id, forgetSinceMs) => {
          const isRemoved = await registry.remove(id, forgetSinceMs);
          if (!isRemoved || forgetSinceMs === null) return isRemoved;
          // This isolate knows of the removal at once; if no snapshot can be had now, it comes later.
          keep(await registry.roster().then(readRoster, () => null));
          return true;
        },
      },
      screen: createScreen({
        keyAtHand: (id) => keyIn(latest, id),
        freshKey: async (id) => keyIn(await roster(), id),
        nowMs,
      }),
      lookUp: (name, type) => query(name, type, AbortSignal.timeout(LOOKUP_TIMEOUT_MS)),
      urls: { allowsLoopback: allowsLoopbackNodes },
      fetch: fetchIt,
      makeNonce: () => crypto.randomUUID(),
    },
  };
}

function keyIn(roster: Roster | null, id: string): PublicKey | null {
  return roster?.nodes.find((node) => node.id === id)?.key ?? null;
}
