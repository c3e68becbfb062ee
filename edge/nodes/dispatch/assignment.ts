/**
 * What is carried to nodes: a job with those who may carry it, and what is left of it on the way. Data only.
 *
 * Made by wiring/services.ts out of a job and the order of nodes (nodes/choice/choose.ts); carried by dispatch.ts, one
 * request at a time by node-request.ts.
 */
import type { Evidence, ProbeJob, Recipient } from '../../../shared/job.ts';
import type { ProbeNode } from '../registry/roster.ts';
import type { AnswerTimes } from './answer-times.ts';
import type { NodeBreaker } from './node-breaker.ts';
import type { NodeLinkPorts } from './node-link.ts';

export type DispatchPorts = NodeLinkPorts & {
  readonly times: AnswerTimes;
  /** Told what the way to a node and back costs, in milliseconds: the whole time less the node's own. */
  readonly noteWay: (nodeId: string, ms: number) => void;
  readonly absences: NodeBreaker;
  /** Calls back after so many milliseconds, unless what it returns is called before. */
  readonly after: (ms: number, callBack: () => void) => () => void;
  /** In [0, 1). */
  readonly random: () => number;
  /** Told why a node was passed over: a fixed word or a status, nothing of the job. */
  readonly onNodeFault: (nodeId: string, fault: string) => void;
};

/** A second node for a question whose first one is late. */
export type Hedge = {
  /** Wall clock by which an answer is wanted. */
  readonly byMs: number;
  /** Asked when the time has come; false where no hedge may be had. */
  readonly spend: () => boolean;
};

/** A job and who may carry it. */
export type Assignment = {
  /** Ids of recipients are the caller's own and unique within the job. */
  readonly job: ProbeJob;
  /** In the order in which they are to be asked; no more of them are looked at than are needed. */
  readonly nodes: Iterable<ProbeNode>;
  readonly hedge: Hedge | null;
  /** True if a node that is paced is to be waited for: another one would be a stranger to a server that greylists. */
  readonly isBound?: boolean;
  /** Called at most once for each recipient. */
  readonly onEvidence: (evidence: Evidence) => void;
};

/** An assignment that is being carried out. */
export type PendingWork = {
  readonly assignment: Assignment;
  readonly deadlineAtMs: number;
  /** Recipients without evidence, by id. */
  readonly open: Map<number, Recipient>;
  /** What recipients without evidence were told by nodes whose own queue is too long: it counts if nobody tells more. */
  readonly paced: Map<number, Evidence>;
};

/** A load, and the nodes that are left for it. */
export type DispatchAttempt = {
  readonly load: PendingWork;
  readonly nodes: readonly ProbeNode[];
  readonly hedge: Hedge | null;
};

/** A leg as it goes on the wire. */
export type PackedBody = { readonly leg: DispatchAttempt; readonly job: ProbeJob };
