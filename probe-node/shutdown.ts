/**
 * The ways out of a node: a signal empties it without one failed request, a second one ends it at once.
 *
 *   tell     the edge, with a last heartbeat, that no more jobs are wanted
 *   wait     until no isolate of the edge works from a snapshot that still has the node; jobs are taken meanwhile
 *   refuse   new jobs (503), end the running ones, QUIT to every session
 *   end
 *
 * An edge that does not hear the goodbye is not waited for. The loss of the parent that started the node with an IPC channel
 * (`npm start`) counts as a signal, so that no node outlives its owner.
 */
import type { Server } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { SNAPSHOT_SECONDS_MAX } from '../shared/enrolment.ts';
import type { EdgeLink } from './edge-link/edge-link.ts';
import type { Engine } from './engine.ts';

/** Milliseconds that running jobs get to end: as long as any job may take. */
const DRAIN_MS = 60_000;
/** Milliseconds between two looks whether the last job has ended, and for connections to close. */
const LOOK_MS = 20;
const CLOSE_MS = 1_000;

/** What is to be parted with; none of it while the node is joining, and no link where it serves alone. */
export type Parts = { readonly engine: Pick<Engine, 'runningJobs' | 'close'>; readonly link: EdgeLink | null };

export type Shutdown = {
  /** True once new jobs are refused. */
  readonly isDraining: () => boolean;
  /** Aborted as soon as the node means to end. */
  readonly signal: AbortSignal;
  /** What the edge is told by now, where there is an edge. */
  readonly link: () => EdgeLink | null;
  /** Names what is open now. */
  readonly hold: (parts: Parts) => void;
  readonly takeSignals: (server: Server) => void;
  /** Leaves without a word to the edge: it is the edge that has sent us away. */
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
    // Answers 503 on connections that are open already, until the last job is done.
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
