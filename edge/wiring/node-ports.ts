/**
 * The ports of the flow to the nodes: probes, sessions opened ahead, and the observations that an isolate makes of its nodes.
 *
 * It wires and decides nothing. Before it: services.ts, which knows the order of nodes. After it: nodes/dispatch/dispatch.ts.
 */
import type { Priority, ProbeJob } from '../../shared/job.ts';
import type { GatheredJob } from '../batch/batch-probes.ts';
import { createAnswerTimes } from '../nodes/dispatch/answer-times.ts';
import type { DispatchPorts } from '../nodes/dispatch/assignment.ts';
import { dispatch, dispatchOne, dispatchWarm } from '../nodes/dispatch/dispatch.ts';
import { createHedging } from '../nodes/dispatch/hedging.ts';
import { createNodeBreaker } from '../nodes/dispatch/node-breaker.ts';
import type { ProbeNode } from '../nodes/registry/roster.ts';
import type { NodeChoice, NodePorts } from '../probe/ask-nodes.ts';
import type { WarmPorts } from '../probe/warm.ts';

export type NodeWiring = Omit<DispatchPorts, 'times' | 'breaker' | 'traceparent' | 'signingKey' | 'giveWay'> & {
  /** Nodes in the order in which they are to be asked; the first question of an isolate, or after an idle time, waits for them. */
  readonly order: (job: ProbeJob, choice: NodeChoice) => Promise<Iterable<ProbeNode>>;
  /** Asked for anew each time: a key may end while the isolate lives. */
  readonly signingKey: () => DispatchPorts['signingKey'];
  /** Resolves when the next piece of bulk work may begin. */
  readonly giveWay: () => Promise<void>;
};

export type WiredNodes = Pick<NodePorts, 'probe' | 'noteReason'> &
  Pick<WarmPorts, 'warm'> & {
    /** Carries the jobs of a list. */
    readonly dispatch: (jobs: readonly GatheredJob[], signal: AbortSignal, traceparent?: string) => Promise<void>;
  };

export function createNodePorts({ order, signingKey, giveWay, ...wiring }: NodeWiring): WiredNodes {
  const { nowMs } = wiring;
  const hedging = createHedging(nowMs);
  // The outcomes of bulk work (a node that is full for it, an answer that waited in a queue) say nothing about interactive work.
  const seen = {
    interactive: { times: createAnswerTimes(nowMs), breaker: createNodeBreaker(nowMs), noteWay: wiring.noteWay },
    bulk: { times: createAnswerTimes(nowMs), breaker: createNodeBreaker(nowMs), noteWay: () => {} },
  };
  const portsOf = (traceparent: string | undefined, priority: Priority = 'interactive'): DispatchPorts => {
    const ports = { ...wiring, ...seen[priority], signingKey: signingKey(), traceparent };
    return priority === 'bulk' ? { ...ports, giveWay } : ports;
  };
  return {
    probe: async (job, choice, signal, traceparent) => {
      const nodes = await order(job, choice);
      const hedge = hedging.begin(job.domain, choice.provider, choice.hedgeByMs);
      const ports = portsOf(traceparent, job.priority);
      return dispatchOne({ job, nodes, hedge, isBound: choice.prefer !== null }, ports, signal);
    },
    noteReason: hedging.note,
    warm: async (job, signal, traceparent) =>
      dispatchWarm(job, await order(job, anyNode(job)), portsOf(traceparent), signal),
    dispatch: async (jobs, signal, traceparent) => {
      const assignments = jobs.map(async ({ job, choice, onEvidence }) => {
        return { job, nodes: await order(job, choice), hedge: null, isBound: choice.prefer !== null, onEvidence };
      });
      // A batch is of one class as a whole.
      return dispatch(await Promise.all(assignments), portsOf(traceparent, jobs[0]?.job.priority), signal);
    },
  };
}

function anyNode({ provider, mail_hosts, domain }: ProbeJob): NodeChoice {
  return { provider: provider ?? mail_hosts[0]?.host ?? domain, prefer: null, otherThan: null, hedgeByMs: null };
}
