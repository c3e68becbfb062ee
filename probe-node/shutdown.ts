/**
 * Graceful shutdown: on a signal the node drains without one failed request; a second signal ends it at once.
 *
 *   tell     the edge, with a last heartbeat, that the node wants no more jobs
 *   wait     until no isolate of the edge works from a snapshot with the node in it; jobs are taken meanwhile
 *   refuse   new jobs (503), finish the running ones, QUIT every session
 *   end
 *
 * If the edge does not hear the last heartbeat, the wait is skipped. The loss of the parent that started the node with
 * an IPC channel (`npm start`) counts as a signal, so that no node outlives its owner.
 */
import type { Server } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { SNAPSHOT_SECONDS_MAX } from '../shared/enrolment.ts';
import type { EdgeLink } from './edge-link/edge-link.ts';
import type { Engine } from './engine.ts';

/** Milliseconds for running jobs to end: the longest that any job may take. */
const DRAIN_MS = 60_000;
/** Polling interval in milliseconds for the last job to end, and for connections to close. */
const LOOK_MS = 20;
const CLOSE_MS = 1_000;

/** Parts to close; none while the node is joining, and no link if it serves alone. */
type Parts = { readonly engine: Pick<Engine, 'runningJobs' | 'close'>; readonly link: EdgeLink | null };

export type Shutdown = {
  /** True once new jobs are refused. */
  readonly isDraining: () => boolean;
  /** Aborted when the shutdown begins. */
  readonly signal: AbortSignal;
  /** The link to the edge, if there is one now. */
  readonly link: () => EdgeLink | null;
  /** Registers the parts that are open now. */
  readonly hold: (parts: Parts) => void;
  readonly takeSignals: (server: Server) => void;
  /** Ends without a heartbeat: the edge itself has removed the node. */
  readonly turnAway: (exitCode: number) => Promise<void>;
};

export function createShutdown(log: Logger): Shutdown {
  let parts: Parts | null = null;
  let server: Server | null = null;
  const ending = new AbortController();
  let isDraining = false;
  const drain = async (exitCode: number): Promise<void> => {
    isDraining = true;
    const engine = parts?.engine ?? null;
    log.info({ jobs: engine?.runningJobs() ?? 0 }, 'draining');
    setTimeout(() => process.exit(exitCode), DRAIN_MS).unref();
    engine?.close();
    // Answers 503 on open connections until the last job is done.
    while (engine !== null && engine.runningJobs() > 0) await delay(LOOK_MS);
    setTimeout(() => process.exit(exitCode), CLOSE_MS).unref();
    server?.close(() => process.exit(exitCode));
    server?.closeIdleConnections();
  };
  const leave = async (): Promise<void> => {
    if (ending.signal.aborted) process.exit(0);
    ending.abort();
    log.info('leaving');
    const isHeard = (await parts?.link?.leave()) ?? false;
    if (isHeard) await delay(SNAPSHOT_SECONDS_MAX * 1000);
    await drain(0);
  };
  return {
    isDraining: () => isDraining,
    signal: ending.signal,
    link: () => parts?.link ?? null,
    hold: (held) => {
      parts = held;
    },
    takeSignals: (listening) => {
      server = listening;
      for (const signal of ['SIGTERM', 'SIGINT', 'disconnect'] as const) process.on(signal, () => void leave());
    },
    turnAway: (exitCode) => {
      ending.abort();
      return drain(exitCode);
    },
  };
}
