/** Loads a worker with as many requests as it can answer: rate by the clock, and processor time per request. */
import autocannon from 'autocannon';
import { type Spread, spreadOf } from '../figure.ts';
import type { RunningWorker } from './workerd.ts';

const CONNECTIONS = 32;
/** Many short runs: a neighbour on the machine that is busy for seconds then spoils some of them and not all. */
const ROUND_SECONDS = 1;
const ROUNDS = 9;

export type Load = {
  readonly perSecond: Spread;
  /** Microseconds of processor time. */
  readonly cpuUs: Spread;
};

export type Target = { readonly worker: RunningWorker; readonly path: string };

/** Measures all targets in turn in each round, so that a machine that slows down does so for all of them. */
export async function measureLoad(targets: readonly Target[]): Promise<readonly Load[]> {
  const samples = targets.map(() => ({ perSecond: [] as number[], cpuUs: [] as number[] }));
  for (let round = 0; round <= ROUNDS; round += 1) {
    for (const [index, target] of targets.entries()) {
      const { perSecond, cpuUs } = await once(target);
      // Warm-up round: code is not compiled yet.
      if (round === 0) continue;
      samples[index]?.perSecond.push(perSecond);
      samples[index]?.cpuUs.push(cpuUs);
    }
  }
  return samples.map(({ perSecond, cpuUs }) => ({ perSecond: spreadOf(perSecond), cpuUs: spreadOf(cpuUs) }));
}

async function once({ worker, path }: Target): Promise<{ perSecond: number; cpuUs: number }> {
  const beforeMs = await worker.cpuMs();
  const result = await autocannon({ url: `${worker.url}${path}`, connections: CONNECTIONS, duration: ROUND_SECONDS });
  const usedMs = (await worker.cpuMs()) - beforeMs;
  if (result.non2xx + result.errors > 0) throw new Error(`${path}: ${result.non2xx} refused, ${result.errors} broken`);
  return { perSecond: result.requests.total / result.duration, cpuUs: (usedMs * 1000) / result.requests.total };
}
