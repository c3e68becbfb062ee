/**
 * `vrfy verify ADDRESS...`: prints the verdict of each address, in the order given. `-` and a pipe mean standard input.
 */
import { styleText } from 'node:util';
import type { Answer } from '../shared/answer.ts';
import { EXIT } from '../shared/exit-codes.ts';
import { inTime, timeAgo } from '../shared/spoken-time.ts';
import type { Verdict } from '../shared/verdict.ts';
import { readAddressLines } from './address-lines.ts';
import { type ClientOptions, requestVerify } from './client.ts';
import { UsageError } from './exit.ts';
import { asFileName } from './file-name.ts';
import { withSignOfLife } from './sign-of-life.ts';
import { widthOf, wrap } from './terminal.ts';
import { toJsonLine, visible } from './visible.ts';

/** Columns of the verdict, and of the margin of the lines below it. */
const INDENT = 12;
/** Addresses in flight at once. */
const CONCURRENCY = 8;

const COLOUR = { deliverable: 'green', invalid: 'red', risky: 'yellow', unknown: 'gray' } as const satisfies Record<
  Verdict,
  string
>;

export type VerifyArguments = ClientOptions & {
  readonly json?: true | undefined;
  /** Milliseconds. */
  readonly deadline: number;
  /** Seconds. */
  readonly maxAge?: number | undefined;
  readonly smtp: boolean;
};

export async function runVerify(named: readonly string[], options: VerifyArguments): Promise<number> {
  refuseFileNames(named);
  const stop = new AbortController();
  const { deadline, maxAge, smtp, json } = options;
  const request = { deadline_ms: deadline, smtp, ...(maxAge === undefined ? {} : { max_age: maxAge }) };
  let hasInvalid = false;
  let count = 0;
  let shown: Promise<void> = Promise.resolve();
  const show = async (email: string, asked: Promise<Answer>): Promise<void> => {
    const answer = await withSignOfLife(`an answer about ${visible(email)}`, asked, process.stderr);
    process.stdout.write(json ? toJsonLine(answer) : render(answer, Date.now(), widthOf(process.stdout)));
    hasInvalid ||= answer.verdict === 'invalid';
  };
  // Print in the order given, each answer as soon as all before it are printed.
  const underWay: Promise<void>[] = [];
  for await (const email of addressesOf(named, stop.signal)) {
    count += 1;
    const asked = requestVerify({ ...request, email }, options);
    shown = shown.then(() => show(email, asked));
    // The loop below throws the fault. Here it ends the reading, and the handler keeps it from being an unhandled
    // rejection.
    asked.catch(() => {});
    shown.catch(() => stop.abort());
    underWay.push(shown);
    if (underWay.length >= CONCURRENCY) await underWay.shift();
  }
  await shown;
  if (count === 0 && named.length === 0) throw new UsageError('verify needs at least one address');
  return hasInvalid ? EXIT.problems : EXIT.fine;
}

/** The addresses on the command line, with those of standard input in place of `-`; without any, those of the pipe. */
async function* addressesOf(named: readonly string[], signal: AbortSignal): AsyncGenerator<string> {
  const isPiped = named.length === 0 && process.stdin.isTTY !== true;
  for (const name of isPiped ? ['-'] : named) {
    if (name !== '-') {
      yield name;
      continue;
    }
    if (process.stdin.isTTY) process.stderr.write('Type one address on each line, and Ctrl-D at the end.\n');
    yield* readAddressLines(process.stdin, signal);
  }
}

function refuseFileNames(named: readonly string[]): void {
  for (const name of named) {
    const kind = asFileName(name);
    const shown = visible(name);
    if (kind === 'there') {
      const quoted = /^[\w@%+=:,./-]+$/.test(shown) ? shown : `'${shown.replaceAll("'", "'\\''")}'`;
      throw new UsageError(`${shown} is a file, not an address. To verify each line of it: vrfy verify - < ${quoted}`);
    }
    if (kind === 'missing') {
      throw new UsageError(`${shown} looks like the name of a file, not like an address, and there is no such file`);
    }
  }
}

function render(answer: Answer, nowMs: number, width: number): string {
  const { email, verdict, reason, detail, did_you_mean, smtp, retry_after, flags } = answer;
  const below = (text: string): string => wrap(visible(text), INDENT, width);
  const lines = [`${paint(COLOUR[verdict], verdict.padEnd(INDENT - 1))} ${visible(email)}  ${paint('dim', reason)}`];
  lines.push(below(detail));
  if (did_you_mean !== null) lines.push(`${' '.repeat(INDENT)}Did you mean ${paint('bold', visible(did_you_mean))}?`);
  if (smtp?.code != null) {
    const said = [smtp.code, smtp.enhanced, smtp.text?.split('\n')[0]].filter((part) => part != null && part !== '');
    lines.push(paint('dim', below(`${smtp.host} at ${smtp.stage}: ${said.join(' ').slice(0, 160)}`)));
  }
  const origin = originOf(answer, nowMs);
  if (origin !== null) lines.push(paint('dim', below(origin)));
  if (retry_after !== null) lines.push(paint('dim', below(`Worth asking again ${inTime(retry_after)}.`)));
  const raised = Object.entries(flags).filter(([, isRaised]) => isRaised === true);
  if (raised.length > 0) lines.push(paint('dim', below(raised.map(([flag]) => flag).join(', '))));
  return `${lines.join('\n')}\n`;
}

/** The node that asked, and for a remembered answer its age; null if no server had to be asked. */
function originOf({ cached, checked_at, smtp }: Answer, nowMs: number): string | null {
  const who = smtp === null ? null : `Asked by ${smtp.node}`;
  if (!cached) return who === null ? null : `${who}.`;
  return `${who ?? 'Found out'} ${timeAgo((nowMs - Date.parse(checked_at)) / 1000)}, remembered.`;
}

function paint(style: Parameters<typeof styleText>[0], text: string): string {
  return styleText(style, text, { stream: process.stdout });
}
