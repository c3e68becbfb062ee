/**
 * Provider stats for the heartbeat: each provider's treatment of this node in the last ten minutes, its distance, and
 * the durations of a probe's phases. The edge chooses nodes by them (edge/nodes/choice/plan.ts).
 *
 * It decides nothing and names no mailbox. A distance is remembered for a day, refusals and phase durations for ten
 * minutes. Updated once a batch, so that it costs nothing at a hundred thousand recipients a second.
 *
 * The provider is the operator of the host that replied, or that host itself. Of a provider's refusals each owner of
 * domains counts for one a minute, and none counts until OWNERS_MIN of them were refused: a refusal of one customer's
 * domain is not the provider's, and counting it would send every other domain to another node.
 */
import { type Heartbeat, PROVIDER_STATS_MAX, type ProviderStats } from '../../shared/enrolment.ts';
import { providerById } from '../../shared/providers.ts';
import { afterDistance, afterSample, type SteadyAverage } from '../../shared/steady-average.ts';
import type { PhaseName } from '../metrics.ts';
import { RecentMinutes } from './recent-minutes.ts';
import { RecentTimes } from './recent-times.ts';

/** Counts are kept by the minute and forgotten after ten. */
const SLOT_MS = 60_000;
const SLOTS = 10;
const DISTANCE_MS = 86_400_000;
/** Providers remembered; the least recently updated goes first. */
const PROVIDERS_MAX = 2_000;
/** Owners of domains that a provider must have refused before its refusals are reported. */
const OWNERS_MIN = 3;
/** Owners that are distinguished in one minute. */
const OWNERS_MAX = 100;
const PHASES: readonly PhaseName[] = ['dns', 'connect', 'greeting', 'ehlo', 'job'];

export type ProviderStatsPorts = {
  /** Milliseconds on any monotonic scale. */
  readonly nowMs: () => number;
  /** Wall clock, milliseconds since 1970: it names the minutes of the report. */
  readonly wallMs: () => number;
  /** Providers for which every source of the node rests. */
  readonly restingProviders: () => ReadonlySet<string>;
};

type Slot = { readonly minute: number; answers: number; readonly refusals: Map<string, number> };
type Timed = { readonly average: SteadyAverage; readonly atMs: number };
type Record = { readonly slots: Slot[]; connect: Timed | null; answer: Timed | null };
type Counts = { readonly answers: number; readonly refusals: number };

export class ProviderStatsBook {
  readonly #records = new Map<string, Record>();
  readonly #phases = new Map<PhaseName, Timed>();
  readonly #jobs: RecentTimes;
  readonly #minutes: RecentMinutes;
  readonly #ports: ProviderStatsPorts;

  constructor(ports: ProviderStatsPorts) {
    this.#ports = ports;
    this.#jobs = new RecentTimes(ports.nowMs);
    this.#minutes = new RecentMinutes(ports.wallMs);
  }

  /**
   * Counts the ends of questions about mailboxes: a reply about the mailbox, or a refusal of this node.
   *
   * @param owner of the domain that was asked about (flow/owner.ts)
   */
  told(provider: string, { answers, refusals }: Counts, owner: string): void {
    if (answers + refusals === 0) return;
    const slot = this.#slot(provider);
    slot.answers += answers;
    const before = slot.refusals.get(owner);
    if (refusals === 0 || (before === undefined && slot.refusals.size >= OWNERS_MAX)) return;
    slot.refusals.set(owner, (before ?? 0) + refusals);
  }

  /** A TCP handshake with one of its mail hosts. */
  connected(provider: string, ms: number): void {
    const record = this.#record(provider);
    record.connect = { average: afterDistance(this.#live(record.connect, DISTANCE_MS), ms), atMs: this.#ports.nowMs() };
  }

  /** From the start of a job to its first answer. */
  answered(provider: string, ms: number): void {
    const record = this.#record(provider);
    record.answer = this.#timed(record.answer, ms, DISTANCE_MS);
  }

  phase(name: PhaseName, ms: number): void {
    if (name === 'job') {
      this.#jobs.note(ms);
      this.#minutes.job();
    }
    this.#phases.set(name, this.#timed(this.#phases.get(name) ?? null, ms, SLOTS * SLOT_MS));
  }

  /** The end of a question about one recipient (recent-minutes.ts). */
  ended(...end: Parameters<RecentMinutes['ended']>): void {
    this.#minutes.ended(...end);
  }

  /** Providers that the node rests for first, then providers of the table, then hosts; the busiest first in each. */
  report(): Pick<Heartbeat, 'standings' | 'phases' | 'job_quantiles' | 'minutes'> {
    const resting = this.#ports.restingProviders();
    const names = new Set([...resting, ...this.#records.keys()]);
    const standings = [...names]
      .map((provider) => this.#statsOf(provider, resting.has(provider)))
      .filter(({ answers, refusals, is_resting, connect_ms, answer_ms }) => {
        return answers + refusals > 0 || is_resting || connect_ms !== null || answer_ms !== null;
      })
      .sort((a, b) => rankOf(b) - rankOf(a) || b.answers + b.refusals - a.answers - a.refusals)
      .slice(0, PROVIDER_STATS_MAX);
    const [dns, connect, greeting, ehlo, job] = PHASES.map((name) => this.#phaseMs(name));
    return {
      standings,
      phases: {
        dns: dns ?? null,
        connect: connect ?? null,
        greeting: greeting ?? null,
        ehlo: ehlo ?? null,
        job: job ?? null,
      },
      job_quantiles: { p50_ms: this.#jobs.quantile(0.5), p95_ms: this.#jobs.quantile(0.95) },
      minutes: this.#minutes.whole(),
    };
  }

  #statsOf(provider: string, isResting: boolean): ProviderStats {
    const { slots, connect, answer } = this.#records.get(provider) ?? { slots: [], connect: null, answer: null };
    const oldest = Math.floor(this.#ports.nowMs() / SLOT_MS) - SLOTS;
    const live = slots.filter(({ minute }) => minute > oldest);
    return {
      provider,
      answers: live.reduce((sum, { answers }) => sum + answers, 0),
      refusals: providerById(provider) === null ? refusalsOf(live) : refusalsByOwners(live),
      is_resting: isResting,
      connect_ms: this.#live(connect, DISTANCE_MS)?.shownMs ?? null,
      answer_ms: this.#live(answer, DISTANCE_MS)?.shownMs ?? null,
    };
  }

  #phaseMs(name: PhaseName): number | null {
    const average = this.#live(this.#phases.get(name) ?? null, SLOTS * SLOT_MS);
    return average === null ? null : Math.round(average.averageMs * 10) / 10;
  }

  #timed(before: Timed | null, ms: number, lifeMs: number): Timed {
    return { average: afterSample(this.#live(before, lifeMs), ms), atMs: this.#ports.nowMs() };
  }

  #live(timed: Timed | null, lifeMs: number): SteadyAverage | null {
    return timed !== null && this.#ports.nowMs() - timed.atMs < lifeMs ? timed.average : null;
  }

  /** The slot of this minute. */
  #slot(provider: string): Slot {
    const minute = Math.floor(this.#ports.nowMs() / SLOT_MS);
    const { slots } = this.#record(provider);
    const known = slots.find((each) => each.minute === minute);
    if (known !== undefined) return known;
    if (slots.length >= SLOTS) slots.shift();
    const slot: Slot = { minute, answers: 0, refusals: new Map() };
    slots.push(slot);
    return slot;
  }

  /** LRU, but a provider of the table is never evicted: hosts can be made up in any number. */
  #record(provider: string): Record {
    const record = this.#records.get(provider) ?? { slots: [], connect: null, answer: null };
    this.#records.delete(provider);
    if (this.#records.size >= PROVIDERS_MAX) {
      this.#forgetOldestHost();
    }
    this.#records.set(provider, record);
    return record;
  }

  #forgetOldestHost(): void {
    for (const name of this.#records.keys()) {
      if (providerById(name) !== null) continue;
      this.#records.delete(name);
      return;
    }
  }
}

function refusalsOf(slots: readonly Slot[]): number {
  return slots.reduce((sum, { refusals }) => [...refusals.values()].reduce((count, each) => count + each, sum), 0);
}

function refusalsByOwners(slots: readonly Slot[]): number {
  const owners = new Set(slots.flatMap(({ refusals }) => [...refusals.keys()]));
  return owners.size < OWNERS_MIN ? 0 : slots.reduce((sum, { refusals }) => sum + refusals.size, 0);
}

/** The owner of a name can make any number of hosts reply: they must not push a provider out of a report. */
function rankOf({ provider, is_resting }: ProviderStats): number {
  return Number(is_resting) * 2 + Number(providerById(provider) !== null);
}
