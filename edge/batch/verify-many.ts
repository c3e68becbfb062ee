/**
 * Verifies many addresses at once: the flow of one address for each distinct one, over ports that batch.
 *
 * Before it: routes/batch.ts, verifier.ts. After it: flow/verify.ts, unchanged; batch-memory.ts, batch-queries.ts and
 * batch-probes.ts turn a thousand climbs into a few reads, queries and requests. Verdicts come in the order of
 * completion: those without I/O first. If a climb breaks on our side, only its own address loses its verdict. If the
 * client goes, all work in flight is aborted.
 *
 * Bounds of a Worker: a thousand climbs and their answers are some 10 MB of its 128; at most four DNS queries wait at
 * once; a domain costs two or three subrequests, an address at most one write, so that a thousand addresses of a
 * thousand domains stay below 5,000 of the 10,000 that a paid invocation has (a free one has 50: some 20 domains).
 */
import { type ParsedAddress, parseAddress } from '../../shared/address.ts';
import type { Answer } from '../../shared/answer.ts';
import type { ClimbOptions } from '../flow/climb.ts';
import { answerToFault, type VerifyPorts, verify } from '../flow/verify.ts';
import { delayInTurn } from '../rechecks/schedule.ts';
import type { BatchMember } from './batch-probes.ts';

export const EMAILS_MAX = 1000;
/** Climbs of bulk work that begin together: some milliseconds of processor. */
const PIECE = 5;

/** A verdict, and the positions of its address in the list. */
export type PlacedAnswer = Answer & { readonly index: readonly number[] };

type Gathering = {
  readonly ports: Omit<VerifyPorts, 'waitUntil' | 'probe' | 'quota' | 'names'>;
  /** Registers a climb that is about to begin, by its domain. */
  readonly join: (domain: string) => BatchMember;
  /** Call it after the last verdict: pending writes may use more connections then. */
  readonly finish: () => void;
  /** Bulk work: resolves when the next piece of it may begin. */
  readonly giveWay?: () => Promise<void>;
};

export type ManyPorts = {
  /** Ports of one list; they end with the signal. The routes add `traceparent`. */
  readonly gather: (signal: AbortSignal, traceparent?: string, giveWay?: Gathering['giveWay']) => Gathering;
  readonly waitUntil: VerifyPorts['waitUntil'];
  readonly quota: VerifyPorts['quota'];
  readonly names: VerifyPorts['names'];
  /** Called for each climb that threw; its address gets an answer all the same. */
  readonly onFault: (error: unknown) => void;
};

/** Ends when every address has its verdict, or when the signal says that the client has gone. */
export async function verifyMany(
  emails: readonly string[],
  options: ClimbOptions,
  ports: ManyPorts,
  onAnswer: (answer: PlacedAnswer) => unknown,
  signal: AbortSignal,
): Promise<void> {
  const { ports: gathered, join, finish, giveWay } = ports.gather(signal);
  // Register all climbs before the first begins: a domain is asked once the last of its addresses has come.
  const climbs = distinct(emails).map((entry) => ({
    ...entry,
    member: entry.parsed.ok ? join(entry.parsed.address.domain) : null,
  }));
  // Without bulk work all begin at once; with it some at a time.
  const begun = giveWay === undefined ? null : turnsOf(climbs.length, giveWay);
  const work = Promise.all(
    climbs.map(async ({ member, ...entry }, position) => {
      if (begun !== null) await begun[Math.floor(position / PIECE)];
      if (signal.aborted) return;
      const probe: VerifyPorts['probe'] = member?.probe ?? (async () => null);
      const scheduleRecheck: VerifyPorts['scheduleRecheck'] = (recheck, delaySeconds) =>
        gathered.scheduleRecheck(recheck, delayInTurn(delaySeconds, position));
      const own: VerifyPorts = {
        ...gathered,
        waitUntil: ports.waitUntil,
        quota: ports.quota,
        names: ports.names,
        probe,
        scheduleRecheck,
      };
      const answer = await answerOf(entry, options, own, ports.onFault).finally(member?.leave);
      if (!signal.aborted) await onAnswer({ ...answer, index: entry.index });
    }),
  );
  // Runs even if the client has gone: verdicts found so far are kept.
  await work.finally(() => {
    finish();
    ports.quota?.close();
  });
}

/** One promise for each piece of the climbs, fulfilled when it may begin. */
function turnsOf(climbs: number, giveWay: () => Promise<void>): readonly Promise<void>[] {
  return Array.from({ length: Math.ceil(climbs / PIECE) }, () => giveWay());
}

async function answerOf(
  { email, parsed }: Entry,
  options: ClimbOptions,
  ports: VerifyPorts,
  onFault: ManyPorts['onFault'],
): Promise<Answer> {
  try {
    return await verify(email, options, ports, parsed);
  } catch (error) {
    onFault(error);
    return answerToFault(email, options, ports.nowMs(), parsed);
  }
}

type Entry = { readonly email: string; readonly parsed: ParsedAddress; readonly index: readonly number[] };

/**
 * Groups addresses that are equal once normalised (trimmed, domain in A-labels), under the spelling that came first.
 * The case of a local part is the server's to judge, and two aliases of one mailbox are two addresses. A text that is
 * not an address is grouped with equal texts.
 */
function distinct(emails: readonly string[]): readonly Entry[] {
  const entries = new Map<string, Entry & { readonly index: number[] }>();
  for (const [position, email] of emails.entries()) {
    const parsed = parseAddress(email);
    const key = parsed.ok ? parsed.address.address : ` ${email.trim()}`;
    const known = entries.get(key);
    if (known === undefined) entries.set(key, { email, parsed, index: [position] });
    else known.index.push(position);
  }
  return [...entries.values()];
}
