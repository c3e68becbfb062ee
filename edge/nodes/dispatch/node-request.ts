/**
 * One request to one node from its first octet to its last: its recipients, its outcome, and its fault.
 *
 * Before it: dispatch.ts, which turns to other nodes. After it: node-link.ts (the wire). Evidence is passed on as it
 * arrives and at most once per recipient, whichever node gives it first.
 */
import type { Evidence, ProbeJob, Recipient } from '../../../shared/job.ts';
import { connection } from '../../async/connections.ts';
import type { ProbeNode } from '../registry/roster.ts';
import type { DispatchAttempt, DispatchPorts, PackedBody } from './assignment.ts';
import { linkFaultOf } from './link-fault.ts';
import { linesOf, post, promisedSignMs, readEvidence } from './node-link.ts';

/** Milliseconds without headers after which a node counts as silent: it sends them before it begins to work. */
const HEADERS_MS_MAX = 3_000;
/** Share of the deadline that a node may take for its headers. */
const HEADERS_SHARE = 0.25;
/** Milliseconds past the deadline for which last evidence may still be in transit. */
const WAY_BACK_MS = 500;
/**
 * Milliseconds for a node to end its answer after the last evidence: a request that ends leaves a reusable connection.
 */
const LAST_LINE_MS = 100;
/** Upper bound of the ids of a job (shared/job.ts). */
const ID_MAX = 1_000_000;

/** A request to a node while it lasts. */
export type NodeRequest = {
  readonly node: ProbeNode;
  readonly packed: readonly PackedBody[];
  /** Recipients for whom this node's own queue is too long. */
  readonly paced: Set<Recipient>;
  readonly startMs: number;
  /** When it got a connection; null before that, while silence and slowness are ours. */
  sentAtMs: number | null;
  /** Aborts the request, now or after `inMs` unless it has ended by then; `fault` is the reason. */
  readonly cut: (fault: string, inMs?: number) => void;
  readonly isCut: () => string | null;
  readonly close: () => void;
  readonly signal: AbortSignal;
};

/** State of one call of `dispatch`. */
export type Run = { readonly ports: DispatchPorts; readonly signal: AbortSignal; readonly requests: Set<NodeRequest> };

export function openRequest(
  node: ProbeNode,
  packed: readonly PackedBody[],
  { ports, signal, requests }: Run,
): NodeRequest {
  const abort = new AbortController();
  const clears: (() => void)[] = [];
  let reason: string | null = null;
  const cutNow = (fault: string): void => {
    reason ??= fault;
    abort.abort();
  };
  const request: NodeRequest = {
    node,
    packed,
    paced: new Set(),
    startMs: ports.nowMs(),
    sentAtMs: null,
    cut: (fault, inMs) => {
      if (inMs === undefined) cutNow(fault);
      else clears.push(ports.after(inMs, () => cutNow(fault)));
    },
    isCut: () => reason,
    close: () => {
      for (const clear of clears) clear();
      requests.delete(request);
    },
    signal: AbortSignal.any([signal, abort.signal]),
  };
  requests.add(request);
  return request;
}

/** True while a recipient of this request has no evidence. */
export function isOpen({ packed }: Pick<NodeRequest, 'packed'>): boolean {
  return packed.some(({ attempt }) => attempt.pending.open.size > 0);
}

/** True while a recipient of this request has neither evidence nor a `paced` from this node. */
export function isOwing({ packed, paced }: NodeRequest): boolean {
  return packed.some(({ attempt }) => [...attempt.pending.open.values()].some((recipient) => !paced.has(recipient)));
}

export type NodeRequestEvents = {
  /** Octets have arrived: the node is alive, and promises the next sign within so many milliseconds, or none. */
  readonly onSign: (promisedMs: number | null) => void;
  /** The node's own queue is too long for this recipient, which has no evidence yet. */
  readonly onPaced: (attempt: DispatchAttempt, recipient: Recipient) => void;
};

/** Performs the request; null if all is well, else a word for the fault. */
export async function send(
  request: NodeRequest,
  { onSign, onPaced }: NodeRequestEvents,
  run: Run,
): Promise<string | null> {
  const { ports } = run;
  const { node } = request;
  const { jobs, byId } = numberRecipients(request, ports.random);
  const leftMs = Math.max(...jobs.map(({ deadline_ms }) => deadline_ms));
  request.cut('late', leftMs + WAY_BACK_MS);
  let clearHeaders = (): void => {};
  let giveBack: (() => void) | null = null;
  let isReached = false;
  try {
    // A node is not silent while the request waits for one of our own connections.
    giveBack = await connection('node', request.signal);
    request.sentAtMs = ports.nowMs();
    clearHeaders = ports.after(Math.min(HEADERS_MS_MAX, leftMs * HEADERS_SHARE), () => request.cut('silent'));
    const response = await post(jobs, node, ports, request.signal);
    giveBack();
    isReached = true;
    clearHeaders();
    if (!response.ok) {
      if (response.status === 503) ports.breaker.note(node.id, response.headers.get('retry-after'));
      await response.body?.cancel();
      return `http_${response.status}`;
    }
    const promisedMs = promisedSignMs(response);
    const { giveWay } = ports;
    const pause = async (): Promise<void> => {
      // Nothing is read meanwhile, and so no sign of life either.
      onSign(null);
      await giveWay?.();
      onSign(promisedMs);
    };
    const lines = linesOf(response, byId.size, () => onSign(promisedMs), giveWay && pause);
    const isForeign = await readAnswer(lines, request, byId, onPaced, run);
    if (!isOwing(request)) return null;
    return isForeign ? 'foreign_evidence' : 'no_evidence';
  } catch (error) {
    if (!isOpen(request) || run.signal.aborted) return null;
    if (request.sentAtMs !== null && !isReached)
      ports.breaker.note(node.id, request.isCut() === 'silent' ? 'silent' : 'unreached');
    return request.isCut() ?? linkFaultOf(error, isReached);
  } finally {
    clearHeaders();
    giveBack?.();
  }
}

type Addressed = {
  readonly jobs: readonly ProbeJob[];
  readonly byId: ReadonlyMap<
    number,
    { readonly attempt: DispatchAttempt; readonly job: ProbeJob; readonly recipient: Recipient }
  >;
};

/** Ids are drawn anew for each request, so that evidence of another request is hardly ever mistaken for this one's. */
function numberRecipients({ packed }: NodeRequest, random: () => number): Addressed {
  const count = packed.reduce((sum, { job }) => sum + job.recipients.length, 0);
  let nextId = Math.floor(random() * (ID_MAX - count));
  const byId = new Map<number, { attempt: DispatchAttempt; job: ProbeJob; recipient: Recipient }>();
  const jobs = packed.map(({ attempt, job }) => ({
    ...job,
    recipients: job.recipients.map((recipient) => {
      const id = nextId;
      nextId += 1;
      byId.set(id, { attempt, job, recipient });
      return { ...recipient, id };
    }),
  }));
  return { jobs, byId };
}

/** Passes evidence on as it arrives; true if some of it was not for this request. */
async function readAnswer(
  lines: AsyncIterable<string>,
  request: NodeRequest,
  byId: Addressed['byId'],
  onPaced: NodeRequestEvents['onPaced'],
  { ports, requests }: Run,
): Promise<boolean> {
  let isForeign = false;
  let isFirst = true;
  const sentAtMs = request.sentAtMs ?? request.startMs;
  for await (const line of lines) {
    const evidence = readEvidence(line, request.node);
    const asked = evidence === null ? undefined : byId.get(evidence.id);
    if (evidence === null || asked === undefined || !speaksOf(evidence, asked.job)) {
      isForeign = true;
      continue;
    }
    const ms = ports.nowMs() - sentAtMs;
    // With two clocks of different speed the difference may be negative: a path takes at least 0.
    if (isFirst) {
      ports.noteWay(request.node.id, Math.max(0, ms - evidence.ms));
      ports.breaker.noteHeard(request.node.id);
    }
    isFirst = false;
    const { attempt, recipient } = asked;
    const { pending } = attempt;
    const told = { ...evidence, id: recipient.id };
    if (evidence.outcome === 'paced') {
      // No mail server was asked, so that this latency says nothing about its answers.
      if (!pending.open.has(recipient.id)) continue;
      request.paced.add(recipient);
      keepSooner(pending.paced, told);
      onPaced(attempt, recipient);
    } else {
      if (byId.size === 1) ports.times.note(request.node.id, ms);
      // Another node may have been faster.
      if (!pending.open.delete(recipient.id)) continue;
      pending.paced.delete(recipient.id);
      pending.assignment.onEvidence(told);
    }
    if (pending.open.size === 0) endNeedless(request, requests, ports);
  }
  return isForeign;
}

/** If several nodes have a queue, the shortest wait is the one to report. */
function keepSooner(paced: Map<number, Evidence>, told: Evidence): void {
  const before = paced.get(told.id)?.retry_after_s ?? null;
  if (before === null || (told.retry_after_s ?? Number.POSITIVE_INFINITY) < before) paced.set(told.id, told);
}

/** Evidence about a host that the job does not name is not about this job. */
function speaksOf({ host }: Evidence, { mail_hosts }: ProbeJob): boolean {
  return host === null || mail_hosts.some((known) => known.host === host);
}

/** Aborts the requests whose recipients all have evidence; the one that has answered may end by itself. */
function endNeedless(winner: NodeRequest, requests: ReadonlySet<NodeRequest>, ports: DispatchPorts): void {
  for (const request of requests) {
    if (isOpen(request)) continue;
    if (request === winner) {
      request.cut('done', LAST_LINE_MS);
      continue;
    }
    // The full latency is unknown but longer than this; without it, only the fast answers would count.
    if (request.sentAtMs !== null && request.packed.length === 1 && request.packed[0]?.job.recipients.length === 1) {
      ports.times.note(request.node.id, ports.nowMs() - request.sentAtMs);
    }
    request.cut('beaten');
  }
}
