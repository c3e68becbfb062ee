/**
 * Types of dispatch: a job with the nodes that may carry it, and its state on the way. Data only.
 *
 * wiring/services.ts makes an assignment from a job and the order of nodes (nodes/choice/choose.ts); dispatch.ts
 * carries it, one request at a time through node-request.ts.
 */
import type { Evidence, ProbeJob, Recipient } from '../../../shared/job.ts';
import type { ProbeNode } from '../registry/roster.ts';
import type { AnswerTimes } from './answer-times.ts';
import type { NodeBreaker } from './node-breaker.ts';
import type { NodeLinkPorts } from './node-link.ts';

export type DispatchPorts = NodeLinkPorts & {
  readonly times: AnswerTimes;
  /** Records the round trip to a node, in milliseconds: the whole time minus the node's own. */
  readonly noteWay: (nodeId: string, ms: number) => void;
  readonly breaker: NodeBreaker;
  /** Sets a timer in milliseconds; the returned function clears it. */
  readonly after: (ms: number, callBack: () => void) => () => void;
  /** In [0, 1). */
  readonly random: () => number;
  /** Reports why a node was skipped: a fixed word or a status, nothing of the job. */
  readonly onNodeFault: (nodeId: string, fault: string) => void;
  /** Bulk work: resolves when what has arrived may be read. */
  readonly giveWay?: () => Promise<void>;
};

/** A second node for a question whose first node is late. */
export type Hedge = {
  /** Wall clock by which an answer is wanted. */
  readonly byMs: number;
  /** Called when the time has come; false if the hedging budget is spent. */
  readonly spend: () => boolean;
};

/** A job with the nodes that may carry it. */
export type Assignment = {
  /** Ids of recipients are the caller's own and unique within the job. */
  readonly job: ProbeJob;
  /** In the order of asking; read only as far as needed. */
  readonly nodes: Iterable<ProbeNode>;
  readonly hedge: Hedge | null;
  /** True if a paced node must be waited for: another one would be a stranger to a server that greylists. */
  readonly isBound?: boolean;
  /** Called at most once per recipient. */
  readonly onEvidence: (evidence: Evidence) => void;
};

/** An assignment in progress. */
export type PendingWork = {
  readonly assignment: Assignment;
  readonly deadlineAtMs: number;
  /** Recipients without evidence, by id. */
  readonly open: Map<number, Recipient>;
  /** Evidence `paced` for recipients, from nodes whose own queue is too long: it counts if no node says more. */
  readonly paced: Map<number, Evidence>;
};

/** Pending work, with the nodes that are left for it. */
export type DispatchAttempt = {
  readonly pending: PendingWork;
  readonly nodes: readonly ProbeNode[];
  readonly hedge: Hedge | null;
};

/** An attempt, with the job as it goes on the wire. */
export type PackedBody = { readonly attempt: DispatchAttempt; readonly job: ProbeJob };
