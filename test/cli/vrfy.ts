/** Runs the command line as the process that it is. */
import { spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../cli/main.ts', import.meta.url));

/** Halves the time that a process takes to start; Node keeps it right by itself. */
const NODE_COMPILE_CACHE = path.join(tmpdir(), 'vrfy-test-compile-cache');

export type Ended = { readonly code: number | null; readonly stdout: string; readonly stderr: string };

/** Ends with the process; its output so far can be read before. */
export type Running = Promise<Ended> & {
  readonly written: () => string;
  readonly complained: () => string;
  /** Sends SIGINT, as Ctrl-C does. */
  readonly interrupt: () => void;
};

/** Only the variables that Node needs: settings of the person who runs the tests must not count. */
export function vrfy(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  input: string | Readable = '',
): Running {
  return run(process.execPath, [MAIN, ...args], { PATH: process.env['PATH'] ?? '', NODE_COMPILE_CACHE, ...env }, input);
}

/** Runs a program with nothing else in its environment, and this on its standard input. */
export function run(
  file: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  input: string | Readable = '',
  cwd?: string,
): Running {
  const child = spawn(file, args, { env, cwd, stdio: ['pipe', 'pipe', 'pipe'] });
  // A program that ends before it has read leaves a broken pipe.
  child.stdin.on('error', () => {});
  if (typeof input === 'string') child.stdin.end(input);
  else input.pipe(child.stdin);
  const written: string[] = [];
  const complained: string[] = [];
  child.stdout.setEncoding('utf8').on('data', (text: string) => written.push(text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => complained.push(text));
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout: written.join(''), stderr: complained.join('') }));
  });
  return Object.assign(ended, {
    written: () => written.join(''),
    complained: () => complained.join(''),
    interrupt: () => void child.kill('SIGINT'),
  });
}

/** Control characters other than the line end. */
export function controlsOf(text: string): readonly string[] {
  return text.match(/(?!\n)\p{Cc}/gu) ?? [];
}
