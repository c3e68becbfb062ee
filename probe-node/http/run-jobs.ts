/**
 * Runs jobs concurrently and returns their evidence as NDJSON: in one piece if that is all of it, else as a stream.
 *
 * Before it: server.ts, whose request carries one job or a bundle of them; a single job is a bundle of one. After it:
 * flow/probe.ts, once per job. Each job has its own deadline, which runs from the start of the request even while the
 * job waits for its turn. If the client stops reading, or closes the request, all jobs stop. A job that throws costs
 * its own recipients only: the others finish, and then the stream breaks instead of ending, so that a complete answer
 * has evidence for every recipient.
 *
 * A stream has a space in every KEEP_ALIVE_SECONDS without a line. JSON allows it before a line (RFC 8259 §2), and it
 * shows the edge that the node is still there while a mail server is silent.
 */
import { KEEP_ALIVE_SECONDS, type ProbeJob } from '../../shared/job.ts';
import type { Engine } from '../engine.ts';
import type { IsWanted } from '../flow/host-job.ts';
import type { Tell } from '../flow/probe.ts';

/**
 * Jobs of one request that run at once. Enough that a bundle's silent and distant hosts do not delay the others for
 * long; few enough that it neither floods the resolver (two queries a host) nor starves the jobs of other requests.
 */
const AT_ONCE_MAX = 100;

/**
 * Milliseconds, and share of the shortest deadline, in which the answer may come in one piece. The edge considers a
 * node silent if its headers are not there after a quarter of the deadline.
 */
const ONE_PIECE_MS_MAX = 50;
const ONE_PIECE_SHARE = 0.1;
/**
 * Answers that may be held back for that at once: in a rush each begins at once, and holds no more than a stream does.
 */
const HELD_BACK_MAX = 100;

const SPACE = new TextEncoder().encode(' ');

export type JobRunnerPorts = {
  readonly probe: Engine['probe'];
  /** Receives the error of a job that has thrown. */
  readonly onFault: (error: unknown) => void;
};

export type JobRunner = {
  /** Starts the jobs and waits a moment for the first evidence. Evidence is in the order in which it becomes known. */
  readonly run: (jobs: readonly ProbeJob[], requestSignal: AbortSignal) => Promise<string | ReadableStream<Uint8Array>>;
  /** Jobs that wait for their turn. */
  readonly waitingJobs: () => number;
};

export function createJobRunner(ports: JobRunnerPorts): JobRunner {
  let waiting = 0;
  let heldBack = 0;
  const onWaiting = (change: number): void => {
    waiting += change;
  };
  return {
    run: async (jobs, requestSignal) => {
      const run = new JobRun(jobs, ports, onWaiting);
      const forget = stopWith(run, requestSignal);
      if (heldBack >= HELD_BACK_MAX) return streamOf(run, '', forget);
      heldBack += 1;
      const first = await run.readWithin(run.onePieceMs);
      heldBack -= 1;
      // A stream costs more than a short job does.
      if (run.isUnderWay || !run.isWhole) return streamOf(run, first, forget);
      forget();
      return first;
    },
    waitingJobs: () => waiting,
  };
}

/** Aborts the jobs with the request; the returned function unsubscribes. */
function stopWith(run: JobRun, requestSignal: AbortSignal): () => void {
  const onGone = (): void => run.stop();
  if (requestSignal.aborted) onGone();
  else requestSignal.addEventListener('abort', onGone, { once: true });
  return () => requestSignal.removeEventListener('abort', onGone);
}

function streamOf(run: JobRun, first: string, forget: () => void): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let timer: NodeJS.Timeout;
  let isCancelled = false;
  return new ReadableStream<Uint8Array>({
    start(controller) {
      if (first !== '') controller.enqueue(encoder.encode(first));
      timer = setInterval(() => controller.enqueue(SPACE), KEEP_ALIVE_SECONDS * 1000);
    },
    async pull(controller) {
      const text = await run.read();
      if (isCancelled) return;
      if (text !== '') {
        timer.refresh();
        return controller.enqueue(encoder.encode(text));
      }
      clearInterval(timer);
      forget();
      if (run.isWhole) return controller.close();
      // Let earlier evidence be sent first: breaking the stream discards unsent bytes.
      await new Promise((resolve) => setImmediate(resolve));
      controller.error(new Error('a job has failed'));
    },
    async cancel() {
      isCancelled = true;
      clearInterval(timer);
      forget();
      await run.leave();
    },
  });
}

type Order = { readonly job: ProbeJob; readonly stop: AbortController; timer: NodeJS.Timeout | undefined };

class JobRun {
  readonly #ports: JobRunnerPorts;
  readonly #onWaiting: (change: number) => void;
  readonly #orders: readonly Order[];
  readonly #waiting: Set<Order>;
  readonly #ended = Promise.withResolvers<void>();
  /** Mail hosts of the jobs under way, with the number of those jobs. */
  readonly #hosts = new Map<string, number>();
  /** Addresses that answered a job, each with the first host that was asked there. */
  readonly #firstHosts = new Map<string, string>();
  #running = 0;
  #unread = '';
  #isWhole = true;
  #hasLeft = false;
  #wakeReader: (() => void) | null = null;

  constructor(jobs: readonly ProbeJob[], ports: JobRunnerPorts, onWaiting: (change: number) => void) {
    this.#ports = ports;
    this.#onWaiting = onWaiting;
    this.#orders = jobs.map((job) => ({ job, stop: new AbortController(), timer: undefined }));
    this.#waiting = new Set(this.#orders);
    onWaiting(this.#waiting.size);
    for (const job of jobs) this.#countHosts(job, 1);
    for (const order of this.#orders) order.timer = setTimeout(() => this.#end(order), order.job.deadline_ms);
    this.#startNext();
  }

  /** How long the start of the answer may wait for the rest of it. */
  get onePieceMs(): number {
    const shortestMs = Math.min(...this.#orders.map(({ job }) => job.deadline_ms));
    return Math.min(ONE_PIECE_MS_MAX, shortestMs * ONE_PIECE_SHARE);
  }

  /** False if a job has thrown. */
  get isWhole(): boolean {
    return this.#isWhole;
  }

  /** Waits for the next text; empty at the end. */
  async read(): Promise<string> {
    while (this.#unread === '' && this.isUnderWay) await this.#woken();
    return this.#takeUnread();
  }

  /** Waits for text, the end or the timeout, and returns the text so far. */
  async readWithin(ms: number): Promise<string> {
    const timer = setTimeout(() => this.#wake(), ms);
    if (this.#unread === '' && this.isUnderWay) await this.#woken();
    clearTimeout(timer);
    return this.#takeUnread();
  }

  #woken(): Promise<void> {
    return new Promise((resolve) => {
      this.#wakeReader = resolve;
    });
  }

  #takeUnread(): string {
    const text = this.#unread;
    this.#unread = '';
    return text;
  }

  /** Ends every job now, as its deadline would; evidence known by then is still reported. */
  stop(): void {
    for (const order of this.#orders) this.#end(order);
  }

  /** Ends every job for a client that has gone; resolves when the last has cleaned up. */
  async leave(): Promise<void> {
    this.#hasLeft = true;
    this.stop();
    await this.#ended.promise;
  }

  get isUnderWay(): boolean {
    return this.#running > 0 || this.#waiting.size > 0;
  }

  /** A job still waiting gets its turn now: without time left it opens nothing, and reports that for each recipient. */
  #end(order: Order): void {
    clearTimeout(order.timer);
    order.stop.abort();
    if (this.#waiting.has(order)) void this.#run(order);
  }

  #startNext(): void {
    for (const order of this.#waiting) {
      if (this.#running >= AT_ONCE_MAX) return;
      void this.#run(order);
    }
  }

  async #run(order: Order): Promise<void> {
    this.#waiting.delete(order);
    this.#onWaiting(-1);
    this.#running += 1;
    try {
      await this.#ports.probe(order.job, this.#tell, order.stop.signal, this.#isWanted);
    } catch (error) {
      this.#isWhole = false;
      this.#ports.onFault(error);
    }
    clearTimeout(order.timer);
    this.#countHosts(order.job, -1);
    this.#running -= 1;
    this.#startNext();
    if (this.isUnderWay) return;
    this.#wake();
    this.#ended.resolve();
  }

  #countHosts({ mail_hosts }: ProbeJob, change: 1 | -1): void {
    for (const { host } of mail_hosts) this.#hosts.set(host, (this.#hosts.get(host) ?? 0) + change);
  }

  /**
   * After a single address the client may ask the next in a moment; a bundle is a batch, and its own jobs tell which
   * hosts are needed again. A server that has answered for two hosts may answer for those of the waiting jobs.
   */
  readonly #isWanted: IsWanted = (host, ip) => {
    if (this.#orders.length === 1 || (this.#hosts.get(host) ?? 0) > 1) return true;
    const first = this.#firstHosts.get(ip);
    if (first === undefined) this.#firstHosts.set(ip, host);
    return this.#waiting.size > 0 && first !== undefined && first !== host;
  };

  /** The text that a slow reader leaves unread is bounded: a request has a thousand recipients, each reported once. */
  readonly #tell: Tell = (batch) => {
    if (this.#hasLeft) return;
    for (const evidence of batch) this.#unread += `${JSON.stringify(evidence)}\n`;
    this.#wake();
  };

  /** Deferred by one turn of the loop, so that the reader gets all text of this turn in one piece. */
  #wake(): void {
    if (this.#wakeReader === null) return;
    setImmediate(this.#wakeReader);
    this.#wakeReader = null;
  }
}
