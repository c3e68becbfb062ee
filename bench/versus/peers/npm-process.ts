/** Starts the process of a verifier from npm. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Verdict } from '../../../shared/verdict.ts';
import type { NpmPeer, RunningPeer } from './peer.ts';

const CHILD = fileURLToPath(new URL('../run/npm-child.ts', import.meta.url));

export async function startNpmPeer(peer: NpmPeer, folder: string): Promise<RunningPeer> {
  const child = spawn(process.execPath, [CHILD, peer.id, folder], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const waiting = new Map<number, (verdict: Verdict | null) => void>();
  let last = 0;
  const breakAll = (): void => {
    for (const resolve of waiting.values()) resolve(null);
    waiting.clear();
  };
  const [first] = await Promise.race([once(child, 'message'), once(child, 'exit')]);
  if (first !== 'ready') throw new Error(`${peer.name} did not start`);
  child.on('message', ({ number, verdict }: { number: number; verdict: Verdict }) => {
    waiting.get(number)?.(verdict);
    waiting.delete(number);
  });
  child.once('exit', breakAll);
  return {
    ask: (address) =>
      new Promise((resolve) => {
        if (child.exitCode !== null || child.signalCode !== null) return resolve(null);
        last += 1;
        waiting.set(last, resolve);
        child.send({ number: last, address });
      }),
    stop: async () => {
      breakAll();
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    },
  };
}
