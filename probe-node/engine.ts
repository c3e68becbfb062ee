/**
 * Everything a node remembers and holds open, made once and wired together: pool, limiter, memories, metrics.
 *
 * It wires and decides nothing. Before it: main.ts. After it: probe.ts, which it gives its capabilities.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { ExpiringMap } from '../shared/expiring-map.ts';
import type { Evidence, ProbeJob } from '../shared/job.ts';
import { createConduct } from './conduct.ts';
import type { HostManners } from './lease.ts';
import { BadHosts } from './memory/bad-hosts.ts';
import { Sources } from './memory/sources.ts';
import { Strangers } from './memory/strangers.ts';
import { createMeter, type Meter } from './metrics.ts';
import { Limiter } from './pace/limiter.ts';
import { type ProbePorts, probe } from './probe.ts';
import { createResolve } from './resolve.ts';
import type { Settings } from './settings.ts';
import { POOL_LIMITS, SessionPool } from './smtp/pool.ts';

/** Mail hosts whose manners are remembered. */
const HOSTS_MAX = 10_000;

export type Engine = {
  readonly meter: Meter;
  /** Runs a job; counts it as running until its last evidence has been taken or the reader has left. */
  readonly probe: (job: ProbeJob, signal: AbortSignal) => AsyncGenerator<readonly Evidence[]>;
  readonly runningJobs: () => number;
  /** QUITs every idle session; those in use are parted with when they come back. */
  readonly close: () => void;
};

export type EnginePorts = {
  /** Milliseconds on any steady scale. */
  readonly nowMs: () => number;
  /** In [0, 1). */
  readonly random: () => number;
};

export function createEngine(settings: Settings, { nowMs, random }: EnginePorts): Engine {
  let running = 0;
  const pool = new SessionPool(POOL_LIMITS, nowMs);
  const sources = new Sources(settings.sources, nowMs);
  const limiter = new Limiter({ nowMs, sleep, makeRoom: (lane) => pool.makeRoom(lane) }, settings.isPaced);
  const meter = createMeter({
    idleSessions: () => pool.idleCount,
    closedLanes: () => limiter.closedLanes().size,
    restingSources: () => sources.resting(),
    runningJobs: () => running,
  });
  const ports: ProbePorts = {
    resolve: createResolve(settings),
    pool,
    limiter,
    badHosts: new BadHosts(nowMs),
    manners: new ExpiringMap<HostManners>(HOSTS_MAX, nowMs),
    strangers: new Strangers(nowMs),
    sources,
    allowedNetworks: settings.allowedNetworks,
    meter,
    heard: createConduct({ limiter, sources, meter }),
    nowMs,
    random,
  };
  return {
    meter,
    probe: async function* (job, signal) {
      running += 1;
      const startMs = nowMs();
      try {
        yield* probe(job, settings, ports, signal);
      } finally {
        running -= 1;
        meter.phase('job', nowMs() - startMs);
      }
    },
    runningJobs: () => running,
    close: () => pool.close(),
  };
}

async function sleep(ms: number, signal: AbortSignal): Promise<void> {
  // Ending early is what the signal is for.
  await delay(ms, undefined, { signal }).catch(() => {});
}
