/**
 * Scores labelled cases against our own judgement: the arithmetic of `npm run accuracy`, without files and printing.
 *
 * There are six kinds of case, told apart by their fields (replies, syntax, typos, disposable, roles, normalise). A
 * case is right if our answer equals the label, or for replies one of its alternatives. Pure: data such as the
 * disposable set is a parameter. Throws `MalformedCase` for a line of an unknown kind or with an unknown label.
 */
import { hintFor } from '../edge/checks/hint.ts';
import { isRole } from '../edge/checks/role.ts';
import { suggestDomain } from '../edge/checks/typo.ts';
import { parseAddress } from '../shared/address.ts';
import { canonicalOf } from '../shared/canonical.ts';
import { REPLY_CLASSES, type ReplyClass, reasonOfReply } from '../shared/replies/classes.ts';
import { classify } from '../shared/replies/classify.ts';
import { parseReplyText, type Reply, STAGES, type Stage } from '../shared/replies/reply.ts';
import { type Reason, reasonRow } from '../shared/verdict.ts';

export type Case = Readonly<Record<string, unknown>>;
export type Kind = keyof typeof JUDGES;

/** The result of one case. `wanted` and `got` are its row and column in the confusion table. */
type CaseResult = {
  readonly wanted: string;
  readonly got: string;
  readonly isRight: boolean;
  /** The case in one line, and our answer in more detail. */
  readonly subject: string;
  readonly detail: string;
  /** Further counts of this case, by name; each is summed over all cases. */
  readonly counts: Readonly<Record<string, boolean>>;
};

export type Score = {
  readonly kind: Kind;
  readonly cases: number;
  /** Shares from 0 to 1 if the name ends in `_share`, counts otherwise; in the order of printing. */
  readonly figures: Readonly<Record<string, number>>;
  readonly confusion: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly misses: readonly CaseResult[];
};

export type ScorePorts = { readonly isDisposable: (domain: string) => boolean };

/** A line that cannot be scored; the message says why. */
export class MalformedCase extends Error {}

/** Scores the cases of one file, which are all of one kind. */
export function scoreCases(cases: readonly Case[], ports: ScorePorts): Score {
  const kind = caseKindOf(cases[0] ?? {});
  const outcomes = cases.map((entry) => JUDGES[kind](entry, ports));
  const misses = outcomes.filter(({ isRight }) => !isRight);
  const confusion: Record<string, Record<string, number>> = {};
  for (const { wanted, got } of outcomes) {
    const row = confusion[wanted] ?? {};
    confusion[wanted] = { ...row, [got]: (row[got] ?? 0) + 1 };
  }
  return { kind, cases: cases.length, figures: figuresOf(outcomes), confusion, misses };
}

/** The kind of a case, by its fields. */
export function caseKindOf(entry: Case): Kind {
  const kind = SIGNS.find(([field]) => field in entry)?.[1];
  if (kind === undefined) throw new MalformedCase('the kind of this case is unknown');
  return kind;
}

type Judge = (entry: Case, ports: ScorePorts) => CaseResult;

const JUDGES = {
  replies: judgeReply,
  syntax: (entry) => {
    const email = textOf(entry, 'email');
    const parsed = parseAddress(email);
    const detail = parsed.ok ? parsed.address.address : parsed.rule;
    return outcomeOf(textOf(entry, 'expect'), parsed.ok ? 'valid' : 'invalid', JSON.stringify(email), detail);
  },
  typos: judgeTypo,
  disposable: (entry, { isDisposable }) => {
    const domain = textOf(entry, 'domain');
    return yesOrNo(flagOf(entry, 'disposable'), isDisposable(domain.toLowerCase()), domain);
  },
  roles: (entry) => yesOrNo(flagOf(entry, 'role'), isRole(textOf(entry, 'local')), textOf(entry, 'local')),
  normalise: (entry) => {
    const [a, b] = [canonicalOf(textOf(entry, 'a')), canonicalOf(textOf(entry, 'b'))];
    return {
      ...yesOrNo(flagOf(entry, 'same'), a === b, `${textOf(entry, 'a')} ${textOf(entry, 'b')}`),
      detail: `${a} ${b}`,
    };
  },
} as const satisfies Record<string, Judge>;

/** Fields that identify a kind, the most specific first. */
const SIGNS: readonly (readonly [string, Kind])[] = [
  ['label', 'replies'],
  ['expect_domain', 'typos'],
  ['expect', 'syntax'],
  ['disposable', 'disposable'],
  ['role', 'roles'],
  ['same', 'normalise'],
];

function judgeReply(entry: Case): CaseResult {
  const stage = stageOf(entry);
  const reply = replyOf(entry);
  const { class: replyClass, rule } = classify(stage, reply);
  const got = reasonOfReply(replyClass, reply.code);
  const labels = [textOf(entry, 'label'), ...listOf(entry, 'alt')];
  const wanted = labels.map((label) => reasonOfLabel(stage, label, reply.code));
  const verdicts = wanted.map((reason) => reasonRow(reason).verdict);
  const verdict = reasonRow(got).verdict;
  const isRight = verdicts.includes(verdict);
  return {
    wanted: isRight ? verdict : (verdicts[0] ?? ''),
    got: verdict,
    isRight,
    subject: `${stage} ${JSON.stringify(textOf(entry, 'text'))}`,
    detail: `wanted ${wanted.join(' or ')}, got ${got} by ${rule}`,
    counts: {
      reason: wanted.includes(got),
      false_invalid: verdict === 'invalid' && !isRight,
      false_deliverable: verdict === 'deliverable' && !isRight,
    },
  };
}

function judgeTypo(entry: Case): CaseResult {
  const email = textOf(entry, 'email');
  const wanted = entry['expect_domain'] === null ? null : textOf(entry, 'expect_domain');
  const parsed = parseAddress(email);
  const got = parsed.ok ? suggestDomain(parsed.address.domain) : (hintFor(email).address?.split('@').at(-1) ?? null);
  const word = (domain: string | null): string => (domain === null ? 'silence' : 'suggestion');
  const isWrong = got !== null && got !== wanted;
  return {
    wanted: word(wanted),
    got: isWrong && wanted !== null ? 'wrong suggestion' : word(got),
    isRight: got === wanted,
    subject: email,
    detail: `wanted ${wanted ?? 'silence'}, got ${got ?? 'silence'}`,
    counts: { false_suggestion: isWrong, missed: got === null && wanted !== null },
  };
}

function yesOrNo(wanted: boolean, got: boolean, subject: string): CaseResult {
  return outcomeOf(wanted ? 'yes' : 'no', got ? 'yes' : 'no', subject, '');
}

/** Result of a yes-or-no case; `yes` or `invalid` is the alarm. */
function outcomeOf(wanted: string, got: string, subject: string, detail: string): CaseResult {
  const isAlarm = got === 'yes' || got === 'invalid';
  const isRight = wanted === got;
  return {
    wanted,
    got,
    isRight,
    subject,
    detail: detail === '' ? `wanted ${wanted}, got ${got}` : `wanted ${wanted}, got ${got}: ${detail}`,
    counts: { false_alarm: isAlarm && !isRight, missed: !isAlarm && !isRight },
  };
}

/** The share of right answers, then every count of this kind of case; `reason` becomes a share as well. */
function figuresOf(outcomes: readonly CaseResult[]): Record<string, number> {
  const shareOf = (count: number): number => (outcomes.length === 0 ? 0 : count / outcomes.length);
  const figures: Record<string, number> = { right_share: shareOf(outcomes.filter(({ isRight }) => isRight).length) };
  for (const name of Object.keys(outcomes[0]?.counts ?? {})) {
    const count = outcomes.filter(({ counts }) => counts[name] === true).length;
    if (name === 'reason') figures['reason_share'] = shareOf(count);
    else figures[name] = count;
  }
  return figures;
}

/**
 * Labels are names of reply classes; all classes of a refusal of us share one reason. `accepted` at a stage before RCPT
 * has accepted no recipient, so it counts as `proceed`.
 */
function reasonOfLabel(stage: Stage, label: string, code: number): Reason {
  if (!isReplyClass(label)) throw new MalformedCase(`unknown label ${JSON.stringify(label)}`);
  return reasonOfReply(label === 'accepted' && stage !== 'rcpt' ? 'proceed' : label, code);
}

function isReplyClass(label: string): label is ReplyClass {
  return Object.hasOwn(REPLY_CLASSES, label);
}

function stageOf(entry: Case): Stage {
  const stage = STAGES.find((name) => name === entry['stage']);
  if (stage === undefined) throw new MalformedCase(`unknown stage ${JSON.stringify(entry['stage'])}`);
  return stage;
}

/** The reply as a node would parse it; if the text does not begin with a code, the `code` field counts. */
function replyOf(entry: Case): Reply {
  const text = textOf(entry, 'text');
  const code = entry['code'];
  if (typeof code !== 'number') throw new MalformedCase('the code is not a number');
  const enhanced = typeof entry['enhanced'] === 'string' ? entry['enhanced'] : null;
  const read = parseReplyText(text);
  return read?.code === code ? { ...read, enhanced: read.enhanced ?? enhanced } : { code, enhanced, text };
}

function textOf(entry: Case, field: string): string {
  const value = entry[field];
  if (typeof value !== 'string') throw new MalformedCase(`${field} is not a text`);
  return value;
}

function flagOf(entry: Case, field: string): boolean {
  const value = entry[field];
  if (typeof value !== 'boolean') throw new MalformedCase(`${field} is neither true nor false`);
  return value;
}

function listOf(entry: Case, field: string): readonly string[] {
  const value = entry[field] ?? [];
  const list = Array.isArray(value) ? value : [value];
  return list.map((item) => {
    if (typeof item !== 'string') throw new MalformedCase(`${field} has an entry that is not a text`);
    return item;
  });
}
