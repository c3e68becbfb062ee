/**
 * Continuous load, single questions and lists, about mailboxes with a known answer of the mail server; and the outcome
 * of all.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { answerSchema } from '../../../shared/answer.ts';
import type { Reason } from '../../../shared/verdict.ts';
import type { DrillSize } from './drilled-edge.ts';

/** Servers that know their mailboxes, and servers that take everything. */
const DOMAINS = Array.from({ length: 12 }, (_, index) => `firm${index}.test`);
const CATCH_ALLS = ['any1.test', 'any2.test'];
export const ALL_DOMAINS = [...DOMAINS, ...CATCH_ALLS];

/** Milliseconds from which a verdict counts as late. */
const LATE_MS = 1_000;
/** Milliseconds within which a busy machine has every verdict: the longest deadline there is. */
const DEADLINE_MS = 60_000;
/** Milliseconds until a client asks again. */
const BACK_OFF_MS = 50;

/** The mailboxes of the mail server. */
export function isMailbox(address: string): boolean {
  return address.startsWith('known') || CATCH_ALLS.some((domain) => address.endsWith(`@${domain}`));
}

type Question = { readonly email: string; readonly reason: Reason };

type Verdict = { readonly email: string; readonly reason: string; readonly verdict: string; readonly node: string };
type Told = Verdict & { readonly tookMs: number; readonly atMs: number };

export type LoadReport = {
  /** Addresses asked about. */
  readonly asked: number;
  /** Without an answer, with more than one, with another than the mail server's, and with none of the mail server's. */
  readonly lost: number;
  readonly doubled: number;
  readonly wrong: number;
  readonly unknown: number;
  /** Reasons of the unknown ones. */
  readonly unknownFor: readonly string[];
};

export type Load = {
  /** Verdicts so far, in the order in which they came. */
  readonly told: () => readonly Told[];
  /** Stops, and waits for the questions in flight. */
  readonly stop: () => Promise<LoadReport>;
  /** Outcome of all questions; ends by itself if their number is given. */
  readonly report: Promise<LoadReport>;
  /** Questions repeated because the edge could not take them. */
  readonly repeated: () => number;
};

export type LoadOptions = {
  /** Of the run: no mailbox is asked about in two of them. */
  readonly name: string;
  /** Addresses to ask about; without it there is no end before `stop`. */
  readonly count?: number;
  /** Whether a request that never got through, or was cut, is made again, as a client does while its edge is replaced. */
  readonly asksAgain?: boolean;
  readonly size: Pick<DrillSize, 'atOnce' | 'listLength'>;
};

export function startLoad(
  edgeUrl: string,
  { name, count = Number.POSITIVE_INFINITY, asksAgain = false, size: { atOnce, listLength } }: LoadOptions,
): Load {
  const questions: Question[] = [];
  const told: Told[] = [];
  let isOver = false;
  let repeated = 0;
  const next = (): Question | null => {
    if (isOver || questions.length >= count) return null;
    const question = questionOf(name, questions.length);
    questions.push(question);
    return question;
  };
  const ask = async (some: readonly Question[], put: Put): Promise<void> => {
    const startMs = performance.now();
    const open = new Set(some.map(({ email }) => email));
    do {
      try {
        for await (const verdict of put(edgeUrl, [...open])) {
          open.delete(verdict.email);
          const atMs = performance.now();
          told.push({ ...verdict, atMs, tookMs: atMs - startMs });
        }
        return;
      } catch {
        // No answer, or one that is not a verdict: the questions in flight are lost.
        if (!asksAgain) return;
        repeated += open.size;
        await delay(BACK_OFF_MS);
      }
    } while (open.size > 0);
  };
  const askSingles = async (): Promise<void> => {
    for (let question = next(); question !== null; question = next()) await ask([question], putOne);
  };
  const askLists = async (): Promise<void> => {
    for (;;) {
      const list = Array.from({ length: listLength }, next).filter((question) => question !== null);
      if (list.length === 0) return;
      await ask(list, putList);
    }
  };
  const report = Promise.all([askLists(), ...Array.from({ length: atOnce }, askSingles)]).then(() =>
    tally(questions, told),
  );
  return {
    told: () => told,
    report,
    repeated: () => repeated,
    stop: () => {
      isOver = true;
      return report;
    },
  };
}

/** Mailboxes of a load that the mail server was asked about more than once: by hedges, and after a node had failed. */
export function askedTwice(asked: readonly string[], name: string): number {
  const counts = new Map<string, number>();
  for (const address of asked) counts.set(address, (counts.get(address) ?? 0) + 1);
  return [...counts].filter(([address, count]) => count > 1 && address.includes(name)).length;
}

/** Nothing is lost, and everything is as the mail server would say. */
export const NOTHING_WRONG = { lost: 0, doubled: 0, wrong: 0, unknown: 0, unknownFor: [] };

function tally(questions: readonly Question[], told: readonly Told[]): LoadReport {
  const truths = new Map<string, string>(questions.map(({ email, reason }) => [email, reason]));
  const heard = new Set(told.map(({ email }) => email));
  const differing = told.filter(({ email, reason }) => truths.get(email) !== reason);
  const unknown = differing.filter(({ verdict }) => verdict === 'unknown');
  return {
    asked: questions.length,
    lost: questions.filter(({ email }) => !heard.has(email)).length,
    doubled: told.length - heard.size,
    wrong: differing.length - unknown.length,
    unknown: unknown.length,
    unknownFor: [...new Set(unknown.map(({ reason }) => reason))],
  };
}

/** Milliseconds from the strike to the last verdict that was late: how long it took until all was as before. */
function settledMs(told: readonly Told[], struckAtMs: number): number {
  const late = told.filter(({ tookMs, atMs }) => tookMs >= LATE_MS && atMs > struckAtMs);
  return Math.round(Math.max(struckAtMs, ...late.map(({ atMs }) => atMs)) - struckAtMs);
}

/** A line for the reader of the run. */
export function tell(drill: string, { asked, ...faults }: LoadReport, told: readonly Told[], struckAtMs: number): void {
  const took = told.map(({ tookMs }) => tookMs).sort((a, b) => a - b);
  const at = (share: number): number => Math.round(took[Math.floor((took.length - 1) * share)] ?? 0);
  console.log(
    `${drill}: ${asked} asked, ${JSON.stringify(faults)}, p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, slowest ${at(1)} ms, ` +
      `normal again after ${settledMs(told, struckAtMs)} ms`,
  );
}

/** In turn a mailbox that exists, one that does not, and one of a catch-all domain. */
function questionOf(name: string, index: number): Question {
  if (index % 10 === 9) return { email: `${name}${index}@${CATCH_ALLS[index % 2]}`, reason: 'catch_all' };
  const isKnown = index % 2 === 0;
  const domain = DOMAINS[index % DOMAINS.length];
  return {
    email: `${isKnown ? 'known' : 'gone'}-${name}${index}@${domain}`,
    reason: isKnown ? 'accepted' : 'mailbox_not_found',
  };
}

type Put = (edgeUrl: string, emails: readonly string[]) => AsyncIterable<Verdict>;

const verdictSchema = answerSchema()
  .pick({ email: true, reason: true, verdict: true, smtp: true })
  .transform(({ smtp, ...rest }): Verdict => ({ ...rest, node: smtp?.node ?? 'none' }));

const putOne: Put = async function* (edgeUrl, [email = '']) {
  const query = new URLSearchParams({ email, deadline_ms: String(DEADLINE_MS) });
  const response = await fetch(new URL(`/v1/verify?${query}`, edgeUrl));
  yield verdictSchema.parse(await response.json());
};

const putList: Put = async function* (edgeUrl, emails) {
  const response = await fetch(new URL('/v1/verify/batch', edgeUrl), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ emails, deadline_ms: DEADLINE_MS }),
  });
  if (!response.ok) throw new Error(`a list was answered ${response.status}`);
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of response.body ?? []) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    yield* z.array(verdictSchema).parse(lines.filter(Boolean).map((line): unknown => JSON.parse(line)));
  }
};
