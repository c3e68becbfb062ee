/** A fleet that does not exist, as the console's stream would tell it: 200 nodes in nine regions, and 60 providers. */
import type { NodeReport } from '../../shared/enrolment.ts';

export const NODE_COUNT = 200;
export const PROVIDER_COUNT = 60;
/** Nodes in one event, as the edge sends them. */
const NODES_PER_EVENT = 8;

type Treatments = NonNullable<NodeReport['sources'][number]['treatment']>;

export const FLEET: readonly NodeReport[] = Array.from({ length: NODE_COUNT }, (_, index) => fleetNode(index, false));

/** One node of the fleet; a blocked one is refused by all providers. */
export function fleetNode(index: number, isBlocked: boolean, heardAt = '2026-01-01T00:00:10.000Z'): NodeReport {
  const providers = Array.from({ length: PROVIDER_COUNT }, (_, place) => `provider-${place}`);
  const treatment: Treatments = providers.map((provider) => ({
    provider,
    answers: isBlocked ? 0 : 50,
    refusals: isBlocked ? 9 : 0,
    deferrals: 0,
    last: isBlocked ? 'ip_blocked' : 'accepted',
  }));
  return {
    id: `node-${index}`,
    url: `https://node-${index}.example/`,
    region: `region-${index % 9}`,
    network: `AS${index}`,
    state: 'active',
    enrolled_at: '2026-01-01T00:00:00.000Z',
    last_heartbeat_at: heardAt,
    protocol: 1,
    version: '1.0.0',
    rules_version: 'abc',
    running_jobs: 3,
    capacity: 4_000,
    job_quantiles: { p50_ms: 120, p95_ms: 900 },
    sources: [{ ip: `192.0.2.${index}`, helo: `node-${index}.example`, resting: [], treatment }],
    standings: providers.map((provider) => ({
      provider,
      answers: 50,
      refusals: 0,
      is_resting: false,
      connect_ms: 20,
      answer_ms: 80,
    })),
    phases: { dns: 1, connect: 2, greeting: 3, ehlo: 4, job: 5 },
    findings: [],
  };
}

/** The nodes as events of the stream; the last one names all ids. */
export function fleetEvents(nodes: readonly NodeReport[], ids: readonly string[]): string {
  const parts: object[] = [];
  for (let place = 0; place < nodes.length; place += NODES_PER_EVENT) {
    const part = nodes.slice(place, place + NODES_PER_EVENT);
    parts.push(place + NODES_PER_EVENT < nodes.length ? { nodes: part } : { nodes: part, ids });
  }
  return parts.map((part) => `event: nodes\nid: 1\ndata: ${JSON.stringify(part)}\n\n`).join('');
}
