/**
 * One line for each request, as JSON: what was asked for by its route and never by its path or query, how it ended, how
 * long it took and where. No address, no domain, no key, no text of a server: a log is read by more people than an answer.
 *
 * An answer that streams is logged at its end: its route holds the line back and releases it.
 */
import type { Answer } from '../../shared/answer.ts';

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

export class RequestLog {
  /** The verdict of a route that gives one. */
  verdict: Answer | null = null;
  /** Code of the problem that was answered with. */
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

  /** The head of the answer is out. */
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

/** The steps that took time; most take none by a Worker's clock. */
function timesOf({ steps }: Answer): Readonly<Record<string, number>> {
  const times: Record<string, number> = {};
  for (const { step, ms } of steps) if (ms > 0) times[step] = ms;
  return times;
}
