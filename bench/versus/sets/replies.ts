/**
 * The labelled replies of the honesty part: one a line in replies.jsonl, each with the public page that shows it.
 *
 * A label says whom the reply speaks of. bench/versus/DATASHEET.md states the rules by which the labels were given, before
 * any verifier was run over them.
 */
import { readFileSync } from 'node:fs';
import * as z from 'zod';
import type { Verdict } from '../../../shared/verdict.ts';

/** Subjects of a reply, with a sentence for the documents. */
export const SUBJECTS = {
  gone: 'the mailbox does not exist, has moved, or takes no mail for good',
  full: 'the mailbox exists and is full',
  asker: 'the server refuses the asker for good: its address, its name, its sender',
  relay: 'the server relays nothing for the asker: it does not know the domain for its own',
  moment: 'the server cannot or will not answer now',
  accepted: 'the mailbox is accepted, and a random one of the domain is refused',
  'accepts-all': 'the mailbox is accepted, and so is every other of the domain',
} as const;

export type Subject = keyof typeof SUBJECTS;

const replySchema = z.object({
  id: z.string().regex(/^r[0-9]{3}$/),
  about: z.enum(Object.keys(SUBJECTS) as [Subject, ...Subject[]]),
  stage: z.enum(['connect', 'ehlo', 'mail', 'rcpt']),
  /** False if the source does not say to which command the reply came. */
  stage_stated: z.boolean(),
  /** Lines joined by a line feed; `{rcpt}`, `{local}`, `{domain}`, `{sender}`, `{senderdomain}` and `{ip}` stand for the parties. */
  reply: z
    .string()
    .regex(/^[2-5][0-9]{2}[ -]/)
    .max(2_000),
  source: z.url({ protocol: /^https?$/ }),
});

export type LabelledReply = z.infer<typeof replySchema>;

/** The set. Throws, with the number of the line, if one is malformed or an id comes twice. */
export function parseReplies(text: string): readonly LabelledReply[] {
  const replies = text
    .split('\n')
    .filter((line) => line !== '')
    .map((line, index) => {
      const parsed = replySchema.safeParse(parseJson(line));
      if (!parsed.success) throw new Error(`line ${index + 1}: ${z.prettifyError(parsed.error)}`);
      return parsed.data;
    });
  const ids = new Set(replies.map(({ id }) => id));
  if (ids.size !== replies.length) throw new Error('an id comes twice');
  return replies;
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null; // The schema refuses it, with the number of the line.
  }
}

export function readReplies(): readonly LabelledReply[] {
  return parseReplies(readFileSync(new URL('replies.jsonl', import.meta.url), 'utf8'));
}

/** `neither`: not right, and it misleads nobody. */
export type ReplyOutcome = 'right' | 'neither' | 'false_invalid' | 'false_deliverable';

/** Verdicts that are right about each subject. */
const RIGHT: Readonly<Record<Subject, readonly Verdict[]>> = {
  gone: ['invalid'],
  full: ['risky', 'unknown'],
  asker: ['unknown', 'risky'],
  relay: ['unknown', 'risky'],
  moment: ['unknown', 'risky'],
  accepted: ['deliverable'],
  'accepts-all': ['risky'],
};

/**
 * Verdicts that are not the best and not false: mail to a domain whose own server relays nothing for it comes back to everybody;
 * a server that accepts everybody did accept.
 */
const HARMLESS: Readonly<Partial<Record<Subject, Verdict>>> = { relay: 'invalid', 'accepts-all': 'deliverable' };

/** Scores one verdict. No verdict at all (null: the peer hung or broke) is neither right nor false. */
export function scoreReply(about: Subject, verdict: Verdict | null): ReplyOutcome {
  if (verdict === null) return 'neither';
  if (RIGHT[about].includes(verdict)) return 'right';
  if (HARMLESS[about] === verdict) return 'neither';
  if (verdict === 'invalid') return 'false_invalid';
  return verdict === 'deliverable' ? 'false_deliverable' : 'neither';
}
