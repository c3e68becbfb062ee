/**
 * How each provider treats each source address of the node: for the operator's matrix. It decides nothing; the sources
 * that rest do so by memory/sources.ts.
 *
 * Two alternating windows of five minutes, so that a count covers the last five to ten. A provider is counted as in
 * provider-stats.ts: the operator of the host that replied, or that host itself.
 */
import { PROVIDER_STATS_MAX, type Treatment } from '../../shared/enrolment.ts';
import { providerById } from '../../shared/providers.ts';
import { type ReplyClass, replyClassRow } from '../../shared/replies/classes.ts';
import type { Reply, Stage } from '../../shared/replies/reply.ts';

const WINDOW_MS = 300_000;
/** Pairs of a source and a provider in one window; further ones are not counted. Hosts can be made up in any number. */
const PAIRS_MAX = 4_000;

type Kind = 'answers' | 'refusals' | 'deferrals';
type Counts = { answers: number; refusals: number; deferrals: number; last: ReplyClass };
/** By source, then by provider. */
type Window = { readonly bySource: Map<string, Map<string, Counts>>; pairs: number };

export class Treatments {
  readonly #nowMs: () => number;
  #current: Window = emptyWindow();
  #before: Window = emptyWindow();
  #sinceMs: number;

  /** @param nowMs milliseconds on any monotonic scale */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
    this.#sinceMs = nowMs();
  }

  /** A reply to a connection from this address; null is the system's choice. */
  heard(ip: string | null, provider: string, stage: Stage, { code }: Reply, replyClass: ReplyClass): void {
    const kind = kindOf(stage, code, replyClass);
    if (kind === null) return;
    this.#turn();
    const counts = this.#countsOf(ip, provider, replyClass);
    if (counts === null) return;
    counts[kind] += 1;
    counts.last = replyClass;
  }

  /** Providers of the table first, then hosts; those that refuse first in each, then the busiest. */
  of(ip: string | null): Treatment[] {
    this.#turn();
    const now = this.#current.bySource.get(nameOf(ip)) ?? new Map<string, Counts>();
    const before = this.#before.bySource.get(nameOf(ip)) ?? new Map<string, Counts>();
    return [...new Set([...now.keys(), ...before.keys()])]
      .map((provider) => sumOf(provider, now.get(provider), before.get(provider)))
      .sort((a, b) => rankOf(b) - rankOf(a) || volumeOf(b) - volumeOf(a))
      .slice(0, PROVIDER_STATS_MAX);
  }

  #countsOf(ip: string | null, provider: string, last: ReplyClass): Counts | null {
    const { bySource, pairs } = this.#current;
    const byProvider = bySource.get(nameOf(ip)) ?? new Map<string, Counts>();
    const known = byProvider.get(provider);
    if (known !== undefined) return known;
    if (pairs >= PAIRS_MAX && providerById(provider) === null) return null;
    const counts = { answers: 0, refusals: 0, deferrals: 0, last };
    bySource.set(nameOf(ip), byProvider.set(provider, counts));
    this.#current.pairs += 1;
    return counts;
  }

  #turn(): void {
    const windows = Math.floor((this.#nowMs() - this.#sinceMs) / WINDOW_MS);
    if (windows === 0) return;
    this.#before = windows === 1 ? this.#current : emptyWindow();
    this.#current = emptyWindow();
    this.#sinceMs += windows * WINDOW_MS;
  }
}

function emptyWindow(): Window {
  return { bySource: new Map(), pairs: 0 };
}

function nameOf(ip: string | null): string {
  return ip ?? '';
}

/** Yes to a step before RCPT says nothing yet; a 4yz is "later", whoever is blamed. */
function kindOf(stage: Stage, code: number, replyClass: ReplyClass): Kind | null {
  const { blame } = replyClassRow(replyClass);
  if (blame === 'nobody' || blame === 'recipient') return stage === 'rcpt' ? 'answers' : null;
  return code < 500 || blame === 'server' ? 'deferrals' : 'refusals';
}

function sumOf(provider: string, now: Counts | undefined, before: Counts | undefined): Treatment {
  const sum = (kind: Kind): number => (now?.[kind] ?? 0) + (before?.[kind] ?? 0);
  return {
    provider,
    answers: sum('answers'),
    refusals: sum('refusals'),
    deferrals: sum('deferrals'),
    last: now?.last ?? before?.last ?? 'proceed',
  };
}

function volumeOf({ answers, refusals, deferrals }: Treatment): number {
  return answers + refusals + deferrals;
}

/** The owner of a name can make any number of hosts refuse: they must not push a provider out of a report. */
function rankOf({ provider, refusals }: Treatment): number {
  return Number(providerById(provider) !== null) * 2 + Number(refusals > 0);
}
