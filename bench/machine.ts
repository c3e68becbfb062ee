/**
 * The machine of the figures, and the pinning of processes: the process under test has a core for itself; everything
 * else (mail servers, the client that posts jobs) shares the rest, so that neither side takes the other's time.
 *
 * Without `taskset` or a second core nothing is pinned, and the machine line says so.
 */
import { execFile } from 'node:child_process';
import os from 'node:os';
import { promisify } from 'node:util';

const run = promisify(execFile);

export type Machine = {
  readonly line: string;
  /** Command and arguments that run a program on the core of the process under test. */
  readonly onOwnCore: (command: string, args: readonly string[]) => readonly [string, readonly string[]];
  /** Moves a process that runs already to the core of the process under test. */
  readonly moveToOwnCore: (pid: string) => Promise<void>;
  /** Command and arguments that run a program beside it. */
  readonly onOtherCores: (command: string, args: readonly string[]) => readonly [string, readonly string[]];
};

/** Moves this process off the first core too, if possible. */
export async function lookAtMachine(): Promise<Machine> {
  const cores = os.availableParallelism();
  const others = cores > 2 ? `1-${cores - 1}` : '1';
  const isPinned = cores > 1 && (await canPin(others));
  const pinned = (core: string) => (command: string, args: readonly string[]) =>
    isPinned ? (['taskset', ['-c', core, command, ...args]] as const) : ([command, args] as const);
  const model = os.cpus()[0]?.model.trim() ?? 'unknown processor';
  const pinning = isPinned
    ? 'the process under test alone on one core, all others on the rest'
    : 'nothing pinned: no taskset or a single core';
  return {
    line: `${cores} cores (${model}), ${os.type()} ${os.release()}, node ${process.version}; ${pinning}`,
    onOwnCore: pinned('0'),
    moveToOwnCore: async (pid) => {
      if (isPinned) await run('taskset', ['-acp', '0', pid]);
    },
    onOtherCores: pinned(others),
  };
}

async function canPin(others: string): Promise<boolean> {
  try {
    await run('taskset', ['-acp', others, String(process.pid)]);
    return true;
  } catch {
    // No taskset, or no permission: the machine line says so.
    return false;
  }
}
