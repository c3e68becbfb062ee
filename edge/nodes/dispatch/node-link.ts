/**
 * HTTP client for one request to one node: signs, posts, and reads the answer line by line. Takes `fetch` as a
 * capability.
 *
 * Before it: dispatch.ts. After it, on the wire: shared/job.ts, shared/token.ts. It decides nothing about other nodes;
 * every fault of the node is thrown, or shows in the status. A node is hostile until its lines are parsed.
 */
import {
  DEADLINE_MS_MAX,
  type Evidence,
  evidenceSchema,
  KEEP_ALIVE_HEADER,
  type ProbeJob,
  RETRY_AFTER_S_MAX,
  STRANGER_AGE_S_MAX,
} from '../../../shared/job.ts';
import { type SigningKey, signToken } from '../../../shared/token.ts';
import type { ProbeNode } from '../registry/roster.ts';
import { bodyOf } from './bundles.ts';
import { AnswerTooLong, LineTooLong } from './link-fault.ts';

/** Characters of one line of evidence. */
const LINE_LENGTH_MAX = 65_536;
/** Octets of an answer per recipient on average: replies of several mail hosts are a few kilobytes. */
const OCTETS_PER_RECIPIENT = 16_384;
/** Lines of an answer besides its evidence: those of a newer node, which are skipped. */
const OTHER_LINES_MAX = 16;
/** Octets of an answer besides its evidence: signs of life, one every two seconds, and some empty lines. */
const BLANK_OCTETS_MAX = 1_024;

/** Lines of bulk work that are read together: some milliseconds of processor. */
const LINES_AT_ONCE = 5;

export type NodeLinkPorts = {
  readonly fetch: typeof fetch;
  readonly signingKey: SigningKey;
  /** Wall clock, milliseconds since 1970. */
  readonly nowMs: () => number;
  /** Trace of the request that the jobs belong to. */
  readonly traceparent?: string | undefined;
};

/**
 * Posts one job, or several as a bundle. A refused token is made anew once: it may have been used before, or be too
 * old.
 */
export async function post(
  jobs: readonly ProbeJob[],
  node: ProbeNode,
  ports: NodeLinkPorts,
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
  ports: NodeLinkPorts,
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

/** A line as evidence of this node, or null if it is something else. Throws if it is not JSON. */
export function readEvidence(line: string, { id }: ProbeNode): Evidence | null {
  const parsed = evidenceSchema().safeParse(JSON.parse(line));
  // Evidence with another node's name is not of the node that was asked.
  return parsed.success && parsed.data.node === id ? believable(parsed.data) : null;
}

/** The evidence without numbers that no honest node gives: they would decide how long something is believed. */
function believable(evidence: Evidence): Evidence {
  const { stranger, retry_after_s, ms } = evidence;
  return {
    ...evidence,
    // A node forgets a reply of that age.
    stranger: stranger !== null && stranger.age_s > STRANGER_AGE_S_MAX ? null : stranger,
    retry_after_s: retry_after_s === null ? null : Math.min(retry_after_s, RETRY_AFTER_S_MAX),
    ms: Math.min(ms, DEADLINE_MS_MAX),
  };
}

/** Milliseconds within which the node promises a sign of life, or null if it promises none. */
export function promisedSignMs(response: Response): number | null {
  const text = response.headers.get(KEEP_ALIVE_HEADER) ?? '';
  return /^[1-9][0-9]?$/.test(text) ? Number(text) * 1000 : null;
}

/**
 * The lines of an NDJSON body. Throws if a line is longer than any evidence can be, if there are far more lines than
 * `recipients`, or if the whole is longer than their evidence and signs of life can be. Leaving early closes the
 * request.
 *
 * @param onOctets called for every chunk, including the signs of life between lines
 * @param giveWay waited for before the lines of a chunk are read
 */
export async function* linesOf(
  response: Response,
  recipients: number,
  onOctets: () => void,
  giveWay?: () => Promise<void>,
): AsyncGenerator<string, void, undefined> {
  let rest = '';
  let leftOctets = recipients * OCTETS_PER_RECIPIENT + LINE_LENGTH_MAX;
  let leftBlank = BLANK_OCTETS_MAX;
  let leftLines = recipients + OTHER_LINES_MAX;
  const decoder = new TextDecoder();
  const countBlank = (octets: number): void => {
    leftBlank -= octets;
    if (leftBlank < 0) throw new AnswerTooLong();
  };
  /** The line without the signs of life before it, or null if nothing else is left. */
  const taken = (line: string): string | null => {
    const text = line.trim();
    countBlank(text === '' ? line.length + 1 : line.length - text.length);
    if (text === '') return null;
    leftLines -= 1;
    if (leftLines < 0) throw new AnswerTooLong();
    return text;
  };
  for await (const chunk of response.body ?? []) {
    onOctets();
    leftOctets -= chunk.length;
    if (leftOctets < 0) throw new AnswerTooLong();
    rest += decoder.decode(chunk, { stream: true });
    const lines = rest.split('\n');
    if (lines.some((line) => line.length > LINE_LENGTH_MAX)) throw new LineTooLong();
    const open = lines.pop() ?? '';
    rest = open.trimStart();
    countBlank(open.length - rest.length);
    for (const [place, line] of lines.entries()) {
      if (place % LINES_AT_ONCE === 0) await giveWay?.();
      const text = taken(line);
      if (text !== null) yield text;
    }
  }
  if (rest === '') return;
  const last = taken(rest);
  if (last !== null) yield last;
}
