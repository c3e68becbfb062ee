/**
 * What every program here does with its arguments: help, version, suggestions and wrong use in the same words, with exit
 * code 2 for wrong use and 69 for an edge that is not reached.
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

/** Before the commands of the program are added: they inherit from it. */
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
 * Runs the program and sets the exit code; a command sets its own.
 *
 * @param calledAs how a person calls the program before its own options
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
    // A fault of ours must not end with 1, which says that a check found problems.
    process.stderr.write(`${name}: ${error instanceof Error ? error.stack : String(error)}\n`);
    return EXIT.fault;
  }
  try {
    return called.error(error.message);
  } catch {
    // The complaint is written; the parser tells of it by an error of its own.
    return EXIT.usage;
  }
}

/** After wrong use each command points to its own help. */
function hintAtHelp(command: CommandUnknownOpts, path: string): void {
  command.showHelpAfterError(`Try: ${path} --help`);
  for (const child of command.commands) hintAtHelp(child, `${path} ${child.name()}`);
}

/** For a person, and without anything that steers the terminal. */
function complaint(name: string, text: string): string {
  const lines = `${name}: ${text.trimEnd().replace(/^error: /, '')}`.split('\n').map(visible);
  return `${lines.map((line) => wrap(line, 0, widthOf(process.stderr))).join('\n')}\n`;
}

/** Reads the value of an option that is a whole number within bounds. */
export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (/^[0-9]+$/.test(text) && number >= min && number <= max) return number;
    throw new InvalidArgumentError(`It takes a whole number from ${min} to ${max}.`);
  };
}
