/**
 * The order of nodes for a job: gives nodes/choice/choose.ts the snapshot at hand and the observations of this isolate. It
 * wires and decides nothing.
 *
 * Before it: services.ts. After it: nodes/choice/. nodes/dispatch/dispatch.ts asks the nodes in this order. All that is
 * remembered here is a cache of one isolate.
 */
import type { ProbeJob } from '../../shared/job.ts';
import { createChoice, isShared } from '../nodes/choice/choose.ts';
import { createNodeTimes, type NodeTimes } from '../nodes/choice/node-times.ts';
import { createRefusals, type Refusals } from '../nodes/choice/refusals.ts';
import { createWarmed } from '../nodes/choice/warmed.ts';
import type { ProbeNode, Roster } from '../nodes/registry/roster.ts';
import type { NodeChoice } from '../probe/ask-nodes.ts';

export type NodeOrderPorts = {
  /** The continent's code or the region's name of this isolate's clients; null if not known. */
  readonly clientRegion: () => string | null;
  readonly nowMs: () => number;
  /** A text that cannot be foreseen. */
  readonly randomText: () => string;
};

/** The parts of a choice that decide the order. */
type Choice = Pick<NodeChoice, 'provider' | 'prefer' | 'otherThan'>;

export type NodeOrder = {
  /**
   * The nodes to ask, worked out as far as it is read. A job about one address or a list of them, or one without
   * recipients, which opens a session ahead: the next job for the domain goes to the node that has it.
   */
  readonly order: (roster: Roster, job: ProbeJob, choice: Choice) => Iterable<ProbeNode>;
  /** Observations of nodes by this isolate. */
  readonly refusals: Refusals;
  readonly times: NodeTimes;
};

export function createNodeOrder({ clientRegion, nowMs, randomText }: NodeOrderPorts): NodeOrder {
  const choose = createChoice();
  const refusals = createRefusals(nowMs);
  const times = createNodeTimes(nowMs);
  const warmed = createWarmed(nowMs);
  const nodesFor = (roster: Roster, domain: string, address: string | null, choice: Choice): Iterable<ProbeNode> =>
    choose(roster, {
      ...choice,
      domain,
      address,
      clientRegion: clientRegion(),
      edgeMs: times.view(),
      isRefused: (nodeId) => refusals.isRefused(nodeId, choice.provider),
    });
  const nodesToWarm = (roster: Roster, domain: string, choice: Choice): Iterable<ProbeNode> => {
    // The address is not known yet: if the domain has many nodes, any of them will do.
    const nodes = nodesFor(roster, domain, randomText(), choice);
    const [first] = nodes;
    if (first !== undefined && isShared(choice.provider, domain)) warmed.note(domain, first.id);
    return nodes;
  };
  return {
    refusals,
    times,
    order: (roster, { domain, recipients: [first, ...others], priority }, choice) => {
      if (first === undefined) return nodesToWarm(roster, domain, choice);
      const isBulk = priority === 'bulk';
      // A session that was opened ahead is for the form that asked for it.
      const warm = choice.otherThan === null && !isBulk ? warmed.take(domain) : null;
      // The jobs of a long list are many: those of a domain that has many nodes are spread over them.
      const address = others.length === 0 || isBulk ? first.address : null;
      return nodesFor(roster, domain, address, { ...choice, prefer: choice.prefer ?? warm });
    },
  };
}
