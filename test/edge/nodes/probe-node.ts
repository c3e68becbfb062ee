/** A probe node as the registry tells of it, for tests: active and idle unless they say otherwise. */
import type { ProbeNode } from '../../../edge/nodes/roster.ts';

export function probeNodeOf(parts: Partial<ProbeNode> & Pick<ProbeNode, 'id'>): ProbeNode {
  return {
    url: new URL(`https://${parts.id}.nodes.example`),
    region: 'eu-central',
    network: parts.region ?? 'eu-central',
    state: 'active',
    capacity: 1000,
    runningJobs: 0,
    standings: new Map(),
    ...parts,
  };
}
