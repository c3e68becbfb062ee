/**
 * One line for each request, as JSON: what was asked for by its route and never by its path or query, how it ended, how
 * long it took and where. No address, no domain, no key, no text of a server: a log is read by more people than an answer.
 *
 * An answer that streams is logged at its end: its route holds the line back and releases it.
 */
import type { Answer } from '../../shared/answer.ts';

export type RequestLog = {
  /** The verdict of a route that gives one. */
  verdict: Answer | null;
  /** Code of the problem that was answered with. */
  problem: string | null;
  /** Keeps the line back until `release` is called. */
  hold(): void;
  release(): void;
  /** The head of the answer is out. */
  answered(head: AnswerHead): void;
};

export type AnswerHead = {
  readonly method: string;
  readonly route: string;
  readonly status: number;
  /** Cloudflare's name of the place, where there is one. */
  readonly colo: string | null;
};

export type LogPorts = {
  readonly nowMs: () => number;
  readonly writeLine: (line: string) => void;
};

/** Methods that have names; any other text is the caller's own. */
const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

export function openRequestLog(traceId: string, { nowMs, writeLine }: LogPorts): RequestLog {
  const startMs = nowMs();
  let head: AnswerHead | null = null;
  let isHeld = false;
  const log: RequestLog = {
    verdict: null,
    problem: null,
    hold() {
      isHeld = true;
    },
    release() {
      isHeld = false;
      write();
    },
    answered(given) {
      head = given;
      write();
    },
  };
  function write(): void {
    if (isHeld || head === null) return;
    const { method, route, status, colo } = head;
    const { verdict } = log;
    writeLine(
      JSON.stringify({
        event: 'request',
        method: METHODS.has(method) ? method : 'other',
        route,
        status,
        ms: nowMs() - startMs,
        problem: log.problem ?? undefined,
        reason: verdict?.reason,
        provider: verdict?.mx?.provider ?? undefined,
        node: verdict?.smtp?.node,
        cached: verdict?.cached,
        steps: verdict === null ? undefined : timesOf(verdict),
        colo: colo ?? undefined,
        trace: traceId,
      }),
    );
  }
  return log;
}

function timesOf({ steps }: Answer): Readonly<Record<string, number>> {
  const times: Record<string, number> = {};
  for (const { step, ms } of steps) times[step] = ms;
  return times;
}

/** The steps of a verdict as a `Server-Timing` header (W3C Server Timing §3), in milliseconds. */
export function serverTiming({ steps }: Answer): string {
  let header = '';
  for (const { step, ms } of steps) header += `${header === '' ? '' : ', '}${step};dur=${ms}`;
  return header;
}
