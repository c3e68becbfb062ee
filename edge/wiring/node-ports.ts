/**
 * What the flow needs of the nodes, wired: probes, sessions opened ahead, and what an isolate has seen of its nodes.
 *
 * It wires and decides nothing. Before it: services.ts, which knows the order of nodes. After it: nodes/dispatch/dispatch.ts.
 */
import type { ProbeJob } from '../../shared/job.ts';
import type { GatheredJob } from '../batch/batch-probes.ts';
import { createAnswerTimes } from '../nodes/dispatch/answer-times.ts';
import type { DispatchPorts } from '../nodes/dispatch/assignment.ts';
import { dispatch, dispatchOne, dispatchWarm } from '../nodes/dispatch/dispatch.ts';
import { createHedging } from '../nodes/dispatch/hedging.ts';
import { createNodeBreaker } from '../nodes/dispatch/node-breaker.ts';
import type { ProbeNode } from '../nodes/registry/roster.ts';
import type { NodeChoice, NodePorts } from '../probe/ask-nodes.ts';
import type { WarmPorts } from '../probe/warm.ts';

export type NodeWiring = Omit<DispatchPorts, 'times' | 'breaker' | 'traceparent' | 'signingKey'> & {
  /** Nodes in the order in which they are to be asked; the first question of an isolate, or after an idle time, waits for them. */
  readonly order: (job: ProbeJob, choice: NodeChoice) => Promise<Iterable<ProbeNode>>;
  /** Asked for anew each time: a key may end while the isolate lives. */
  readonly signingKey: () => DispatchPorts['signingKey'];
};

export type WiredNodes = Pick<NodePorts, 'probe' | 'noteReason'> &
  Pick<WarmPorts, 'warm'> & {
    /** Carries the jobs of a list. */
    readonly dispatch: (jobs: readonly GatheredJob[], signal: AbortSignal, traceparent?: string) => Promise<void>;
  };

export function createNodePorts({ order, signingKey, ...wiring }: NodeWiring): WiredNodes {
  const { nowMs } = wiring;
  const hedging = createHedging(nowMs);
  const seen = { times: createAnswerTimes(nowMs), breaker: createNodeBreaker(nowMs) };
  const portsOf = (traceparent: string | undefined): DispatchPorts => {
    return { ...wiring, ...seen, signingKey: signingKey(), traceparent };
  };
  return {
    probe: async (job, choice, signal, traceparent) => {
      const nodes = await order(job, choice);
      const hedge = hedging.begin(job.domain, choice.provider, choice.hedgeByMs);
      return dispatchOne({ job, nodes, hedge, isBound: choice.prefer !== null }, portsOf(traceparent), signal);
    },
    noteReason: hedging.note,
    warm: async (job, signal, traceparent) =>
      dispatchWarm(job, await order(job, anyNode(job)), portsOf(traceparent), signal),
    dispatch: async (jobs, signal, traceparent) => {
      const assignments = jobs.map(async ({ job, choice, onEvidence }) => {
        return { job, nodes: await order(job, choice), hedge: null, isBound: choice.prefer !== null, onEvidence };
      });
      return dispatch(await Promise.all(assignments), portsOf(traceparent), signal);
    },
  };
}

function anyNode({ provider, mail_hosts, domain }: ProbeJob): NodeChoice {
  return { provider: provider ?? mail_hosts[0]?.host ?? domain, prefer: null, otherThan: null, hedgeByMs: null };
}
