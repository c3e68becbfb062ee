/**
 * Everything that plays a mail server, in a worker thread of its own, so that it is never late because this side is
 * busy. `call` starts something there and answers what it says; all of it ends with `stop`.
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
