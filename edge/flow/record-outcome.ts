/**
 * Records the outcome of a climb: remembers the verdict and the behaviour of the mail host, and plans a recheck if the
 * server said "later". After it: memory/ and rechecks/, by way of the ports.
 */
import type { Answer } from '../../shared/answer.ts';
import { providerOfMx } from '../../shared/providers.ts';
import type { classify } from '../../shared/replies/classify.ts';
import type { Reply } from '../../shared/replies/reply.ts';
import { retryHintSeconds } from '../../shared/replies/retry-hint.ts';
import { acceptsStrangers } from '../../shared/replies/stranger.ts';
import { reasonRow } from '../../shared/verdict.ts';
import { putOffOf } from '../judge/verdict.ts';
import type { HostMemory, Lesson } from '../memory/domains.ts';
import {
  DNS_FACT_SECONDS,
  isDnsFact,
  isDueForRefresh,
  leftSeconds,
  lifeSeconds,
  mayReplace,
} from '../memory/freshness.ts';
import type { RememberedVerdict } from '../memory/results.ts';
import type { Recheck } from '../rechecks/message.ts';
import { recheckDelaySeconds, spreadDelay } from '../rechecks/schedule.ts';
import { type AddressClimb, type Climb, withAddress } from './climb.ts';

export type KeepPorts = {
  /** By the address on the wire, as everything that a mail server said. */
  readonly recall: (address: string) => Promise<RememberedVerdict | null>;
  readonly remember: (address: string, value: RememberedVerdict, seconds: number) => Promise<void>;
  readonly rememberHost: (lesson: Lesson, memory: HostMemory) => Promise<void>;
  /** Plans to ask again by ourselves. */
  readonly scheduleRecheck: (recheck: Recheck, delaySeconds: number) => Promise<void>;
  readonly classify: typeof classify;
  /** Keeps work alive after the answer has gone out. */
  readonly waitUntil: (work: Promise<unknown>) => void;
  readonly nowMs: () => number;
  /** In [0, 1). */
  readonly random: () => number;
};

/**
 * Remembers the verdict of a mail server, and plans a recheck if it said "later". A verdict from memory is not recorded
 * again, and a probe that was joined is recorded by the climb that began it.
 */
export async function keep(climb: Climb, answer: Answer, ports: KeepPorts): Promise<void> {
  if (answer.cached || climb.isJoined) return;
  const { smtp } = answer;
  const known = withAddress(climb);
  if (smtp === null || isDnsFact(answer.reason)) return keepDnsFact(known, answer, ports);
  await Promise.all([
    keepVerdict(known, answer, smtp, ports),
    keepHost(known, answer, ports),
    planRecheck(known, answer, smtp.node, ports),
  ]);
}

async function keepVerdict(
  climb: AddressClimb,
  answer: Answer,
  { text: _, ...smtp }: NonNullable<Answer['smtp']>,
  ports: KeepPorts,
): Promise<void> {
  const { reason, mx, checked_at, retry_after } = answer;
  const { address } = climb.address;
  // An answer replaces whatever was there, and is at hand for the next caller without delay.
  const before = mayReplace(reason, 'accepted') ? null : await ports.recall(address);
  if (before !== null && !mayReplace(reason, before.reason)) return keepTried(address, before, ports);
  const seconds = lifeSeconds(reason, retry_after, isOfFirstPreference(smtp.host, mx));
  if (seconds === 0) return;
  const value = { reason, catch_all: answer.flags.catch_all, mx, smtp, checked_at, retry_after };
  const rechecks = climb.options.recheck?.attempt;
  await ports.remember(address, rechecks === undefined ? value : { ...value, rechecks }, seconds);
}

/** Whether the host is one of those that mail is brought to first (RFC 5321 §5.1). */
function isOfFirstPreference(host: string | null, mx: Answer['mx']): boolean {
  const hosts = mx?.hosts ?? [];
  const first = Math.min(...hosts.map(({ preference }) => preference));
  return hosts.some((known) => known.host === host && known.preference === first);
}

/** An old verdict outlives an attempt to find it out anew that brought nothing; the next attempt waits for a while. */
async function keepTried(address: string, before: RememberedVerdict, ports: KeepPorts): Promise<void> {
  const nowMs = ports.nowMs();
  const seconds = leftSeconds(before, nowMs);
  if (seconds <= 0 || !isDueForRefresh(before, nowMs)) return;
  await ports.remember(address, { ...before, tried_at: new Date(nowMs).toISOString() }, seconds);
}

/** If a domain is gone, or takes no mail any more, that replaces the remembered verdict of the mailbox. */
async function keepDnsFact(climb: AddressClimb, { reason, checked_at }: Answer, ports: KeepPorts): Promise<void> {
  if (!isDnsFact(reason) || climb.isUnremembered) return;
  const { address } = climb.address;
  const before = await ports.recall(address);
  if (before === null || before.reason === reason) return;
  await ports.remember(address, { reason, catch_all: null, mx: null, smtp: null, checked_at }, DNS_FACT_SECONDS);
}

/** The behaviour of the host: its reply to a random mailbox, or its refusal of this one, which proves that it refuses some. */
async function keepHost(climb: AddressClimb, { reason }: Answer, ports: KeepPorts): Promise<void> {
  const { probe } = climb.findings;
  if (probe === null || typeof probe === 'string' || probe.host === null) return;
  const { host, reply, stranger, node } = probe;
  const lesson: Lesson = { domain: climb.address.domain, host, known: climb.rememberedDomain };
  const learn = ({ code, enhanced }: Reply, accepts_all: boolean | null, ageSeconds: number): Promise<void> => {
    const learnt_at = new Date(ports.nowMs() - ageSeconds * 1000).toISOString();
    return ports.rememberHost(lesson, { accepts_all, code, enhanced, node, learnt_at });
  };
  if (reply !== null && reasonRow(reason).isRefusal) return learn(reply, null, 0);
  if (stranger === null) return;
  const acceptsAll = acceptsStrangers(stranger.reply, providerOfMx(host)?.id ?? null, ports.classify);
  if (acceptsAll !== null) await learn(stranger.reply, acceptsAll, stranger.age_s);
}

async function planRecheck(climb: AddressClimb, answer: Answer, node: string, ports: KeepPorts): Promise<void> {
  const { probe } = climb.findings;
  if (probe === null || typeof probe === 'string') return;
  const putOff = answer.reason === 'unconfirmed' ? putOffOf(probe, ports.classify) : null;
  const hint = probe.retry_after_s ?? (probe.reply === null ? null : retryHintSeconds(probe.reply));
  const attempt = climb.options.recheck?.attempt ?? 0;
  // A random mailbox that is put off is asked about again as an address would be.
  const delay =
    putOff === null
      ? recheckDelaySeconds(answer.reason, attempt, hint)
      : recheckDelaySeconds(putOff.reason, attempt, putOff.hintSeconds);
  if (delay === null) return;
  const { address } = climb.address;
  await ports.scheduleRecheck(
    { address, node, attempt, planned_at_ms: ports.nowMs() },
    spreadDelay(answer.reason, delay, ports.random()),
  );
}
