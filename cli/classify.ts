/** `vrfy classify "550 5.1.1 ..."`: explains one SMTP reply, and names the rule that decided. Needs no edge. */

import { EXIT } from '../shared/exit-codes.ts';
import { providerById } from '../shared/providers.ts';
import { reasonOfReply, replyClassRow } from '../shared/replies/classes.ts';
import { classify } from '../shared/replies/classify.ts';
import { parseReplyText, type Stage } from '../shared/replies/reply.ts';
import { reasonRow } from '../shared/verdict.ts';
import { UsageError } from './exit.ts';
import { widthOf, wrap } from './terminal.ts';
import { toJsonLine, visible } from './visible.ts';

export type ClassifyOptions = {
  readonly json?: true | undefined;
  readonly stage: Stage;
  readonly provider?: string | undefined;
};

export function classifyReplies(replies: readonly string[], { json, stage, provider: named }: ClassifyOptions): number {
  const provider = named ?? null;
  if (provider !== null && providerById(provider) === null) {
    throw new UsageError(`unknown provider ${visible(provider)}`);
  }
  // Parse all replies before printing one, so that unquoted words are refused as a whole.
  const results = replies.map((raw) => explain(raw.replaceAll('\\n', '\n'), stage, provider));
  for (const result of results) process.stdout.write(json ? toJsonLine(result) : render(result));
  return EXIT.fine;
}

type Explained = {
  readonly stage: Stage;
  readonly code: number;
  readonly enhanced: string | null;
  readonly text: string;
  readonly class: string;
  readonly meaning: string;
  readonly blame: string;
  readonly verdict: string;
  readonly reason: string;
  readonly rule: string;
};

function explain(raw: string, stage: Stage, provider: string | null): Explained {
  const reply = parseReplyText(raw);
  if (reply === null)
    throw new UsageError('put each reply in quotes; it begins with a code of three digits, such as "550 User unknown"');
  const { class: replyClass, rule } = classify(stage, reply, provider);
  const { blame, meaning } = replyClassRow(replyClass);
  const reason = reasonOfReply(replyClass, reply.code);
  const { verdict } = reasonRow(reason);
  return { stage, ...reply, class: replyClass, meaning, blame, verdict, reason, rule };
}

function render(result: Explained): string {
  const { verdict, reason, class: replyClass, meaning, blame, rule, stage, code, enhanced } = result;
  return [
    `${verdict} (${reason})`,
    hanging('  class   ', `${replyClass}: ${meaning}`),
    `  blames  ${blame}`,
    `  rule    ${rule}`,
    `  read as ${code}${enhanced === null ? '' : ` ${enhanced}`} at ${stage}`,
    '',
  ].join('\n');
}

/** A labelled line, wrapped to the terminal, with the further lines indented below the text. */
function hanging(name: string, text: string): string {
  return `${name}${wrap(text, name.length, widthOf(process.stdout)).trimStart()}`;
}
