/**
 * Hands a job to a node and reads its evidence. Takes `fetch` as a capability.
 *
 * A node that cannot be reached, refuses the job or breaks off before it has given evidence is passed over for the
 * next in the order; when none is left the answer is null, which is a fault of ours and says nothing of any mailbox.
 * Evidence is checked against the schema and the job: a node may only speak of recipients that it was asked about.
 */
import { type Evidence, evidenceSchema, type ProbeJob } from '../../shared/job.ts';
import { type SigningKey, signToken } from '../../shared/token.ts';
import type { ProbeNode } from './roster.ts';

/** Characters of one line of evidence. */
const LINE_LENGTH_MAX = 65_536;

export type DispatchPorts = {
  readonly fetch: typeof fetch;
  readonly signingKey: SigningKey;
  /** Wall clock, milliseconds since 1970. */
  readonly nowMs: () => number;
  /** Told why a node was passed over: a fixed word or a status, nothing of the job. */
  readonly onNodeFault: (nodeId: string, fault: string) => void;
  /** Trace of the request that the job belongs to. */
  readonly traceparent?: string | undefined;
};

/** Evidence for a job of one recipient, or null where no node could give any. */
export async function dispatch(
  job: ProbeJob,
  nodes: Iterable<ProbeNode>,
  ports: DispatchPorts,
  signal: AbortSignal,
): Promise<Evidence | null> {
  for (const node of nodes) {
    if (signal.aborted) return null;
    try {
      const response = await post(job, node, ports, signal);
      if (!response.ok) {
        ports.onNodeFault(node.id, `http_${response.status}`);
        await response.body?.cancel();
        continue;
      }
      const evidence = await firstEvidence(response, job, node.id);
      if (evidence !== null) return evidence;
      ports.onNodeFault(node.id, 'no_evidence');
    } catch (error) {
      if (signal.aborted) return null;
      ports.onNodeFault(node.id, error instanceof Error ? error.name : 'error');
    }
  }
  return null;
}

/** Has the first node that takes it hold a session with the domain. Nothing is learnt and nothing is lost by failure. */
export async function dispatchWarm(
  job: ProbeJob,
  nodes: Iterable<ProbeNode>,
  ports: DispatchPorts,
  signal: AbortSignal,
): Promise<void> {
  for (const node of nodes) {
    try {
      const response = await post(job, node, ports, signal);
      // Read to its end: the node works for as long as somebody listens.
      await response.body?.pipeTo(new WritableStream());
      if (response.ok) return;
      ports.onNodeFault(node.id, `http_${response.status}`);
    } catch (error) {
      if (signal.aborted) return;
      ports.onNodeFault(node.id, error instanceof Error ? error.name : 'error');
    }
  }
}

async function post(job: ProbeJob, node: ProbeNode, ports: DispatchPorts, signal: AbortSignal): Promise<Response> {
  const body = new Uint8Array(new TextEncoder().encode(JSON.stringify(job)));
  const token = await signToken(ports.signingKey, node.id, body, ports.nowMs());
  return ports.fetch(new URL('/v1/probe', node.url), {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      accept: 'application/x-ndjson',
      ...(ports.traceparent === undefined ? {} : { traceparent: ports.traceparent }),
    },
    body,
    signal,
    redirect: 'manual',
  });
}

/** A node that calls itself something else is not the one that was asked. */
async function firstEvidence(response: Response, job: ProbeJob, nodeId: string): Promise<Evidence | null> {
  for await (const line of linesOf(response)) {
    const parsed = evidenceSchema.safeParse(JSON.parse(line));
    if (parsed.success && parsed.data.node === nodeId && job.recipients.some(({ id }) => id === parsed.data.id))
      return parsed.data;
  }
  return null;
}

/** The lines of an NDJSON body; throws where one is longer than any evidence can be. */
async function* linesOf(response: Response): AsyncGenerator<string> {
  let rest = '';
  const decoder = new TextDecoder();
  for await (const chunk of response.body ?? []) {
    rest += decoder.decode(chunk, { stream: true });
    const lines = rest.split('\n');
    if (lines.some((line) => line.length > LINE_LENGTH_MAX)) throw new Error('a line of evidence is too long');
    rest = lines.pop() ?? '';
    yield* lines.filter((line) => line !== '');
  }
  if (rest !== '') yield rest;
}
