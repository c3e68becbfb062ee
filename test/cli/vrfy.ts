/** Runs the command line as the process that it is. */
import { spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../cli/main.ts', import.meta.url));

/** Halves the time that a process takes to start; Node keeps it right by itself. */
const NODE_COMPILE_CACHE = path.join(tmpdir(), 'vrfy-test-compile-cache');

export type Ended = { readonly code: number | null; readonly stdout: string; readonly stderr: string };

/** Nothing of our own environment but what Node needs: settings of the person who runs the tests do not count. */
export function vrfy(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> {
  const child = spawn(process.execPath, [MAIN, ...args], {
    env: { PATH: process.env['PATH'] ?? '', NODE_COMPILE_CACHE, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const written: string[] = [];
  const complained: string[] = [];
  child.stdout.setEncoding('utf8').on('data', (text: string) => written.push(text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => complained.push(text));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout: written.join(''), stderr: complained.join('') }));
  });
}

/** Control characters other than the line end. */
export function controlsOf(text: string): readonly string[] {
  return text.match(/(?!\n)\p{Cc}/gu) ?? [];
}
