/**
 * The node's Prometheus metrics (`GET /metrics`). docs/RUNBOOK.md explains the names and labels; no label ever holds an
 * address, a domain or a host name, so that their number stays bounded.
 */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Evidence } from '../shared/job.ts';
import { providerById } from '../shared/providers.ts';
import type { ReplyClass } from '../shared/replies/classes.ts';
import type { Stage } from '../shared/replies/reply.ts';
import type { Phases } from './smtp/connection.ts';

/** Seconds; from loopback to a tarpit. */
const BUCKETS = [0.001, 0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

export type PhaseName = 'dns' | 'connect' | 'greeting' | 'ehlo' | 'job';

/** State that is read at scrape time. */
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
  /** All metrics in Prometheus' text format. */
  render(): Promise<string>;
  readonly contentType: string;
};

export function createMeter(readings: Readings): Meter {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry, prefix: 'vrfy_' });
  const sessions = createTally(
    'vrfy_sessions_total',
    'Sessions for jobs: newly opened, or taken from the pool',
    ['kind'],
    registers,
  );
  const phases = new Histogram({
    name: 'vrfy_phase_seconds',
    help: 'Duration of each phase of a probe',
    labelNames: ['phase'],
    buckets: BUCKETS,
    registers,
  });
  const replies = createTally(
    'vrfy_replies_total',
    'Replies of mail servers by provider, stage and class',
    ['provider', 'stage', 'class'],
    registers,
  );
  const outcomes = createTally(
    'vrfy_evidence_total',
    'Pieces of evidence by provider and outcome',
    ['provider', 'outcome'],
    registers,
  );
  const refusals = createTally('vrfy_refused_requests_total', 'Requests refused, by problem code', ['code'], registers);
  registerReadings(readings, registers);
  return {
    session: (kind) => sessions(kind),
    phase: (phase, ms) => phases.observe({ phase }, ms / 1000),
    phases: ({ greetingMs, ehloMs }) => {
      phases.observe({ phase: 'greeting' }, greetingMs / 1000);
      phases.observe({ phase: 'ehlo' }, ehloMs / 1000);
    },
    reply: (provider, stage, replyClass) => replies(provider, stage, replyClass),
    evidence: (provider, evidence) => {
      for (const { outcome } of evidence) outcomes(provider, outcome);
    },
    refusedRequest: (code) => refusals(code),
    render: () => registry.metrics(),
    contentType: registry.contentType,
  };
}

/**
 * Counts events by the values of their labels, in a map of our own: the library's label handling costs as much as
 * reading a reply. The library gets the sums at scrape time.
 */
function createTally<const Label extends string>(
  name: string,
  help: string,
  labelNames: readonly Label[],
  registers: Registry[],
): (...values: readonly string[]) => void {
  const sums = new Map<string, { readonly values: readonly string[]; count: number }>();
  new Counter({
    name,
    help,
    labelNames: [...labelNames],
    registers,
    collect() {
      for (const { values, count } of sums.values()) this.labels(...values).inc(count);
      sums.clear();
    },
  });
  return (...values) => {
    const key = values.length === 1 ? (values[0] ?? '') : values.join(' ');
    const sum = sums.get(key);
    if (sum === undefined) sums.set(key, { values, count: 1 });
    else sum.count += 1;
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
  gauge('vrfy_idle_sessions', 'Idle sessions in the pool', readings.idleSessions);
  gauge(
    'vrfy_closed_lanes',
    'Lanes (a provider seen from one source) that the node leaves alone for a while',
    readings.closedLanes,
  );
  gauge('vrfy_running_jobs', 'Jobs under way', readings.runningJobs);
  new Gauge({
    name: 'vrfy_source_resting',
    help: '1 for each source address that rests for a provider after its refusals',
    labelNames: ['source', 'provider'],
    registers,
    collect() {
      this.reset();
      // The server of an unknown provider is named by its host, and there is no bound on hosts.
      for (const { source, provider } of readings.restingSources()) {
        this.set({ source, provider: providerById(provider)?.id ?? 'other' }, 1);
      }
    },
  });
}
