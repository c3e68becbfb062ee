/**
 * Creates the long-lived parts of a node once and wires them together: pool, limiter, memories, metrics.
 *
 * It decides nothing. Before it: main.ts. After it: flow/probe.ts, which gets its capabilities from here.
 */
import type { SourceReport } from '../shared/enrolment.ts';
import { ExpiringMap } from '../shared/expiring-map.ts';
import type { Priority, ProbeJob } from '../shared/job.ts';
import { createRepeatedClassify } from '../shared/replies/repeated-reply.ts';
import { ProviderStatsBook } from './edge-link/provider-stats.ts';
import { reportSources } from './edge-link/source-report.ts';
import { Treatments } from './edge-link/treatment.ts';
import type { IsWanted } from './flow/host-job.ts';
import type { HostQuirks } from './flow/host-quirks.ts';
import { type NodeProbePorts, probe, type Tell } from './flow/probe.ts';
import { createReplyPolicy } from './flow/reply-policy.ts';
import { createResolve } from './flow/resolve.ts';
import { BadHosts } from './memory/bad-hosts.ts';
import { Sources } from './memory/sources.ts';
import type { StrangerNames } from './memory/stranger-names.ts';
import { Strangers } from './memory/strangers.ts';
import { createMeter, type Meter } from './metrics.ts';
import { Limiter } from './pace/limiter.ts';
import type { NodeSettings } from './settings.ts';
import { POOL_LIMITS, SessionPool } from './smtp/pool.ts';

/** Mail hosts whose quirks are remembered. */
const HOSTS_MAX = 10_000;

export type Engine = {
  readonly meter: Meter;
  /** Statistics of providers and phases for the heartbeat. */
  readonly providerStats: ProviderStatsBook;
  /** Runs a job and counts it as running until it resolves, which it does soon after the signal has aborted. */
  readonly probe: (job: ProbeJob, tell: Tell, signal: AbortSignal, isWanted?: IsWanted) => Promise<void>;
  readonly runningJobs: () => number;
  /** Source addresses for the heartbeat, with the providers that each rests for and their treatment of it. */
  readonly sources: () => readonly SourceReport[];
  /** QUITs every idle session; a session in use is closed when it comes back. */
  readonly close: () => void;
};

export type EnginePorts = {
  /** Milliseconds on any monotonic scale. */
  readonly nowMs: () => number;
  /** Wall clock, milliseconds since 1970. */
  readonly wallMs: () => number;
  /** In [0, 1). */
  readonly random: () => number;
  readonly strangerName: StrangerNames;
};

export function createEngine(settings: NodeSettings, { nowMs, wallMs, random, strangerName }: EnginePorts): Engine {
  let running = 0;
  const pool = new SessionPool(
    POOL_LIMITS,
    nowMs,
    ({ lane, server }) => limiter.waiting(lane) > 0 || servers.waiting(server) > 0,
  );
  const sources = new Sources(settings.sources, nowMs);
  const classify = createRepeatedClassify(nowMs);
  const strangers = new Strangers(nowMs, classify);
  const paced = { nowMs, sleep, makeRoom: (place: string, priority: Priority) => pool.makeRoom(place, priority) };
  const limiter = new Limiter(paced, settings.isPaced);
  const servers = new Limiter(paced, settings.isPaced);
  const providerStats = new ProviderStatsBook({ nowMs, wallMs, restingProviders: () => sources.restingProviders() });
  const treatments = new Treatments(nowMs);
  const counters = createMeter({
    idleSessions: () => pool.idleCount,
    closedLanes: () => limiter.closedLanes().size,
    restingSources: () => sources.resting(),
    runningJobs: () => running,
  });
  const meter = withPhasesIn(providerStats, counters);
  const ports: NodeProbePorts = {
    resolve: createResolve(settings),
    pool,
    limiter,
    servers,
    dials: new Limiter({ nowMs, sleep, makeRoom: () => {} }, true),
    badHosts: new BadHosts(nowMs),
    quirks: new ExpiringMap<HostQuirks>(HOSTS_MAX, nowMs),
    strangers,
    sources,
    classify,
    allowedNetworks: settings.allowedNetworks,
    meter,
    providerStats,
    heard: createReplyPolicy({ limiter, servers, sources, strangers, meter, treatments, classify }),
    nowMs,
    random,
    strangerName,
  };
  return {
    meter,
    providerStats,
    probe: async (job, tell, signal, isWanted) => {
      running += 1;
      const startMs = nowMs();
      try {
        await probe(job, settings, ports, tell, signal, isWanted);
      } finally {
        running -= 1;
        meter.phase('job', nowMs() - startMs);
      }
    },
    runningJobs: () => running,
    sources: () => reportSources(settings.sources, sources.resting(), (ip) => treatments.of(ip)),
    close: () => pool.close(),
  };
}

/** The meter, which also reports each phase to the provider stats. */
function withPhasesIn(providerStats: ProviderStatsBook, meter: Meter): Meter {
  return {
    ...meter,
    phase: (name, ms) => {
      meter.phase(name, ms);
      providerStats.phase(name, ms);
    },
    phases: (phases) => {
      meter.phases(phases);
      // Zero if the session ended before.
      if (phases.greetingMs > 0) providerStats.phase('greeting', phases.greetingMs);
      if (phases.ehloMs > 0) providerStats.phase('ehlo', phases.ehloMs);
    },
  };
}

/** An abort resolves early instead of throwing: hundreds may wait at once, and an error for each would cost time. */
function sleep(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end, { once: true });
  });
}
