// A server as a child process of ours: started in the foreground, its words kept, ended by its own process id.

import { spawn } from 'node:child_process';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from './until.ts';

/** How much of a server's output is kept; the oldest goes first. */
const OUTPUT_CHARS_MAX = 4_000_000;

/**
 * Runs the program with a watcher beside it, in its group but no child of its own, that reads from a pipe we hold open: should
 * this process die, however suddenly, the pipe ends and the watcher ends the whole group.
 */
const WATCHED = '((read -r _; kill -s TERM 0) <&3 >/dev/null 2>&1 &); exec "$0" "$@" 3<&-';

export type Program = {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** Signal that asks it to end; SIGKILL follows after `graceMs`. */
  readonly endSignal?: NodeJS.Signals;
  readonly graceMs?: number;
  /** Signals its whole process group, as a Ctrl-C in a terminal does, instead of the program alone. */
  readonly endsAsGroup?: boolean;
};

export type Child = {
  readonly pid: number;
  /** Everything it wrote to stdout and stderr so far. */
  output(): string;
  /** Undefined while it runs, then how it ended. */
  ended(): string | undefined;
  /** Rejects with its output if it ends before `condition` holds; resolves once it does. */
  ready(what: string, condition: () => Promise<boolean> | boolean, timeoutMs?: number): Promise<void>;
  stop(): Promise<void>;
};

/** Starts a program that stays in the foreground. Never restarts it. */
export function startChild(program: Program): Child {
  const child = spawn('/bin/sh', ['-c', WATCHED, program.command, ...program.args], {
    cwd: program.cwd,
    env: { ...program.env },
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    detached: true, // its own process group: Postfix ends its daemons by group, and a Ctrl-C reaches us first
  });
  let output = '';
  let ending: string | undefined;
  const keep = (chunk: Buffer) => {
    output = (output + chunk.toString('utf8')).slice(-OUTPUT_CHARS_MAX);
  };
  child.stdout?.on('data', keep);
  child.stderr?.on('data', keep);
  child.once('error', (error) => {
    ending = error.message;
  });
  child.once('exit', (code, signal) => {
    ending = signal === null ? `exit ${code}` : `signal ${signal}`;
    child.stdio[3]?.destroy();
  });
  return {
    pid: child.pid ?? -1,
    output: () => output,
    ended: () => ending,
    async ready(what, condition, timeoutMs = 20_000) {
      const ask = async () => {
        if (ending !== undefined)
          throw new Error(`${program.name} ended (${ending}) before ${what}:\n${output.slice(-4000)}`);
        return (await condition()) ? true : undefined;
      };
      await until(`${what} of ${program.name}; so far it said:\n${output.slice(-4000)}`, ask, { timeoutMs });
    },
    async stop() {
      if (ending !== undefined) return;
      const signal = program.endSignal ?? 'SIGTERM';
      if (program.endsAsGroup === true && child.pid !== undefined) process.kill(-child.pid, signal);
      else child.kill(signal);
      const isGone = () => (ending === undefined ? undefined : true);
      await until('its end', isGone, { timeoutMs: program.graceMs ?? 5000 }).catch(async () => {
        child.kill('SIGKILL');
        await until(`the end of ${program.name}`, isGone, { timeoutMs: 5000 });
      });
    },
  };
}

/** A new folder under the system's temporary one that unprivileged servers may enter; `remove` deletes it. */
export async function labFolder(name: string): Promise<{ readonly path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), `vrfy-interop-${name}-`));
  await chmod(path, 0o755);
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}
