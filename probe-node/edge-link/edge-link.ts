/**
 * The node's side of enrolment: joins the edge once, then sends heartbeats. Takes `fetch`, the clock and the data for
 * its reports as capabilities.
 *
 *   enrol       with the one-time token; the edge challenges us over our URL meanwhile (http/identity-endpoint.ts answers)
 *   heartbeat   signed, each newer than the last; the answer has the state that the edge gives us
 *   leave       the last one: the node wants no more jobs
 *
 * If the edge cannot be reached, the link tries again and the node goes on: incoming jobs are done. Only the edge's own
 * statement that it does not know this node any more ends the link.
 */
import * as z from 'zod';
import {
  type DoctorFinding,
  ENROLMENT_OCTETS_MAX,
  enrolAnswerSchema,
  HEARTBEAT_SECONDS,
  type Heartbeat,
  type HeartbeatAnswer,
  heartbeatAnswerSchema,
  type Membership,
  type SourceReport,
} from '../../shared/enrolment.ts';
import { PROTOCOL_VERSION } from '../../shared/job.ts';
import { signToken } from '../../shared/token.ts';
import type { NodeKey } from '../state.ts';
import { fittedHeartbeat } from './heartbeat-size.ts';

/** Milliseconds for one request; a challenge takes its time. */
const ENROL_TIMEOUT_MS = 15_000;
const HEARTBEAT_TIMEOUT_MS = 5_000;
/** Milliseconds until the next try if the answer did not come from an edge. */
const RETRY_MS = 2_000;
/** Seconds of life of a heartbeat's token. */
const TOKEN_SECONDS = 30;
/** Heartbeats below this many octets are not shortened: the rest is part of every heartbeat. */
const HEARTBEAT_OCTETS_MIN = 2_048;
const BODY_TOO_LARGE = 413;

/** Data for reports that the link does not have itself. */
export type NodeReportPorts = {
  readonly version: string;
  readonly rulesVersion: string;
  readonly capacity: number;
  readonly runningJobs: () => number;
  readonly sources: () => readonly SourceReport[];
  /** Treatment by providers, and durations of the phases of a probe. */
  readonly report: () => Pick<Heartbeat, 'standings' | 'phases' | 'job_quantiles' | 'minutes'>;
  /** Findings of the doctor, and whether it lets the node serve. */
  readonly findings: () => readonly DoctorFinding[];
  readonly isFit: () => boolean;
};

export type EdgeLinkPorts = {
  readonly fetch: typeof fetch;
  /** Wall clock, milliseconds since 1970. */
  readonly nowMs: () => number;
};

/** A refusal by the edge: a code of shared/problem.ts if it has given one, and a sentence for the operator. */
export class EdgeRefusal extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, detail: string) {
    super(detail);
    this.name = 'EdgeRefusal';
    this.status = status;
    this.code = code;
  }

  /** True if an unchanged retry is pointless. */
  get isFinal(): boolean {
    return this.status >= 400 && this.status < 500 && this.status !== 429;
  }
}

const problemSchema = z.object({ code: z.string().max(64), detail: z.string().max(1000) });

export type JoinRequest = {
  readonly edge: URL;
  readonly token: string;
  readonly id: string;
  /** Null: that of the token. */
  readonly region: string | null;
  readonly url: string;
  readonly key: NodeKey;
};

/** Joins the edge. Throws an EdgeRefusal, or the error of a failed fetch. */
export async function requestEnrolment(
  { edge, key, ...asked }: JoinRequest,
  ports: EdgeLinkPorts,
): Promise<Membership> {
  const response = await ports.fetch(new URL('/v1/nodes/enrol', edge), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ ...asked, key: key.publicKey }),
    signal: AbortSignal.timeout(ENROL_TIMEOUT_MS),
    redirect: 'error',
  });
  return readAnswer(response, enrolAnswerSchema);
}

export type LinkSettings = {
  readonly edge: URL;
  readonly id: string;
  readonly url: string;
  readonly key: NodeKey;
};

export type LinkEvents = {
  /** Called for each answer, with the state that the edge gives this node. */
  readonly onAnswer: (answer: HeartbeatAnswer) => void;
  /** The edge does not know this node any more. */
  readonly onRemoved: (refusal: EdgeRefusal) => void;
  readonly onFault: (fault: unknown) => void;
};

export type EdgeLink = {
  /** Sends the next heartbeat now, after a change that the edge should know. */
  beatSoon(): void;
  /** Tells the edge that the node takes no more jobs; true if the edge has answered. Ends the heartbeats. */
  leave(): Promise<boolean>;
};

/** Codes for a node that the edge does not know. */
const REMOVED_CODES: readonly string[] = ['node_removed', 'node_unknown'];

/** Starts the heartbeats, the first at once. */
export function startLink(
  settings: LinkSettings,
  report: NodeReportPorts,
  ports: EdgeLinkPorts,
  events: LinkEvents,
): EdgeLink {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let hasLeft = false;
  let lastSentMs = 0;
  /** Limit of the edge, or of a proxy in front of it once that has refused a larger one. */
  let octetsMax = ENROLMENT_OCTETS_MAX;
  const send = async (isDraining: boolean): Promise<HeartbeatAnswer> => {
    const before = lastSentMs;
    // Two heartbeats within one millisecond must still differ.
    const sentAtMs = Math.max(ports.nowMs(), before + 1);
    lastSentMs = sentAtMs;
    try {
      const heartbeat = heartbeatOf(settings, report, sentAtMs, isDraining);
      return await postHeartbeat(settings, fittedHeartbeat(heartbeat, octetsMax), ports);
    } catch (error) {
      if (error instanceof EdgeRefusal && error.status === BODY_TOO_LARGE && octetsMax > HEARTBEAT_OCTETS_MIN) {
        octetsMax = Math.max(HEARTBEAT_OCTETS_MIN, octetsMax / 4);
        return send(isDraining);
      }
      // If a clock was ahead and its heartbeat refused, drop that time: the corrected clock must be able to go on.
      if (error instanceof EdgeRefusal && error.isFinal && lastSentMs === sentAtMs) lastSentMs = before;
      throw error;
    }
  };
  let isBeating = false;
  let isDue = false;
  const beat = async (): Promise<void> => {
    isBeating = true;
    isDue = false;
    let waitMs = HEARTBEAT_SECONDS * 1000;
    try {
      const answer = await send(false);
      if (!hasLeft) events.onAnswer(answer);
    } catch (error) {
      if (hasLeft) return;
      if (error instanceof EdgeRefusal && REMOVED_CODES.includes(error.code)) {
        hasLeft = true;
        events.onRemoved(error);
      } else {
        if (!(error instanceof EdgeRefusal && error.isFinal)) waitMs = RETRY_MS;
        events.onFault(error);
      }
    }
    isBeating = false;
    if (!hasLeft) timer = setTimeout(() => void beat(), isDue ? 0 : waitMs);
  };
  void beat();
  return {
    beatSoon: () => {
      isDue = true;
      if (isBeating || hasLeft) return;
      clearTimeout(timer);
      void beat();
    },
    leave: async () => {
      hasLeft = true;
      clearTimeout(timer);
      try {
        await send(true);
        return true;
      } catch {
        // An edge that is gone, or does not know us any more, needs no heartbeat.
        return false;
      }
    },
  };
}

function heartbeatOf({ url }: LinkSettings, report: NodeReportPorts, sentAtMs: number, isDraining: boolean): Heartbeat {
  return {
    sent_at_ms: sentAtMs,
    protocol: PROTOCOL_VERSION,
    version: report.version,
    rules_version: report.rulesVersion,
    is_draining: isDraining,
    url,
    is_fit: report.isFit(),
    running_jobs: report.runningJobs(),
    capacity: report.capacity,
    sources: [...report.sources()],
    findings: [...report.findings()],
    ...report.report(),
  };
}

async function postHeartbeat(
  { edge, id, key }: LinkSettings,
  heartbeat: Heartbeat,
  { fetch: fetchIt, nowMs }: EdgeLinkPorts,
): Promise<HeartbeatAnswer> {
  const body = new Uint8Array(new TextEncoder().encode(JSON.stringify(heartbeat)));
  const token = await signToken({ kid: id, key: key.privateKey }, edge.origin, body, nowMs(), TOKEN_SECONDS, id);
  const response = await fetchIt(new URL('/v1/nodes/heartbeat', edge), {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body,
    signal: AbortSignal.timeout(HEARTBEAT_TIMEOUT_MS),
    redirect: 'error',
  });
  return readAnswer(response, heartbeatAnswerSchema);
}

async function readAnswer<S extends z.ZodType>(response: Response, schema: S): Promise<z.output<S>> {
  const body: unknown = await response.json().catch(() => null);
  if (response.ok) {
    const parsed = schema.safeParse(body);
    if (parsed.success) return parsed.data;
  }
  const problem = problemSchema.safeParse(body);
  const { code, detail } = problem.success
    ? problem.data
    : { code: `http_${response.status}`, detail: 'PROBE_EDGE does not answer like a vrfy edge.' };
  throw new EdgeRefusal(response.ok ? 502 : response.status, code, detail);
}
