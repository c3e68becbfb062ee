/**
 * A node without its HTTP server: pool, limiter and memories as the engine wires them, for jobs against servers on loopback.
 *
 * Mail hosts are routes of the operator's, so nothing is looked up. Pacing is off unless a test wants it. When the
 * world ends, every session has been parted with, and no socket is left.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'vitest';
import { ProviderStatsBook } from '../../probe-node/edge-link/provider-stats.ts';
import { Treatments } from '../../probe-node/edge-link/treatment.ts';
import type { HostQuirks } from '../../probe-node/flow/host-quirks.ts';
import { type NodeProbePorts, type ProbeSettings, probe, type Tell } from '../../probe-node/flow/probe.ts';
import { createReplyPolicy } from '../../probe-node/flow/reply-policy.ts';
import { createResolve } from '../../probe-node/flow/resolve.ts';
import { BadHosts } from '../../probe-node/memory/bad-hosts.ts';
import { type Source, Sources } from '../../probe-node/memory/sources.ts';
import { createStrangerNames } from '../../probe-node/memory/stranger-names.ts';
import { Strangers } from '../../probe-node/memory/strangers.ts';
import type { Meter } from '../../probe-node/metrics.ts';
import { Limiter } from '../../probe-node/pace/limiter.ts';
import { POOL_LIMITS, type PoolLimits, SessionPool } from '../../probe-node/smtp/pool.ts';
import { ExpiringMap } from '../../shared/expiring-map.ts';
import { type Evidence, evidenceSchema, type ProbeJob } from '../../shared/job.ts';
import { classify } from '../../shared/replies/classify.ts';

const SETTINGS: ProbeSettings = { id: 'probe-1', region: 'eu-central', mailFrom: 'verify@example.com' };
const SOURCE: Source = { ip: null, heloName: 'probe1.example.com' };
const never = new AbortController().signal;

export type World = {
  readonly ports: NodeProbePorts;
  readonly sessions: { readonly new: number; readonly reused: number };
  /** Runs a job to its end; each piece of evidence is one that the edge can read. */
  readonly run: (job: ProbeJob, signal?: AbortSignal) => Promise<readonly Evidence[]>;
  readonly runOne: (job: ProbeJob, signal?: AbortSignal) => Promise<Evidence>;
  /** Hands evidence over in the batches in which it becomes known. */
  readonly probe: (job: ProbeJob, tell: Tell, signal?: AbortSignal) => Promise<void>;
};

export type WorldSettings = {
  /** Names of the hosts, instead of `mx1.test`, `mx2.test` and so on. */
  readonly hosts?: readonly string[];
  readonly isPaced?: boolean;
  readonly sources?: readonly Source[];
  readonly limits?: Partial<PoolLimits>;
  readonly settings?: Partial<ProbeSettings>;
  readonly ports?: Partial<NodeProbePorts>;
};

/** A world in which `mx1`, `mx2` and so on are the hosts at these ports. */
export function createWorld(hostPorts: readonly number[], given: WorldSettings = {}): World {
  const nameOf = (index: number): string => given.hosts?.[index] ?? `mx${index + 1}.test`;
  const routes = new Map(hostPorts.map((port, index) => [nameOf(index), { ip: '127.0.0.1', port }]));
  const nowMs = given.ports?.nowMs ?? (() => performance.now());
  const pool = new SessionPool(
    { ...POOL_LIMITS, ...given.limits },
    nowMs,
    ({ lane, server }) => limiter.waiting(lane) > 0 || servers.waiting(server) > 0,
  );
  const sources = new Sources(given.sources ?? [SOURCE], nowMs);
  const strangers = new Strangers(nowMs);
  const sessions = { new: 0, reused: 0 };
  const meter = createSilentMeter((kind) => {
    sessions[kind] += 1;
  });
  const sleep = async (ms: number, signal: AbortSignal): Promise<void> => {
    // An abort resolves early; it is no error.
    await delay(ms, undefined, { signal }).catch(() => {});
  };
  const paced = { nowMs, sleep, makeRoom: (place: string) => pool.makeRoom(place) };
  const limiter = new Limiter(paced, given.isPaced ?? false);
  const servers = new Limiter(paced, given.isPaced ?? false);
  const ports: NodeProbePorts = {
    resolve: createResolve({ dnsServers: ['127.0.0.1:1'], routes, smtpPort: 25 }),
    pool,
    limiter,
    servers,
    dials: new Limiter({ nowMs, sleep, makeRoom: () => {} }, true),
    badHosts: new BadHosts(nowMs),
    quirks: new ExpiringMap<HostQuirks>(100, nowMs),
    strangers,
    strangerName: createStrangerNames('a secret of the tests', () => 0),
    sources,
    classify,
    allowedNetworks: [],
    meter,
    providerStats: new ProviderStatsBook({ nowMs, wallMs: nowMs, restingProviders: () => sources.restingProviders() }),
    heard: createReplyPolicy({
      limiter,
      servers,
      sources,
      strangers,
      meter,
      treatments: new Treatments(nowMs),
      classify,
    }),
    nowMs,
    random: Math.random,
    ...given.ports,
  };
  const ask: World['probe'] = (job, tell, signal = never) =>
    probe(job, { ...SETTINGS, ...given.settings }, ports, tell, signal);
  const run: World['run'] = async (job, signal) => {
    const evidence: Evidence[] = [];
    await ask(job, (batch) => evidence.push(...batch), signal);
    for (const piece of evidence) expect(evidenceSchema().parse(JSON.parse(JSON.stringify(piece)))).toEqual(piece);
    expect(evidence.map(({ id }) => id).sort(byNumber)).toEqual(job.recipients.map(({ id }) => id).sort(byNumber));
    return evidence;
  };
  const runOne: World['runOne'] = async (...args) => {
    const [evidence] = await run(...args);
    if (evidence === undefined) throw new Error('there is no evidence');
    return evidence;
  };
  return { ports, sessions, run, runOne, probe: ask };
}

/** A job for addresses of example.test at as many hosts as are named. */
export function jobFor(names: readonly string[], changes: Partial<ProbeJob> = {}, hosts = 1): ProbeJob {
  return {
    version: 1,
    domain: 'example.test',
    provider: null,
    mail_hosts: Array.from({ length: hosts }, (_, index) => ({ host: `mx${index + 1}.test`, preference: index })),
    recipients: names.map((name, index) => ({ id: index, address: `${name}@example.test` })),
    catch_all: 'skip',
    deadline_ms: 30_000,
    ...changes,
  };
}

/** Name patterns by which the servers of the tests know their mailboxes. */
export function namesOf(count: number, prefix = 'known'): readonly string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}${index}`);
}

/** Reply codes by name, `-` if there is none: the part of evidence that most tests check. */
export function codesOf(evidence: readonly Evidence[], names: readonly string[]): Readonly<Record<string, unknown>> {
  return Object.fromEntries(evidence.map(({ id, reply, outcome }) => [names[id], reply?.code ?? outcome]));
}

const byNumber = (a: number, b: number): number => a - b;

function createSilentMeter(onSession: (kind: 'new' | 'reused') => void): Meter {
  const ignore = (): void => {};
  return {
    session: onSession,
    phase: ignore,
    phases: ignore,
    reply: ignore,
    evidence: ignore,
    refusedRequest: ignore,
    render: async () => '',
    contentType: 'text/plain',
  };
}
