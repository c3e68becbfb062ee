/**
 * A small world for the flow: a zone instead of the DNS, mail servers that know their mailboxes instead of nodes, a
 * memory in a Map with the real keys, and a clock that is set by hand. Each part counts how often it was asked.
 */

import { createSingleFlight } from '../../edge/async/single-flight.ts';
import { gatherMemory } from '../../edge/batch/batch-memory.ts';
import { type GatheredJob, gatherProbes } from '../../edge/batch/batch-probes.ts';
import { gatherQueries } from '../../edge/batch/batch-queries.ts';
import type { ManyPorts } from '../../edge/batch/verify-many.ts';
import type { DnsAnswer, RecordType } from '../../edge/dns/answer.ts';
import type { VerifyPorts } from '../../edge/flow/verify.ts';
import { createAnswers } from '../../edge/memory/answers.ts';
import { createDomains } from '../../edge/memory/domains.ts';
import { createPatientStore } from '../../edge/memory/patient-store.ts';
import { createRecallBoth } from '../../edge/memory/recall-both.ts';
import type { Store } from '../../edge/memory/results.ts';
import { createVerdicts } from '../../edge/memory/verdicts.ts';
import type { Look, NodeChoice, NodeEvidence } from '../../edge/probe/ask-nodes.ts';
import type { WarmPorts } from '../../edge/probe/warm.ts';
import { createWarmBounds } from '../../edge/probe/warm-bounds.ts';
import type { Recheck } from '../../edge/rechecks/message.ts';
import { createKeyPorts, type KeyPorts } from '../../edge/wiring/key-ports.ts';
import { createQuotas, type Quotas } from '../../edge/wiring/quotas.ts';
import type { Evidence, ProbeJob } from '../../shared/job.ts';
import { classify } from '../../shared/replies/classify.ts';
import { createKeepers } from './keys/holders.ts';
import { type MapStore, mapStore } from './memory/map-store.ts';
import { evidenceOf } from './nodes/evidence.ts';
import { type Counters, createCounters } from './quota/counters.ts';

export const START_MS = Date.UTC(2026, 0, 1);

export type World = {
  readonly ports: VerifyPorts & WarmPorts;
  /** Ports of a list of addresses, over the same world. */
  readonly gather: ManyPorts['gather'];
  /** Jobs that have travelled together, for lists of addresses. */
  readonly bundles: readonly (readonly ProbeJob[])[];
  readonly store: MapStore;
  readonly keyPorts: KeyPorts;
  readonly quotas: Quotas;
  /** Units that callers have used today. */
  readonly counters: Counters;
  /** Kinds of faults of the counters. */
  readonly uncounted: readonly string[];
  /** Calls of each part, oldest first. */
  readonly queries: readonly string[];
  readonly jobs: readonly ProbeJob[];
  /** Which node was wanted for each of the jobs. */
  readonly choices: readonly NodeChoice[];
  /** Jobs that only warm a domain up. */
  readonly warmed: readonly ProbeJob[];
  /** Which node was refused by whom. */
  readonly refusals: readonly string[];
  /** Outcomes of questions, as recorded for hedging. */
  readonly reasons: readonly string[];
  /** Refusals of a mailbox that a second node has looked at. */
  readonly looks: readonly Look[];
  /** Faults of the work behind answers. */
  readonly unrecorded: readonly unknown[];
  readonly rechecks: readonly { readonly recheck: Recheck; readonly delaySeconds: number }[];
  readonly recalls: () => number;
  readonly advance: (ms: number) => void;
  /** Waits for all work that goes on behind the answers. */
  readonly settle: () => Promise<void>;
};

export type WorldSettings = {
  readonly zone?: Readonly<Record<string, DnsAnswer>>;
  readonly disposable?: readonly string[];
  readonly allowed?: readonly string[];
  readonly probe?: VerifyPorts['probe'];
  readonly query?: VerifyPorts['query'];
  /**
   * Decides which refusals get a second look (none by default), and the position of a recheck in its spread (the
   * middle).
   */
  readonly random?: VerifyPorts['random'];
  /** Probes a day for a caller without a key; no bound unless said otherwise. */
  readonly anonymousDailyQuota?: number;
};

export const NODATA: DnsAnswer = { kind: 'nodata' };

export function mxTo(...exchanges: readonly string[]): DnsAnswer {
  return { kind: 'records', mx: exchanges.map((exchange, preference) => ({ preference, exchange })), addresses: [] };
}

/** Nodes in networks of their own, asked in order, each with the reply of a mail server. */
export function nodesTold(parts: Readonly<Record<string, Partial<Evidence>>>): VerifyPorts['probe'] {
  return async (_, { prefer, otherThan }) => {
    const ids = Object.keys(parts).filter((id) => id !== otherThan);
    const node = ids.find((id) => id === prefer) ?? ids[0];
    return node === undefined ? null : evidenceOf({ ...parts[node], node });
  };
}

/** Mail servers that accept `ada` and refuse everybody else. */
async function askServer({ mail_hosts, recipients }: ProbeJob): Promise<Evidence> {
  const isKnown = recipients[0]?.address.startsWith('ada@') === true;
  return evidenceOf({
    host: mail_hosts[0]?.host ?? null,
    ...(isKnown ? {} : { reply: { code: 550, enhanced: '5.1.1', text: `<${recipients[0]?.address}>: User unknown` } }),
  });
}

export async function createWorld(settings: WorldSettings = {}): Promise<World> {
  const store = mapStore();
  const secretOctets = new Uint8Array(new TextEncoder().encode('a secret of this world'));
  const secret = await crypto.subtle.importKey('raw', secretOctets, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
  const zone = { 'firm.example MX': mxTo('mx.firm.example'), ...settings.zone };
  const lookUp = async (name: string, type: RecordType): Promise<DnsAnswer> =>
    zone[`${name} ${type}` as keyof typeof zone] ?? { kind: 'nxdomain' };
  const queries: string[] = [];
  const jobs: ProbeJob[] = [];
  const bundles: (readonly ProbeJob[])[] = [];
  const choices: NodeChoice[] = [];
  const warmed: ProbeJob[] = [];
  const refusals: string[] = [];
  const reasons: string[] = [];
  const looks: Look[] = [];
  const unrecorded: unknown[] = [];
  const rechecks: World['rechecks'][number][] = [];
  const pending: Promise<unknown>[] = [];
  let recalls = 0;
  let nowMs = START_MS;
  const clock = (): number => nowMs;
  const hold = (work: Promise<unknown>): void => void pending.push(work);
  const counted: Store = {
    get: (key) => {
      if (key.startsWith('v2:')) recalls += 1;
      return store.get(key);
    },
    put: (...entry) => store.put(...entry),
  };
  const memoryIn = (place: Store) => {
    const verdicts = createVerdicts(secret, clock)(place);
    const domains = createDomains(clock)(place);
    return { ...verdicts, ...domains, recallBoth: createRecallBoth(place, verdicts, domains) };
  };
  const counters = createCounters(clock);
  const uncounted: string[] = [];
  const ports: World['ports'] = {
    isDisposable: (domain) => settings.disposable?.includes(domain) ?? false,
    isAllowed: (domain) => settings.allowed?.includes(domain) ?? false,
    query: (name, type, signal) => {
      queries.push(`${name} ${type}`);
      return (settings.query ?? lookUp)(name, type, signal);
    },
    probe: (job, choice, signal) => {
      jobs.push(job);
      choices.push(choice);
      return (settings.probe ?? askServer)(job, choice, signal);
    },
    noteUnrecorded: (error) => void unrecorded.push(error),
    names: null,
    noteRefusal: (node, provider) => void refusals.push(`${node} by ${provider}`),
    admitWarm: createWarmBounds(clock).admit,
    noteLook: (look) => void looks.push(look),
    random: settings.random ?? (() => 0.5),
    noteReason: (domain, provider, reason) => void reasons.push(`${reason} of ${domain} by ${provider}`),
    warm: async (job) => void warmed.push(job),
    ...memoryIn(counted),
    answers: createAnswers(clock),
    probes: createSingleFlight<NodeEvidence | null>({
      nowMs: clock,
      waitUntil: hold,
      lostAfterMs: 30_000,
      givenUp: null,
    }),
    classify,
    scheduleRecheck: async (recheck, delaySeconds) => void rechecks.push({ recheck, delaySeconds }),
    quota: null,
    waitUntil: hold,
    nowMs: clock,
  };
  const gather: ManyPorts['gather'] = (signal) => {
    const { store: many, finish } = gatherMemory(
      createPatientStore(store, clock, () => 0),
      { after },
    );
    return {
      ports: {
        ...ports,
        query: gatherQueries(ports.query, signal),
        ...memoryIn(many),
      },
      join: gatherProbes({ dispatch: (gathered) => dispatch(gathered, signal), after: patiently }, signal),
      finish,
    };
  };
  /** Nodes that are asked about each recipient in turn. */
  const dispatch = async (gathered: readonly GatheredJob[], signal: AbortSignal): Promise<void> => {
    bundles.push(gathered.map(({ job }) => job));
    for (const { job, choice, onEvidence } of gathered) {
      choices.push(choice);
      for (const recipient of job.recipients) {
        const evidence = await (settings.probe ?? askServer)({ ...job, recipients: [recipient] }, choice, signal);
        if (evidence !== null) onEvidence({ ...evidence, id: recipient.id });
      }
    }
  };
  return {
    ports,
    gather,
    bundles,
    reasons,
    looks,
    unrecorded,
    store,
    counters,
    uncounted,
    keyPorts: createKeyPorts(store, createKeepers(store, clock), secretOctets, clock),
    quotas: createQuotas(
      { QUOTA: counters },
      { anonymousDailyQuota: settings.anonymousDailyQuota ?? null },
      {
        secret,
        nowMs: clock,
        cache: null,
        onFault: (error) => void uncounted.push(error instanceof Error ? error.name : 'other'),
      },
    ),
    queries,
    jobs,
    choices,
    warmed,
    refusals,
    rechecks,
    recalls: () => recalls,
    advance: (ms) => {
      nowMs += ms;
    },
    settle: async () => {
      while (pending.length > 0) await Promise.all(pending.splice(0));
    },
  };
}

/** The clock of the runtime: gathering takes milliseconds. */
/** Waits long for the last address of a domain: a slow machine must not part the addresses of a list. */
function patiently(ms: number, callBack: () => void): () => void {
  return after(ms < 50 ? ms : 10_000, callBack);
}

function after(ms: number, callBack: () => void): () => void {
  const timer = setTimeout(callBack, ms);
  return () => clearTimeout(timer);
}

/** A promise that is fulfilled by hand. */
export function gate<T>(): { readonly passed: Promise<T>; readonly open: (value: T) => void } {
  const { promise, resolve } = Promise.withResolvers<T>();
  return { passed: promise, open: resolve };
}
