/** `vrfy verify ADDRESS...`: the verdict of each address, in the order given. */
import { styleText } from 'node:util';
import type { Answer } from '../shared/answer.ts';
import type { Verdict } from '../shared/verdict.ts';
import { CLIENT_OPTIONS, requestVerify } from './client.ts';
import { EXIT, readArguments, readNumber, UsageError } from './exit.ts';
import { toJsonLine, visible } from './visible.ts';

const DEADLINE_MS_DEFAULT = '30000';
/** Addresses asked at once. */
const CONCURRENCY = 8;

const COLOUR = { deliverable: 'green', invalid: 'red', risky: 'yellow', unknown: 'gray' } as const satisfies Record<
  Verdict,
  string
>;

export async function verifyCommand(args: readonly string[]): Promise<number> {
  const { values, positionals } = readArguments({
    args: [...args],
    allowPositionals: true,
    options: {
      ...CLIENT_OPTIONS,
      json: { type: 'boolean', default: false },
      deadline: { type: 'string', default: DEADLINE_MS_DEFAULT },
      'max-age': { type: 'string' },
      'no-smtp': { type: 'boolean', default: false },
    },
  });
  if (positionals.length === 0) throw new UsageError('verify needs at least one address');
  const maxAge = values['max-age'];
  const request = {
    deadline_ms: readNumber('deadline', values.deadline, 100, 60_000),
    smtp: !values['no-smtp'],
    ...(maxAge === undefined ? {} : { max_age: readNumber('max-age', maxAge, 0, 31_536_000) }),
  };
  const client = { edge: values.edge, key: values.key };
  let hasInvalid = false;
  // In groups, each printed in order once it is there: quick enough, and gentle with the edge.
  for (let start = 0; start < positionals.length; start += CONCURRENCY) {
    const group = positionals.slice(start, start + CONCURRENCY);
    const answers = await Promise.all(group.map((email) => requestVerify({ ...request, email }, client)));
    for (const answer of answers) {
      process.stdout.write(values.json ? toJsonLine(answer) : render(answer, Date.now()));
      hasInvalid ||= answer.verdict === 'invalid';
    }
  }
  return hasInvalid ? EXIT.problems : EXIT.fine;
}

function render(answer: Answer, nowMs: number): string {
  const { email, verdict, reason, detail, did_you_mean, smtp, retry_after, flags } = answer;
  const lines = [`${paint(COLOUR[verdict], verdict.padEnd(11))} ${visible(email)}  ${paint('dim', reason)}`];
  lines.push(`            ${visible(detail)}`);
  if (did_you_mean !== null) lines.push(`            Did you mean ${paint('bold', visible(did_you_mean))}?`);
  if (smtp?.code != null) {
    const said = [smtp.code, smtp.enhanced, smtp.text?.split('\n')[0]].filter((part) => part != null && part !== '');
    lines.push(
      paint('dim', `            ${visible(`${smtp.host} at ${smtp.stage}: ${said.join(' ').slice(0, 160)}`)}`),
    );
  }
  const origin = originOf(answer, nowMs);
  if (origin !== null) lines.push(paint('dim', `            ${visible(origin)}`));
  if (retry_after !== null) lines.push(paint('dim', `            Worth asking again in ${retry_after} s.`));
  const raised = Object.entries(flags).filter(([, isRaised]) => isRaised === true);
  if (raised.length > 0) lines.push(paint('dim', `            ${raised.map(([flag]) => flag).join(', ')}`));
  return `${lines.join('\n')}\n`;
}

/** Who asked, and how long ago where the answer is remembered; null where nobody had to be asked. */
function originOf({ cached, checked_at, smtp }: Answer, nowMs: number): string | null {
  const who = smtp === null ? null : `Asked by ${smtp.node}`;
  if (!cached) return who === null ? null : `${who}.`;
  return `${who ?? 'Found out'} ${ageOf(nowMs - Date.parse(checked_at))} ago, remembered.`;
}

/** In the largest unit of which there are two or more. */
function ageOf(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  const [unit, length] = UNITS.find(([, unitSeconds]) => seconds >= 2 * unitSeconds) ?? ['s', 1];
  return `${Math.floor(seconds / length)} ${unit}`;
}

const UNITS = [
  ['days', 86_400],
  ['h', 3_600],
  ['min', 60],
] as const;

function paint(style: Parameters<typeof styleText>[0], text: string): string {
  return styleText(style, text, { stream: process.stdout });
}
