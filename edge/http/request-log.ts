/**
 * Request log: one line of JSON for each request. It names the route and never the path or query, how the request ended,
 * how long it took, and the data centre. No address, no domain, no key, no text of a server: more people read a log than
 * an answer.
 *
 * An answer that streams is logged at its end: its route holds the line back and releases it.
 *
 * Before it: log-requests.ts, the middleware.
 */
import type { Answer } from '../../shared/answer.ts';

type AnswerHead = {
  readonly method: string;
  readonly route: string;
  readonly status: number;
  /** Cloudflare's name of the data centre, or null. */
  readonly colo: string | null;
};

export type LogPorts = {
  readonly nowMs: () => number;
  readonly writeLine: (line: string) => void;
};

/** Any other method is the caller's own text and is not logged. */
const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

export class RequestLog {
  /** The verdict, if the route gives one. */
  verdict: Answer | null = null;
  /** Code of the problem that was the answer. */
  problem: string | null = null;
  readonly #traceId: string;
  readonly #ports: LogPorts;
  readonly #startMs: number;
  #head: AnswerHead | null = null;
  #isHeld = false;

  constructor(traceId: string, ports: LogPorts) {
    this.#traceId = traceId;
    this.#ports = ports;
    this.#startMs = ports.nowMs();
  }

  /** Keeps the line back until `release` is called. */
  hold(): void {
    this.#isHeld = true;
  }

  release(): void {
    this.#isHeld = false;
    this.#write();
  }

  /** To be called when the head of the answer is known. */
  answered(head: AnswerHead): void {
    this.#head = head;
    this.#write();
  }

  #write(): void {
    if (this.#isHeld || this.#head === null) return;
    const { method, route, status, colo } = this.#head;
    const { verdict } = this;
    this.#ports.writeLine(
      JSON.stringify({
        event: 'request',
        method: METHODS.has(method) ? method : 'other',
        route,
        status,
        ms: this.#ports.nowMs() - this.#startMs,
        problem: this.problem ?? undefined,
        reason: verdict?.reason,
        provider: verdict?.mx?.provider ?? undefined,
        node: verdict?.smtp?.node,
        cached: verdict?.cached,
        steps: verdict === null ? undefined : timesOf(verdict),
        colo: colo ?? undefined,
        trace: this.#traceId,
      }),
    );
  }
}

/** The steps that took time. Most take none: the clock of a Worker stands still while it computes. */
function timesOf({ steps }: Answer): Readonly<Record<string, number>> {
  const times: Record<string, number> = {};
  for (const { step, ms } of steps) if (ms > 0) times[step] = ms;
  return times;
}
