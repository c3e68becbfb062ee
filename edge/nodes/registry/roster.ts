/**
 * The nodes as an isolate knows them: the snapshot that the registry hands out, with what their heartbeats have said.
 *
 * Data only. Made by registry.ts, chosen from by nodes/choice/choose.ts, asked by nodes/dispatch/dispatch.ts.
 */
import type { NodeState, ProviderStats, PublicKey } from '../../../shared/enrolment.ts';
import type { Forgotten } from './forgotten.ts';

export type ProbeNode = {
  readonly id: string;
  readonly url: URL;
  readonly region: string;
  /** Nodes of one network share a reputation: its ASN where known, else its region. */
  readonly network: string;
  readonly state: NodeState;
  /** What its heartbeats are signed with; null in a snapshot of an older version. */
  readonly key: PublicKey | null;
  /** Jobs at once, and under way at its last heartbeat. */
  readonly capacity: number;
  readonly runningJobs: number;
  /** By provider (Standing.provider). */
  readonly standings: ReadonlyMap<string, ProviderStats>;
};

/** A snapshot never changes: who reads it may keep what it has computed from it for as long as it has the same one. */
export type Roster = {
  readonly nodes: readonly ProbeNode[];
  /** Milliseconds since 1970. */
  readonly takenAtMs: number;
  /** Nodes, removed by now, whose word is not believed any more; absent for none. */
  readonly forgotten?: readonly Forgotten[];
};
