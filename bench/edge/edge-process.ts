/**
 * The edge as `npm start` runs it, in a process group of its own, so that it can be killed as a whole in the middle of its work
 * and begin again on the same disk. The same file is the parent's side and, started by itself, the child.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { startEdge } from '../../cli/start/edge.ts';
import { loadKeys } from '../../cli/start/keys.ts';

type Wish = { readonly port: number; readonly stateDir: string; readonly dohUrl: string };

export type EdgeProcess = {
  /** SIGKILL for the runtime and for what started it. */
  readonly kill: () => Promise<void>;
};

export async function startEdgeProcess(wish: Wish): Promise<EdgeProcess> {
  const child = spawn(process.execPath, [fileURLToPath(import.meta.url), JSON.stringify(wish)], {
    detached: true,
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  const [message] = await Promise.race([once(child, 'message'), ended(child)]);
  if (message !== 'ready') throw new Error('the edge ended before it was ready');
  return {
    async kill() {
      const exited = once(child, 'exit');
      process.kill(-(child.pid ?? 0), 'SIGKILL');
      await exited;
    },
  };
}

async function ended(child: ChildProcess): Promise<[string]> {
  await once(child, 'exit');
  return ['ended'];
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { port, stateDir, dohUrl } = JSON.parse(process.argv[2] ?? '') as Wish;
  const keys = await loadKeys(stateDir);
  await startEdge({ port, stateDir, keys, sandboxDohUrl: dohUrl });
  process.send?.('ready');
}
