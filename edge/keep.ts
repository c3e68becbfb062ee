/**
 * What is kept of a climb when it is over: the verdict, what the domain has shown, and a recheck where the server said
 * "later". After it: memory/ and rechecks/, by way of the ports.
 */
import type { Answer } from '../shared/answer.ts';
import { canonicalOf } from '../shared/canonical.ts';
import { providerOfMx } from '../shared/providers.ts';
import { retryHintSeconds } from '../shared/replies/retry-hint.ts';
import { acceptsStrangers } from '../shared/replies/stranger.ts';
import { addressOf, type Climb } from './ladder.ts';
import type { DomainMemory } from './memory/domains.ts';
import {
  DNS_FACT_SECONDS,
  isDnsFact,
  isDueForRefresh,
  leftSeconds,
  lifeSeconds,
  mayReplace,
} from './memory/freshness.ts';
import type { Remembered } from './memory/results.ts';
import type { Recheck } from './rechecks/message.ts';
import { recheckDelaySeconds } from './rechecks/schedule.ts';

/** Milliseconds by which a reply to a stranger must be newer than the one remembered to be another one. */
const SAME_STRANGER_MS = 60_000;

export type KeepPorts = {
  readonly recall: (canonical: string) => Promise<Remembered | null>;
  readonly remember: (canonical: string, value: Remembered, seconds: number) => Promise<void>;
  readonly rememberDomain: (domain: string, memory: DomainMemory) => Promise<void>;
  /** Plans to ask again by ourselves. */
  readonly scheduleRecheck: (recheck: Recheck, delaySeconds: number) => Promise<void>;
  /** Keeps work alive after the answer has gone out. */
  readonly waitUntil: (work: Promise<unknown>) => void;
  readonly nowMs: () => number;
};

/**
 * Remembers what a mail server said, and plans a recheck where it said "later"; nothing from memory is kept again, and what
 * another climb has found out is kept by that one.
 */
export async function keep(climb: Climb, answer: Answer, ports: KeepPorts): Promise<void> {
  if (answer.cached || climb.isJoined) return;
  const { smtp } = answer;
  if (smtp === null) return keepDnsFact(climb, answer, ports);
  await Promise.all([
    keepVerdict(climb, answer, smtp, ports),
    keepDomain(climb, ports),
    planRecheck(climb, answer, smtp.node, ports),
  ]);
}

async function keepVerdict(
  climb: Climb,
  answer: Answer,
  { text: _, ...smtp }: NonNullable<Answer['smtp']>,
  ports: KeepPorts,
): Promise<void> {
  const { reason, mx, checked_at, retry_after } = answer;
  const canonical = canonicalOf(addressOf(climb).address);
  // An answer replaces whatever was there, and is at hand for the next caller without delay.
  const before = mayReplace(reason, 'accepted') ? null : await ports.recall(canonical);
  if (before !== null && !mayReplace(reason, before.reason)) return keepTried(canonical, before, ports);
  const seconds = lifeSeconds(reason, retry_after);
  if (seconds === 0) return;
  const value = { reason, catch_all: answer.flags.catch_all, mx, smtp, checked_at, retry_after };
  const rechecks = climb.options.recheck?.attempt;
  await ports.remember(canonical, rechecks === undefined ? value : { ...value, rechecks }, seconds);
}

/** An old verdict outlives an attempt to find it out anew that brought nothing; the next attempt waits for a while. */
async function keepTried(canonical: string, before: Remembered, ports: KeepPorts): Promise<void> {
  const nowMs = ports.nowMs();
  const seconds = leftSeconds(before, nowMs);
  if (seconds <= 0 || !isDueForRefresh(before, nowMs)) return;
  await ports.remember(canonical, { ...before, tried_at: new Date(nowMs).toISOString() }, seconds);
}

/** A domain that is gone, or takes no mail any more, ends what was remembered of its mailboxes. */
async function keepDnsFact(climb: Climb, { reason, checked_at }: Answer, ports: KeepPorts): Promise<void> {
  if (!isDnsFact(reason) || climb.isUnremembered) return;
  const canonical = canonicalOf(addressOf(climb).address);
  const before = await ports.recall(canonical);
  if (before === null || before.reason === reason) return;
  await ports.remember(canonical, { reason, catch_all: null, mx: null, smtp: null, checked_at }, DNS_FACT_SECONDS);
}

/** What a random mailbox was told, where that says something of the domain. */
async function keepDomain(climb: Climb, ports: KeepPorts): Promise<void> {
  const { probe } = climb.findings;
  if (probe === null || typeof probe === 'string' || probe.stranger === null) return;
  const { reply, age_s } = probe.stranger;
  const provider = probe.host === null ? null : providerOfMx(probe.host);
  const acceptsAll = acceptsStrangers(reply, provider?.id ?? null);
  if (acceptsAll === null) return;
  const learntAtMs = ports.nowMs() - age_s * 1000;
  // A node tells again what it has told before, and one node may know less than another has taught us since.
  const knownAtMs = climb.rememberedDomain === null ? null : Date.parse(climb.rememberedDomain.learnt_at);
  if (knownAtMs !== null && learntAtMs < knownAtMs + SAME_STRANGER_MS) return;
  const learnt_at = new Date(learntAtMs).toISOString();
  const memory = { accepts_all: acceptsAll, code: reply.code, enhanced: reply.enhanced, learnt_at };
  await ports.rememberDomain(addressOf(climb).domain, memory);
}

async function planRecheck(climb: Climb, answer: Answer, node: string, ports: KeepPorts): Promise<void> {
  const { probe } = climb.findings;
  if (probe === null || typeof probe === 'string') return;
  const hint = probe.retry_after_s ?? (probe.reply === null ? null : retryHintSeconds(probe.reply));
  const attempt = climb.options.recheck?.attempt ?? 0;
  const delay = recheckDelaySeconds(answer.reason, attempt, hint);
  if (delay === null) return;
  const { address } = addressOf(climb);
  await ports.scheduleRecheck({ address, node, attempt, planned_at_ms: ports.nowMs() }, delay);
}
