/**
 * Runs all mail servers in a worker thread of their own, so that a busy main thread never makes them late. `call`
 * starts a server and returns its answer; `stop` ends them all.
 */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { FarSideCalls } from './far/worker.ts';

export type FarSide = {
  readonly call: <Name extends keyof FarSideCalls>(
    name: Name,
    argument: Parameters<FarSideCalls[Name]>[0],
  ) => Promise<Awaited<ReturnType<FarSideCalls[Name]>>>;
  readonly stop: () => Promise<void>;
};

export async function startFarSide(): Promise<FarSide> {
  const worker = new Worker(new URL('./far/worker.ts', import.meta.url));
  await once(worker, 'online');
  const waiting = new Map<number, (answer: never) => void>();
  let lastId = 0;
  worker.on('message', ({ id, answer }) => {
    waiting.get(id)?.(answer as never);
    waiting.delete(id);
  });
  worker.on('error', (error) => {
    throw error;
  });
  return {
    call: (name, argument) =>
      new Promise((resolve) => {
        lastId += 1;
        waiting.set(lastId, resolve);
        worker.postMessage({ id: lastId, name, argument });
      }),
    stop: async () => {
      await worker.terminate();
    },
  };
}
