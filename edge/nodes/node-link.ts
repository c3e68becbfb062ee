/**
 * One request to one node: signed, posted, and its answer read line by line. Takes `fetch` as a capability.
 *
 * Before it: dispatch.ts. After it, on the wire: shared/job.ts, shared/token.ts. It decides nothing about other nodes;
 * whatever the node does wrong is thrown, or told by the status. A node is hostile until its lines are parsed.
 */
import { type Evidence, evidenceSchema, type ProbeJob, SIGN_HEADER } from '../../shared/job.ts';
import { type SigningKey, signToken } from '../../shared/token.ts';
import { bodyOf } from './bundles.ts';
import { LineTooLong } from './link-fault.ts';
import type { ProbeNode } from './roster.ts';

/** Characters of one line of evidence. */
const LINE_LENGTH_MAX = 65_536;

export type LinkPorts = {
  readonly fetch: typeof fetch;
  readonly signingKey: SigningKey;
  /** Wall clock, milliseconds since 1970. */
  readonly nowMs: () => number;
  /** Trace of the request that the jobs belong to. */
  readonly traceparent?: string | undefined;
};

/** Posts one job, or several as a bundle. A token that is refused is made anew once: it may have been seen before, or be too old. */
export async function post(
  jobs: readonly ProbeJob[],
  node: ProbeNode,
  ports: LinkPorts,
  signal: AbortSignal,
): Promise<Response> {
  const body = bodyOf(jobs);
  const response = await postSigned(body, node, ports, signal);
  if (response.status !== 401) return response;
  await response.body?.cancel();
  return postSigned(body, node, ports, signal);
}

async function postSigned(
  body: Uint8Array<ArrayBuffer>,
  node: ProbeNode,
  ports: LinkPorts,
  signal: AbortSignal,
): Promise<Response> {
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

/** A line as evidence of this node, or null where it is none. Throws where it is no JSON. */
export function readEvidence(line: string, { id }: ProbeNode): Evidence | null {
  const parsed = evidenceSchema.safeParse(JSON.parse(line));
  // A node that calls itself something else is not the one that was asked.
  return parsed.success && parsed.data.node === id ? parsed.data : null;
}

/** Milliseconds in which the node promises to give a sign of life, or null where it promises none. */
export function promisedSignMs(response: Response): number | null {
  const text = response.headers.get(SIGN_HEADER) ?? '';
  return /^[1-9][0-9]?$/.test(text) ? Number(text) * 1000 : null;
}

/**
 * The lines of an NDJSON body; throws where one is longer than any evidence can be. Leaving early closes the request.
 *
 * @param onOctets called with whatever comes, signs of life between lines among it
 */
export async function* linesOf(response: Response, onOctets: () => void): AsyncGenerator<string> {
  let rest = '';
  const decoder = new TextDecoder();
  for await (const chunk of response.body ?? []) {
    onOctets();
    rest += decoder.decode(chunk, { stream: true });
    const lines = rest.split('\n');
    if (lines.some((line) => line.length > LINE_LENGTH_MAX)) throw new LineTooLong();
    rest = lines.pop() ?? '';
    yield* lines.filter((line) => line.trim() !== '');
  }
  if (rest.trim() !== '') yield rest;
}
