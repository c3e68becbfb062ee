/** What a list costs at Cloudflare, by its public prices and by what was counted. */
import type { PlatformCounts } from './counting-worker.ts';

/** Dollars for a million, from the platform's public prices (paid plan, nothing included). */
export const PRICES = {
  workerRequests: 0.3,
  objectRequests: 0.15,
  // They are among the requests.
  alarms: 0,
  rowsRead: 0.001,
  rowsWritten: 1,
  kvReads: 0.5,
  kvWrites: 5,
  classA: 4.5,
  classB: 0.36,
} as const satisfies Record<keyof PlatformCounts, number>;
/** For a million milliseconds of processor, and for a million GB-s of an object that is at work, which has 128 MB. */
const CPU_MS_PRICE = 0.02;
const GB_S_PRICE = 12.5;
const OBJECT_GB = 0.128;

/** Dollars. The object is taken to be at work all the time, and all processor time of the runtime to be the list's. */
export function costOf(counts: PlatformCounts, cpuMs: number, seconds: number): number {
  const operations = Object.entries(PRICES).map(([name, price]) => counts[name as keyof PlatformCounts] * price);
  const inMillions = operations.reduce((sum, price) => sum + price, 0);
  return (inMillions + cpuMs * CPU_MS_PRICE + seconds * OBJECT_GB * GB_S_PRICE) / 1_000_000;
}
