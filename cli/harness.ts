/**
 * Argument handling that every program shares: help, version, suggestions and wrong use, worded alike; exit code 2 for
 * wrong use and 69 for an edge that cannot be reached.
 */
import {
  type Command,
  CommanderError,
  type CommandUnknownOpts,
  InvalidArgumentError,
} from '@commander-js/extra-typings';
import { EXIT } from '../shared/exit-codes.ts';
import { UnreachableError, UsageError } from './exit.ts';
import { widthOf, wrap } from './terminal.ts';
import { visible } from './visible.ts';

/** Call it before adding commands: they inherit these settings. */
export function setUp<
  Args extends unknown[],
  Options extends Record<string, unknown>,
  Globals extends Record<string, unknown>,
>(program: Command<Args, Options, Globals>): Command<Args, Options, Globals> {
  return program
    .exitOverride()
    .helpOption('-h, --help', 'show this help')
    .configureHelp({ showGlobalOptions: false })
    .configureOutput({
      getOutHelpWidth: () => widthOf(process.stdout),
      getErrHelpWidth: () => widthOf(process.stderr),
      outputError: (text, write) => write(complaint(program.name(), text)),
    });
}

/**
 * Runs the program and sets the exit code, unless the command has set one.
 *
 * @param calledAs the words that a person types before the program's own options
 */
export async function run(
  program: CommandUnknownOpts,
  args: readonly string[],
  calledAs = program.name(),
): Promise<void> {
  hintAtHelp(program, calledAs);
  let called = program;
  program.hook('preAction', (_, command) => {
    called = command;
  });
  try {
    await program.parseAsync(args, { from: 'user' });
  } catch (error) {
    process.exitCode = exitCodeOf(error, called, program.name());
  }
}

function exitCodeOf(error: unknown, called: CommandUnknownOpts, name: string): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.fine : EXIT.usage;
  if (error instanceof UnreachableError) {
    process.stderr.write(complaint(name, error.message));
    return EXIT.unreachable;
  }
  if (!(error instanceof UsageError)) {
    // A bug must not exit with 1, which means that a check found problems.
    process.stderr.write(`${name}: ${error instanceof Error ? error.stack : String(error)}\n`);
    return EXIT.fault;
  }
  try {
    return called.error(error.message);
  } catch {
    // The parser has printed its complaint already, and throws as well.
    return EXIT.usage;
  }
}

/** After wrong use, each command points to its own help. */
function hintAtHelp(command: CommandUnknownOpts, path: string): void {
  command.showHelpAfterError(`Try: ${path} --help`);
  for (const child of command.commands) hintAtHelp(child, `${path} ${child.name()}`);
}

/** A message for a person, without characters that could steer the terminal. */
function complaint(name: string, text: string): string {
  const lines = `${name}: ${text.trimEnd().replace(/^error: /, '')}`.split('\n').map(visible);
  return `${lines.map((line) => wrap(line, 0, widthOf(process.stderr))).join('\n')}\n`;
}

/** Parser for an option: a whole number within bounds. */
export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (/^[0-9]+$/.test(text) && number >= min && number <= max) return number;
    throw new InvalidArgumentError(`Give a whole number from ${min} to ${max}.`);
  };
}
