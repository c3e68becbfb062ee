/**
 * The order of nodes for a job: the snapshot at hand, what this isolate has seen for itself, and nodes/choose.ts, which
 * decides. It wires and decides nothing.
 *
 * Before it: services.ts. After it: nodes/dispatch.ts, which asks the nodes in this order. All that is remembered here is
 * a cache of one isolate.
 */
import type { ProbeJob } from '../shared/job.ts';
import type { NodeChoice } from './ask-nodes.ts';
import { createChoice, isShared } from './nodes/choose.ts';
import { createNodeTimes, type NodeTimes } from './nodes/node-times.ts';
import { createRefusals, type Refusals } from './nodes/refusals.ts';
import type { ProbeNode, Roster } from './nodes/roster.ts';
import { createWarmed } from './nodes/warmed.ts';

export type NodeOrderPorts = {
  /** The latest snapshot. */
  readonly roster: () => Roster;
  /** Where the clients of this isolate are: a continent's code or a region's name; null where that is not known. */
  readonly clientRegion: () => string | null;
  readonly nowMs: () => number;
  /** A text that nobody can foresee. */
  readonly randomText: () => string;
};

export type NodeOrder = {
  /** For a job about one address or a list; worked out as far as it is read. */
  readonly toAsk: (job: ProbeJob, choice: NodeChoice) => Iterable<ProbeNode>;
  /** For a job that opens a session ahead. */
  readonly toWarm: (job: ProbeJob) => Iterable<ProbeNode>;
  /** What is seen of nodes on the way. */
  readonly refusals: Refusals;
  readonly times: NodeTimes;
};

export function createNodeOrder({ roster, clientRegion, nowMs, randomText }: NodeOrderPorts): NodeOrder {
  const choose = createChoice();
  const refusals = createRefusals(nowMs);
  const times = createNodeTimes(nowMs);
  const warmed = createWarmed(nowMs);
  const order = (domain: string, address: string | null, choice: NodeChoice): Iterable<ProbeNode> =>
    choose(roster(), {
      ...choice,
      domain,
      address,
      clientRegion: clientRegion(),
      edgeMs: times.view(),
      isRefused: (nodeId) => refusals.isRefused(nodeId, choice.provider),
    });
  return {
    refusals,
    times,
    toAsk: ({ domain, recipients: [first, ...others] }, choice) => {
      const address = others.length === 0 ? (first?.address ?? null) : null;
      const prefer = choice.prefer ?? (choice.otherThan === null ? warmed.take(domain) : null);
      return order(domain, address, { ...choice, prefer });
    },
    toWarm: ({ domain, provider, mail_hosts }) => {
      const name = provider ?? mail_hosts[0]?.host ?? domain;
      // Nobody knows yet who will be asked about: where the domain has many nodes, any of them.
      const nodes = order(domain, randomText(), { provider: name, prefer: null, otherThan: null });
      const [first] = nodes;
      if (first !== undefined && isShared(name, domain)) warmed.note(domain, first.id);
      return nodes;
    },
  };
}
