/**
 * What the node counts, as Prometheus metrics (`GET /metrics`). Names and labels are what docs/RUNBOOK.md explains; no
 * label ever holds an address or a domain, so that their number stays bounded.
 */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Evidence } from '../shared/job.ts';
import type { ReplyClass } from '../shared/replies/classes.ts';
import type { Stage } from '../shared/replies/reply.ts';
import type { Phases } from './smtp/connection.ts';

/** Seconds; from loopback to a tarpit. */
const BUCKETS = [0.001, 0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

export type PhaseName = 'dns' | 'connect' | 'greeting' | 'ehlo' | 'job';

/** The state that is read when it is asked for. */
export type Readings = {
  readonly idleSessions: () => number;
  readonly closedLanes: () => number;
  readonly restingSources: () => readonly { readonly source: string; readonly provider: string }[];
  readonly runningJobs: () => number;
};

export type Meter = {
  session(kind: 'new' | 'reused'): void;
  phase(name: PhaseName, ms: number): void;
  phases(phases: Phases): void;
  reply(provider: string, stage: Stage, replyClass: ReplyClass): void;
  evidence(provider: string, evidence: readonly Evidence[]): void;
  refusedRequest(code: string): void;
  /** Everything in Prometheus' text format. */
  render(): Promise<string>;
  readonly contentType: string;
};

export function createMeter(readings: Readings): Meter {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry, prefix: 'vrfy_' });
  const sessions = new Counter({
    name: 'vrfy_sessions_total',
    help: 'Sessions asked for: opened anew, or taken from the pool',
    labelNames: ['kind'],
    registers,
  });
  const phases = new Histogram({
    name: 'vrfy_phase_seconds',
    help: 'Time that each part of a probe took',
    labelNames: ['phase'],
    buckets: BUCKETS,
    registers,
  });
  const replies = new Counter({
    name: 'vrfy_replies_total',
    help: 'Replies of mail servers by provider, stage and what they meant',
    labelNames: ['provider', 'stage', 'class'],
    registers,
  });
  const outcomes = new Counter({
    name: 'vrfy_evidence_total',
    help: 'Pieces of evidence by provider and outcome',
    labelNames: ['provider', 'outcome'],
    registers,
  });
  const refusals = new Counter({
    name: 'vrfy_refused_requests_total',
    help: 'Requests refused at the door, by problem code',
    labelNames: ['code'],
    registers,
  });
  registerReadings(readings, registers);
  return {
    session: (kind) => sessions.inc({ kind }),
    phase: (phase, ms) => phases.observe({ phase }, ms / 1000),
    phases: ({ greetingMs, ehloMs }) => {
      phases.observe({ phase: 'greeting' }, greetingMs / 1000);
      phases.observe({ phase: 'ehlo' }, ehloMs / 1000);
    },
    reply: (provider, stage, replyClass) => replies.inc({ provider, stage, class: replyClass }),
    evidence: (provider, evidence) => {
      for (const { outcome } of evidence) outcomes.inc({ provider, outcome });
    },
    refusedRequest: (code) => refusals.inc({ code }),
    render: () => registry.metrics(),
    contentType: registry.contentType,
  };
}

function registerReadings(readings: Readings, registers: Registry[]): void {
  const gauge = (name: string, help: string, read: () => number): void => {
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read());
      },
    });
  };
  gauge('vrfy_idle_sessions', 'Open sessions that wait in the pool', readings.idleSessions);
  gauge('vrfy_closed_lanes', 'Providers, seen from one source, that we leave alone for a while', readings.closedLanes);
  gauge('vrfy_running_jobs', 'Jobs under way', readings.runningJobs);
  new Gauge({
    name: 'vrfy_source_resting',
    help: '1 for each source address that rests for a provider which has turned it away',
    labelNames: ['source', 'provider'],
    registers,
    collect() {
      this.reset();
      for (const { source, provider } of readings.restingSources()) this.set({ source, provider }, 1);
    },
  });
}
