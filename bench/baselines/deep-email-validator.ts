/** The best of the Node libraries, in a process on the core that our node uses in its turn. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { type Spread, spreadOf } from '../figure.ts';
import type { Machine } from '../machine.ts';
import type { Done } from './deep-child.ts';

const CHILD = fileURLToPath(new URL('deep-child.ts', import.meta.url));
const CONCURRENCIES = [20, 50, 200];
const RUNS = 5;

/** `isBare`: its SMTP check alone, without its checks of typing errors and disposable domains, which come first. */
export type DeepList = { readonly addresses: readonly string[]; readonly isBare: boolean };
export type DeepRate = {
  readonly concurrency: number;
  readonly perSecond: Spread;
  /** Processor time per address, in microseconds. */
  readonly cpuUs: Spread;
};

type Sample = { readonly perSecond: number; readonly cpuUs: number };

/** Addresses per second at the concurrency that suits it best, for each list in turn. */
export async function measureDeep(
  machine: Machine,
  sinkPort: number,
  lists: readonly DeepList[],
): Promise<readonly DeepRate[]> {
  const [command, args] = machine.onOwnCore(process.execPath, [CHILD, String(sinkPort)]);
  const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  await once(child, 'message');
  const run = async ({ addresses, isBare }: DeepList, concurrency: number): Promise<Sample> => {
    child.send({ addresses, concurrency, isBare });
    const [{ ms, cpuMs, valid }] = (await once(child, 'message')) as [Done];
    if (valid !== addresses.length) throw new Error(`deep-email-validator: ${valid} of ${addresses.length} were asked`);
    return { perSecond: (addresses.length / ms) * 1000, cpuUs: (cpuMs / addresses.length) * 1000 };
  };
  const rates: DeepRate[] = [];
  const [warmUp] = lists;
  if (warmUp !== undefined) await run(warmUp, 50);
  for (const list of lists) {
    const byConcurrency: DeepRate[] = [];
    for (const concurrency of CONCURRENCIES) {
      const samples: Sample[] = [];
      for (let round = 0; round < RUNS; round += 1) samples.push(await run(list, concurrency));
      const perSecond = spreadOf(samples.map((sample) => sample.perSecond));
      byConcurrency.push({ concurrency, perSecond, cpuUs: spreadOf(samples.map(({ cpuUs }) => cpuUs)) });
    }
    const [best] = byConcurrency.toSorted((a, b) => b.perSecond.median - a.perSecond.median);
    if (best !== undefined) rates.push(best);
  }
  const exited = once(child, 'exit');
  child.disconnect();
  await exited;
  return rates;
}
