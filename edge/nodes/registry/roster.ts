/**
 * The nodes as an isolate knows them: the registry's snapshot, with the data of their heartbeats.
 *
 * Data only. Made by registry.ts, chosen from by nodes/choice/choose.ts, asked by nodes/dispatch/dispatch.ts.
 */
import type { NodeState, ProviderStats, PublicKey } from '../../../shared/enrolment.ts';
import type { Forgotten } from './forgotten.ts';

export type ProbeNode = {
  readonly id: string;
  readonly url: URL;
  readonly region: string;
  /** Nodes of one network share a reputation: its ASN if known, else its region. */
  readonly network: string;
  readonly state: NodeState;
  /** Public key of its heartbeats; null in a snapshot of an older version. */
  readonly key: PublicKey | null;
  /** Capacity in concurrent jobs, and the jobs in progress at its last heartbeat. */
  readonly capacity: number;
  readonly runningJobs: number;
  /** By provider (ProviderStats.provider). */
  readonly standings: ReadonlyMap<string, ProviderStats>;
};

/** A snapshot is immutable: results computed from it may be cached for as long as the same object is in use. */
export type Roster = {
  readonly nodes: readonly ProbeNode[];
  /** Milliseconds since 1970. */
  readonly takenAtMs: number;
  /** Removed nodes whose reports are not believed; absent if there are none. */
  readonly forgotten?: readonly Forgotten[];
};

/** True if there is a node to ask. */
export function hasActiveNode(roster: Roster | null): boolean {
  return roster?.nodes.some(({ state }) => state === 'active') ?? false;
}
