/** Exit codes of every command, and the two faults that have one of their own. */
import { type ParseArgsConfig, parseArgs } from 'node:util';

export const EXIT = { fine: 0, problems: 1, usage: 2, unreachable: 69, config: 78 } as const;

/** The command was called wrongly; the message says how. */
export class UsageError extends Error {}

/** The edge did not answer, or not as an edge does. */
export class UnreachableError extends Error {}

/** node:util parseArgs, its complaints turned into a UsageError. */
export function readArguments<T extends ParseArgsConfig>(config: T): ReturnType<typeof parseArgs<T>> {
  try {
    return parseArgs(config);
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : 'the arguments do not fit');
  }
}

/** A whole number within bounds, or a UsageError that names the option. */
export function readNumber(option: string, text: string, min: number, max: number): number {
  const number = Number(text);
  if (!/^[0-9]+$/.test(text) || number < min || number > max) {
    throw new UsageError(`--${option} takes a whole number from ${min} to ${max}`);
  }
  return number;
}
