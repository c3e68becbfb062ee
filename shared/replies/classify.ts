/**
 * Classifies a reply: `classify(stage, reply, provider)` gives one class and the id of the rule that decided.
 *
 * It reads the reply and nothing else; the verdict is made elsewhere (classes.ts gives the reason of a class, the judge
 * in edge/judge/verdict.ts weighs it). It never fails, holds no state and takes time linear in the reply.
 *
 * Laws hold against every row: a row that would break one is passed over. The laws of stage and code (`isLawful`) are
 * known before the reply is read:
 * (a) before RCPT a reply is about us or the server: it neither blames the mailbox nor accepts it;
 * (b) a 4yz never says that a mailbox is missing or closed; it may say that it is full;
 * (c) only a 2yz at RCPT accepts, and 252 accepts unverified;
 * (d) a 5yz that no row recognises is a policy, never a missing mailbox.
 * The laws of the reply (doubts.ts) are applied to the row that matches:
 * (e) a reply that is about us, by its status or by the names in it, blames neither the mailbox nor its domain;
 * (f) a reply that is temporary by its words, reports on the sender or finds fault with a thing that is no mailbox,
 *     never says that a mailbox is missing or closed;
 * (g) a clause that puts another cause beside a fault of the mailbox, with an "or", is not read by rows that blame it;
 * (h) a status X.7.Z is a policy: it is neither a slip of the protocol nor, with a 5yz, a temporary fault.
 * After it: reply.ts (what a reply is), rules.ts (the rows), doubts.ts (laws e to h).
 */
import { type ReplyClass, replyClassRow } from './classes.ts';
import { certainWords, isAboutUs, isForNow, isOfAnother, isOnTheAsker, namesUsAlone, type Status } from './doubts.ts';
import type { Reply, Stage } from './reply.ts';
import { type Pattern, type RuleRow, regExpOf } from './rule.ts';
import { RULE_TIERS, type RuleTier } from './rules.ts';
import { type Wording, wordingOf } from './wording.ts';

/** The class of a reply and the id of the rule row that decided, for people and for stored verdicts. */
export type Classification = { readonly class: ReplyClass; readonly rule: string };

/** A reply code outside 200 to 599 is not SMTP. */
const NO_SMTP: Classification = { class: 'protocol_error', rule: 'no-smtp-code' };

/**
 * Classifies one reply. `providerId` is an id of shared/providers.ts if the answering MX host is known: rows of that
 * provider then count as well. Null if it is not known.
 */
export function classify(stage: Stage, reply: Reply, providerId: string | null = null): Classification {
  const blocks = blocksFor(stage, Math.floor(reply.code / 100));
  if (blocks === null) return NO_SMTP;
  const wording = wordingOf(reply.text);
  const status = statusOf(reply, wording);
  const isOurs = isAboutUs(status, reply.quotes);
  const certain = certainWords(wording);
  const subject: Subject = { code: reply.code, status, providerId, wording, certain, quotes: reply.quotes };
  for (const { anyText, rows } of blocks) {
    if (anyText !== null && !matches(anyText, wording.words)) continue;
    for (const row of rows) {
      if (isOurs && ABOUT_THEM.has(row.classification.class)) continue;
      if (status?.subject === POLICY && !isOfPolicy(row.classification.class, reply.code)) continue;
      if (row.fits(subject) && !isDoubted(row.classification.class, wording)) return row.classification;
    }
  }
  return NO_SMTP;
}

/** Whether a class may be given to a reply of this stage and first digit: the laws (a), (b) and (c). */
export function isLawful(replyClass: ReplyClass, stage: Stage, firstDigit: number): boolean {
  const { blame } = replyClassRow(replyClass);
  if (replyClass === 'proceed') return firstDigit === 2 && stage !== 'rcpt';
  if (blame === 'nobody') return firstDigit === 2 && stage === 'rcpt';
  if (firstDigit < 4) return replyClass === 'protocol_error';
  if (blame !== 'recipient') return true;
  return stage === 'rcpt' && (firstDigit === 5 || replyClass === 'mailbox_full');
}

/** Classes that speak of the recipient or of its domain. */
const ABOUT_THEM: ReadonlySet<ReplyClass> = new Set([
  'mailbox_not_found',
  'mailbox_disabled',
  'mailbox_full',
  'domain_not_found',
]);
/** Classes that make an address invalid. */
const FOR_GOOD: ReadonlySet<ReplyClass> = new Set(['mailbox_not_found', 'mailbox_disabled']);

/** Whether the words, apart from the fault of the mailbox that the class sees, cast doubt on it. */
function isDoubted(replyClass: ReplyClass, wording: Wording): boolean {
  if (replyClass === 'mailbox_full') return isOfAnother(wording);
  return FOR_GOOD.has(replyClass) && (isForNow(wording) || isOnTheAsker(wording) || isOfAnother(wording));
}

/** RFC 3463 §3.8: the subject of statuses about security and policy. */
const POLICY = 7;

/** RFC 5321 §4.2.3: codes below are about the command. */
const FIRST_ABOUT_RECIPIENT = 510;

function isOfPolicy(replyClass: ReplyClass, code: number): boolean {
  if (replyClass === 'protocol_error') return false;
  if (code < 500) return true;
  return replyClass !== 'temporary_failure' && (code >= FIRST_ABOUT_RECIPIENT || !ABOUT_THEM.has(replyClass));
}

type Subject = {
  readonly code: number;
  readonly status: Status | null;
  readonly providerId: string | null;
  readonly wording: Wording;
  /** The words without the clauses that are in doubt. */
  readonly certain: string;
  readonly quotes: Reply['quotes'];
};
type TriedRow = {
  readonly classification: Classification;
  readonly fits: (subject: Subject) => boolean;
};
/**
 * Rows that are tried together: all are skipped unless `anyText`, their texts in one pattern, matches. Null: always
 * tried.
 */
type Block = { readonly anyText: RegExp | null; readonly rows: readonly TriedRow[] };

/** The status of the reply; if it has none, the first status in its text (`(#5.1.1)`) of the code's class. */
function statusOf(reply: Reply, wording: Wording): Status | null {
  const found = reply.enhanced ?? wording.status;
  const match = found === null ? null : /^([245])\.(\d+)\.(\d+)$/.exec(found);
  if (match === null || match[1] !== String(reply.code)[0]) return null;
  return { subject: Number(match[2]), detail: Number(match[3]) };
}

/** First digits of the codes that SMTP knows. */
const DIGITS: ReadonlySet<number> = new Set([2, 3, 4, 5]);

/** Blocks made so far by `blocksFor`, by stage and digit: a pure function of the rows. */
const laidOut = new Map<string, readonly Block[]>();

/**
 * The rows to try, in order, without the unlawful ones. Made when the first such reply comes: most isolates and nodes
 * meet few of the combinations, and all of them at once would be half of a Worker's start-up.
 */
function blocksFor(stage: Stage, digit: number): readonly Block[] | null {
  if (!DIGITS.has(digit)) return null;
  const key = `${stage} ${digit}`;
  const known = laidOut.get(key);
  if (known !== undefined) return known;
  const blocks = RULE_TIERS.flatMap((tier) => blocksOf(tier, stage, digit));
  laidOut.set(key, blocks);
  return blocks;
}

/**
 * The lawful rows of a tier; in a rare tier the rows with a text are a block of their own, with one pattern for all.
 */
function blocksOf({ rows, isRare }: RuleTier, stage: Stage, digit: number): readonly Block[] {
  const lawful = rows.filter((row) => mayCount(row, stage, digit));
  const plain = isRare ? lawful.filter((row) => row.text === undefined) : lawful;
  const rare = isRare ? lawful.filter((row) => row.text !== undefined) : [];
  return [
    { anyText: null, rows: plain.map((row) => triedRow(row, digit)) },
    { anyText: anyTextOf(rare), rows: rare.map((row) => triedRow(row, digit)) },
  ];
}

function mayCount(row: RuleRow, stage: Stage, digit: number): boolean {
  const isOfStage = row.stages === undefined || row.stages.includes(stage);
  const isOfDigit = row.codes.some((code) => code === digit || Math.floor(code / 100) === digit);
  return isOfStage && isOfDigit && isLawful(row.class, stage, digit);
}

function anyTextOf(rows: readonly RuleRow[]): RegExp | null {
  const sources = rows.flatMap(({ text }) => (text === undefined ? [] : [`(?:${regExpOf(text).source})`]));
  return sources.length === 0 ? null : new RegExp(sources.join('|'));
}

function triedRow(row: RuleRow, digit: number): TriedRow {
  return {
    classification: { class: row.class, rule: row.id },
    fits: conditionOf(row, digit),
  };
}

function conditionOf(row: RuleRow, digit: number): (subject: Subject) => boolean {
  const codes = row.codes.includes(digit) ? null : row.codes;
  const statuses = row.enhanced?.map(readStatusRange) ?? null;
  const ownProvider = row.isSigned === true ? null : row.provider;
  const blamesMailbox = replyClassRow(row.class).blame === 'recipient';
  const named = row.names;
  return ({ code, status, providerId, wording, certain, quotes }) =>
    (codes === null || codes.includes(code)) &&
    (ownProvider === null || ownProvider === providerId) &&
    (statuses === null || (status !== null && statuses.some((range) => isWithin(status, range)))) &&
    (row.url === undefined || matches(row.url, wording.urls)) &&
    (row.text === undefined
      ? !blamesMailbox || row.url !== undefined || certain === wording.words
      : matches(row.text, blamesMailbox ? certain : wording.words)) &&
    (named === undefined || (namesUsAlone(quotes) && quotes?.includes(named) === true)) &&
    (row.unless === undefined || !matches(row.unless, wording.words));
}

const LONG_SUBJECT = '-'.repeat(1024);
/** Patterns that the engine has compiled. */
const compiled = new WeakSet<RegExp>();

/**
 * Tests a text. The first time it also tests a text of a thousand units, for which V8 compiles a pattern to machine code
 * at once instead of to bytecode first: a new isolate classifies its first replies in half the time (`npm run bench`,
 * group `replies`).
 */
function matches(given: Pattern, text: string): boolean {
  const pattern = regExpOf(given);
  if (!compiled.has(pattern)) {
    compiled.add(pattern);
    pattern.test(LONG_SUBJECT);
  }
  return pattern.test(text);
}

type StatusRange = { readonly subject: number; readonly first: number; readonly last: number };

/** Reads `1.1`, `7.606-649` or a whole subject such as `1`. */
function readStatusRange(source: string): StatusRange {
  const [subject, details] = source.split('.', 2);
  if (details === undefined) return { subject: Number(subject), first: 0, last: 999 };
  const [first, last] = details.split('-', 2);
  return { subject: Number(subject), first: Number(first), last: Number(last ?? first) };
}

function isWithin(status: Status, range: StatusRange): boolean {
  return status.subject === range.subject && status.detail >= range.first && status.detail <= range.last;
}
