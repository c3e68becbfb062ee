/**
 * Sends jobs to nodes and passes evidence on as it arrives, until every recipient has some or no node is left.
 *
 * Before it: probe/ask-nodes.ts and batch/batch-probes.ts, by way of wiring/node-ports.ts. After it: node-link.ts (one
 * request to one node). Failover: if a node refuses the connection or the job, falls silent, breaks off or sends
 * invalid lines, the recipients without evidence go to the next node of the job's order, and only those. Hedging: if a
 * node is merely late, the next one is asked in parallel, and the first evidence counts; further evidence for the same
 * recipient is dropped. If a node's own queue for a provider is too long, the next one is asked, since each node paces
 * for itself; `paced` is the evidence only if all say so. If no node is left, there is no evidence, which is a fault of
 * ours and says nothing about any mailbox.
 */
import type { Evidence, ProbeJob, Recipient } from '../../../shared/job.ts';
import { withConnection } from '../../async/connections.ts';
import type { ProbeNode } from '../registry/roster.ts';
import type { Assignment, DispatchAttempt, DispatchPorts, PackedBody, PendingWork } from './assignment.ts';
import { packJobs } from './bundles.ts';
import { linkFaultOf } from './link-fault.ts';
import { linesOf, post } from './node-link.ts';
import { isOpen, isOwing, type NodeRequest, openRequest, type Run, send } from './node-request.ts';

/** Nodes that a job is sent to at most: after so many failures, further ones would only prolong the wait. */
const NODES_MAX = 8;
/**
 * Promised signs of life that a node may miss before another one is asked in parallel; and the share of the remaining
 * time that it may be silent in any case.
 */
const SIGNS_MISSED_MAX = 3;
const SILENCE_SHARE = 0.6;
/** Milliseconds that must be left to hedge a question: a connection far away costs four round trips. */
const HEDGE_LEFT_MS_MIN = 500;
/** Milliseconds for which recipients that a node has no time for are collected before the next node is asked. */
const PASS_ON_MS = 20;

/** Evidence for a job of one recipient, as soon as it arrives, or null if no node could give any. */
export function dispatchOne(
  assignment: Omit<Assignment, 'onEvidence'>,
  ports: DispatchPorts,
  signal: AbortSignal,
): Promise<Evidence | null> {
  return new Promise((resolve, reject) => {
    dispatch([{ ...assignment, onEvidence: resolve }], ports, signal).then(() => resolve(null), reject);
  });
}

/** Ends when every recipient has its evidence, no node is left to give it, or the signal aborts. */
export async function dispatch(
  assignments: readonly Assignment[],
  ports: DispatchPorts,
  signal: AbortSignal,
): Promise<void> {
  const startMs = ports.nowMs();
  const attempts = assignments.map((assignment): DispatchAttempt => {
    const { job, nodes, hedge } = assignment;
    const open = new Map(job.recipients.map((recipient) => [recipient.id, recipient]));
    const pending = { assignment, deadlineAtMs: startMs + job.deadline_ms, open, paced: new Map() };
    return { pending, nodes: firstOf(nodes), hedge };
  });
  await carry(attempts, { ports, signal, requests: new Set() });
  for (const { pending } of attempts) tellPaced(pending);
}

/** Lets the first node that accepts it open a session for the domain. Best effort: a failure loses nothing. */
export async function dispatchWarm(
  job: ProbeJob,
  nodes: Iterable<ProbeNode>,
  ports: DispatchPorts,
  signal: AbortSignal,
): Promise<void> {
  for (const node of firstOf(nodes)) {
    let isReached = false;
    try {
      const response = await withConnection('node', () => post([job], node, ports, signal));
      isReached = true;
      if (response.ok) return await readSigns(response);
      await response.body?.cancel();
      ports.onNodeFault(node.id, `http_${response.status}`);
    } catch (error) {
      if (signal.aborted) return;
      ports.onNodeFault(node.id, linkFaultOf(error, isReached));
    }
  }
}

/**
 * Read to the end, because the node stops working once the reader goes. The job has no recipients, hence no evidence.
 */
async function readSigns(response: Response): Promise<void> {
  const lines = linesOf(response, 0, () => {});
  while ((await lines.next()).done !== true);
}

function firstOf(nodes: Iterable<ProbeNode>): readonly ProbeNode[] {
  const first: ProbeNode[] = [];
  for (const node of nodes) {
    if (first.push(node) === NODES_MAX) break;
  }
  return first;
}

/** Sends each attempt to its next node; attempts for one node share its requests. */
async function carry(attempts: readonly DispatchAttempt[], run: Run): Promise<void> {
  if (run.signal.aborted) return;
  const packedByNode = new Map<ProbeNode, PackedBody[]>();
  for (const { pending, nodes, hedge } of attempts) {
    const node = nodes.find(({ id }) => run.ports.breaker.admits(id)) ?? nodes[0];
    const leftMs = Math.floor(pending.deadlineAtMs - run.ports.nowMs());
    if (node === undefined || pending.open.size === 0 || leftMs < 1) continue;
    const attempt = { pending, nodes: nodes.filter((other) => other !== node), hedge };
    const job = { ...pending.assignment.job, recipients: [...pending.open.values()], deadline_ms: leftMs };
    packedByNode.set(node, [...(packedByNode.get(node) ?? []), { attempt, job }]);
  }
  const requests = [...packedByNode].flatMap(([node, packed]) => packJobs(packed).map((some) => ask(node, some, run)));
  await Promise.all(requests);
}

/** Asks one node, and another one if that fails or takes too long. */
async function ask(node: ProbeNode, packed: readonly PackedBody[], run: Run): Promise<void> {
  const request = openRequest(node, packed, run);
  // Others may be asked in parallel only once; they take the recipients that are open then.
  let elsewhere: Promise<void> | null = null;
  const turnElsewhere = (): void => {
    elsewhere ??= carry(
      packed.map(({ attempt }) => ({ ...attempt, hedge: null })),
      run,
    );
  };
  const watch = watchEvidence(request, turnElsewhere, run);
  const passing = passOn(request, () => elsewhere !== null, run);
  const fault = await send(request, { onSign: watch.heard, onPaced: passing.onPaced }, run);
  watch.end();
  request.close();
  passing.flush();
  if (fault !== null) run.ports.onNodeFault(node.id, fault);
  if (isOwing(request)) turnElsewhere();
  await Promise.all([elsewhere, passing.carried()]);
}

type Passing = {
  readonly onPaced: (attempt: DispatchAttempt, recipient: Recipient) => void;
  /** Sends the waiting recipients on now. */
  readonly flush: () => void;
  /** Ends when the recipients that were sent on are finished. */
  readonly carried: () => Promise<unknown>;
};

/**
 * Sends recipients for whom the node's queue is too long to the next node at once, while the others stay with this one.
 *
 * @param hasTurned true if the remaining nodes have been asked already
 */
function passOn(request: NodeRequest, hasTurned: () => boolean, run: Run): Passing {
  const waiting = new Map<DispatchAttempt, Recipient[]>();
  const onward: Promise<void>[] = [];
  const flush = (): void => {
    if (waiting.size === 0) return;
    const attempts = [...waiting].map(([{ pending, nodes }, recipients]): DispatchAttempt => {
      const open = new Map(recipients.map((recipient) => [recipient.id, recipient]));
      return { pending: { ...pending, open }, nodes, hedge: null };
    });
    waiting.clear();
    onward.push(
      carry(attempts, run).then(() => {
        for (const { pending } of attempts) tellPaced(pending);
      }),
    );
  };
  return {
    onPaced: (attempt, recipient) => {
      // A recipient that another node is already being asked about stays with that node.
      const isAskedElsewhere = [...run.requests].some(
        (other) => other !== request && other.packed.some(({ attempt: { pending } }) => pending === attempt.pending),
      );
      if (isAskedElsewhere) return;
      const { pending, nodes } = attempt;
      if (pending.assignment.isBound === true || nodes.length === 0 || hasTurned()) {
        tellPaced({ ...pending, open: new Map([[recipient.id, recipient]]) });
        pending.open.delete(recipient.id);
        return;
      }
      pending.open.delete(recipient.id);
      const known = waiting.get(attempt);
      if (known !== undefined) known.push(recipient);
      else waiting.set(attempt, [recipient]);
      if (known === undefined && waiting.size === 1) run.ports.after(PASS_ON_MS, flush);
    },
    flush,
    carried: () => Promise.all(onward),
  };
}

/** No mail server was asked, and the nodes have said when they could. */
function tellPaced({ assignment, open, paced }: PendingWork): void {
  for (const id of open.keys()) {
    const evidence = paced.get(id);
    if (evidence === undefined) continue;
    open.delete(id);
    assignment.onEvidence(evidence);
  }
}

type Watch = { readonly heard: (promisedMs: number | null) => void; readonly end: () => void };

/** Turns to another node if this one is late for a single question, or has been silent for long. */
function watchEvidence(request: NodeRequest, turnElsewhere: () => void, { ports }: Run): Watch {
  const silentMs = SILENCE_SHARE * Math.max(...request.packed.map(({ job }) => job.deadline_ms));
  const waitForSigns = (promisedMs: number | null): (() => void) =>
    ports.after(Math.min(silentMs, (promisedMs ?? silentMs) * SIGNS_MISSED_MAX), () => {
      if (!isOpen(request)) return;
      if (request.sentAtMs !== null) {
        ports.breaker.note(request.node.id, 'silent');
        ports.onNodeFault(request.node.id, 'silent');
      }
      turnElsewhere();
    });
  const only = request.packed.length === 1 ? request.packed[0]?.attempt : undefined;
  const hedge = only === undefined || only.nodes.length === 0 ? null : only.hedge;
  const lateMs = ports.times.lateAfterMs(request.node.id);
  const hasRoom = hedge !== null && hedge.byMs - request.startMs - lateMs >= HEDGE_LEFT_MS_MIN;
  let clear = waitForSigns(null);
  const clearHedge = hasRoom
    ? ports.after(lateMs, () => void (isOpen(request) && hedge.spend() && turnElsewhere()))
    : null;
  return {
    heard: (promisedMs) => {
      clear();
      clear = waitForSigns(promisedMs);
    },
    end: () => {
      clear();
      clearHedge?.();
    },
  };
}
