/**
 * How an isolate reaches the registry: a snapshot for verifying, calls for those who join, report and administer. Wiring
 * only; before it: services.ts, after it: nodes/.
 */
import type { DnsQuery } from './dns/doh.ts';
import type { Env, Settings } from './env.ts';
import type { EnrolPorts } from './nodes/enrol.ts';
import type { Registry } from './nodes/registry-desk.ts';
import { createRegistryLink } from './nodes/registry-link.ts';
import { getRosterCopy } from './nodes/roster-copy.ts';
import { createRosterView, type RosterView } from './nodes/roster-view.ts';

/** Milliseconds for looking up where a node's URL leads. */
const LOOKUP_TIMEOUT_MS = 5_000;
/** There is one registry. */
const REGISTRY_NAME = 'registry';

export type Reach = {
  readonly fetch: typeof fetch;
  readonly query: DnsQuery;
  readonly nowMs: () => number;
  readonly waitUntil: (work: Promise<unknown>) => void;
};

export type RegistryPorts = { readonly roster: RosterView; readonly enrolPorts: EnrolPorts };

export function createRegistryPorts(
  { REGISTRY, MEMORY }: Pick<Env, 'REGISTRY' | 'MEMORY'>,
  { allowsLoopbackNodes }: Pick<Settings, 'allowsLoopbackNodes'>,
  { fetch: fetchIt, query, nowMs, waitUntil }: Reach,
): RegistryPorts {
  const stub = (): Registry => REGISTRY.getByName(REGISTRY_NAME);
  return {
    roster: createRosterView({
      ask: () => stub().roster(),
      readCopy: () => getRosterCopy(MEMORY),
      background: waitUntil,
      nowMs,
    }),
    enrolPorts: {
      registry: createRegistryLink(stub),
      lookUp: (name, type) => query(name, type, AbortSignal.timeout(LOOKUP_TIMEOUT_MS)),
      urls: { allowsLoopback: allowsLoopbackNodes },
      fetch: fetchIt,
      makeNonce: () => crypto.randomUUID(),
    },
  };
}
