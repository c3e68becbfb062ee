/**
 * How an isolate reaches the registry: a snapshot for verifying, calls for those who join, report and administer. Wiring
 * only; before it: services.ts, after it: nodes/.
 */
import type { PublicKey } from '../../shared/enrolment.ts';
import type { DnsQuery } from '../dns/doh.ts';
import type { EdgeSettings, Env } from '../env.ts';
import type { Belief } from '../memory/belief.ts';
import type { EnrolPorts } from '../nodes/registry/enrol.ts';
import { isForgotten } from '../nodes/registry/forgotten.ts';
import { createScreen } from '../nodes/registry/heartbeat-screen.ts';
import { createRegistryLink } from '../nodes/registry/registry-link.ts';
import type { Registry } from '../nodes/registry/registry-service.ts';
import type { Roster } from '../nodes/registry/roster.ts';
import { getRosterCopy, readRoster } from '../nodes/registry/roster-copy.ts';
import { createRosterView, type RosterView } from '../nodes/registry/roster-view.ts';

/** Milliseconds for looking up where a node's URL leads. */
const LOOKUP_TIMEOUT_MS = 5_000;
/** Milliseconds after which whoever reads memory has news fetched of whose word is not believed, and waits for them. */
const NEWS_MS = 10_000;
const BELIEF_MS = 30_000;
/** There is one registry. */
const REGISTRY_NAME = 'registry';

export type Reach = {
  readonly fetch: typeof fetch;
  readonly query: DnsQuery;
  readonly nowMs: () => number;
  readonly waitUntil: (work: Promise<unknown>) => void;
};

export type RegistryPorts = {
  readonly roster: RosterView;
  readonly belief: Belief;
  readonly enrolPorts: EnrolPorts;
};

export function createRegistryPorts(
  { REGISTRY, MEMORY }: Pick<Env, 'REGISTRY' | 'MEMORY'>,
  { allowsLoopbackNodes }: Pick<EdgeSettings, 'allowsLoopbackNodes'>,
  { fetch: fetchIt, query, nowMs, waitUntil }: Reach,
): RegistryPorts {
  const stub = (): Registry => REGISTRY.getByName(REGISTRY_NAME);
  const registry = createRegistryLink(stub);
  const view = createRosterView({
    ask: () => stub().roster(),
    readCopy: () => getRosterCopy(MEMORY),
    background: waitUntil,
    nowMs,
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
        // Who has been idle for long has missed what others know.
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
          // Who has asked for it sees it at once, as far as this isolate goes; a snapshot that cannot be had now comes later.
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
