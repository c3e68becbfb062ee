/** Probe nodes as the registry tells of them, for tests: active and idle unless they say otherwise. */
import type { Wanted } from '../../../edge/nodes/choice/choose.ts';
import type { ProbeNode } from '../../../edge/nodes/registry/roster.ts';
import type { ProviderStats } from '../../../shared/enrolment.ts';

export function probeNodeOf(parts: Partial<ProbeNode> & Pick<ProbeNode, 'id'>): ProbeNode {
  return {
    url: new URL(`https://${parts.id}.nodes.example`),
    region: 'eu-central',
    network: parts.region ?? 'eu-central',
    state: 'active',
    capacity: 1000,
    runningJobs: 0,
    key: null,
    standings: new Map(),
    ...parts,
  };
}

const UNMEASURED: ReadonlyMap<string, number> = new Map();

/** A choice without wishes and without measurements. */
export function wantedOf(parts: Partial<Wanted>): Wanted {
  return {
    provider: 'mx.firm.example',
    domain: 'firm.example',
    address: null,
    clientRegion: null,
    edgeMs: UNMEASURED,
    prefer: null,
    otherThan: null,
    isRefused: () => false,
    ...parts,
  };
}

/** A node's statistics by provider; healthy and unmeasured by default. */
export function standingsOf(
  parts: Readonly<Record<string, Partial<ProviderStats>>>,
): ReadonlyMap<string, ProviderStats> {
  const usual = { answers: 100, refusals: 0, is_resting: false, connect_ms: null, answer_ms: null };
  return new Map(Object.entries(parts).map(([provider, part]) => [provider, { provider, ...usual, ...part }]));
}
