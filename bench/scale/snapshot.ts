/** The snapshot of the registry by number of nodes: every busy isolate fetches it whole and reads it. */
import type { NodeRecord } from '../../edge/nodes/registry/registry.ts';
import { writeRoster } from '../../edge/nodes/registry/roster-copy.ts';
import type { ProviderStats } from '../../shared/enrolment.ts';
import { PROTOCOL_VERSION } from '../../shared/job.ts';

const REGIONS = ['eu-central', 'us-east', 'ap-south'];
/** As many as a snapshot tells of a node (edge/nodes/registry/roster-copy.ts). */
const PROVIDERS = 40;
const AT_MS = Date.UTC(2026, 0, 1);

/** A snapshot of busy nodes as text. */
export function snapshotOf(nodes: number): string {
  return writeRoster(
    Array.from({ length: nodes }, (_, index) => recordOfNode(index)),
    AT_MS,
    {
      atMs: AT_MS,
      latestHeardMs: AT_MS,
    },
  );
}

function recordOfNode(index: number): NodeRecord {
  const region = REGIONS[index % REGIONS.length] ?? '';
  const standings = Array.from(
    { length: PROVIDERS },
    (_, provider): ProviderStats => ({
      provider: `provider${provider}`,
      answers: 100 + ((index * 7 + provider * 13) % 900),
      refusals: (index + provider) % 5,
      is_resting: false,
      connect_ms: 8 + ((index * 31 + provider * 17) % 1_900) / 10,
      answer_ms: 20 + ((index * 29 + provider * 11) % 3_900) / 10,
    }),
  );
  return {
    id: `${region}-${index}`,
    url: `https://${region}-${index}.nodes.example/`,
    region,
    network: `AS${64_500 + (index % 20)}`,
    key: { kty: 'OKP', crv: 'Ed25519', x: String(index).padEnd(43, 'x') },
    enrolledAtMs: AT_MS,
    isDrainWished: false,
    removedAtMs: null,
    heartbeat: {
      sent_at_ms: AT_MS,
      protocol: PROTOCOL_VERSION,
      version: '0.1.0',
      rules_version: '1',
      is_draining: false,
      is_fit: true,
      running_jobs: index % 50,
      capacity: 1_000,
      sources: [],
      standings,
      phases: { dns: null, connect: null, greeting: null, ehlo: null, job: null },
      findings: [],
    },
    heardAtMs: AT_MS,
    looks: { asked: 0, disputed: 0 },
    isUrlProven: true,
  };
}
