/**
 * The first replies that a new isolate or node classifies, beside the same replies once their patterns are compiled. A ratio,
 * since machines differ threefold.
 */
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { type Figure, showSpread, spreadOf } from '../figure.ts';

const CHILD = path.join(import.meta.dirname, '../cold-replies.ts');
const RUNS = 5;
/** Without its way of having patterns compiled at once, shared/replies/classify.ts takes 28 times as long. */
const COLD_RATIO_MAX = 20;

const run = promisify(execFile);

export async function measureReplies(): Promise<readonly Figure[]> {
  const cold: number[] = [];
  const warm: number[] = [];
  let count = 0;
  for (let index = 0; index < RUNS; index += 1) {
    const { stdout } = await run(process.execPath, [CHILD]);
    const { coldMs, warmMs, replies } = JSON.parse(stdout) as Readonly<Record<string, number>>;
    cold.push(coldMs ?? Number.NaN);
    warm.push(warmMs ?? Number.NaN);
    count = replies ?? 0;
  }
  const first = spreadOf(cold);
  const later = spreadOf(warm);
  const ratio = first.median / later.median;
  return [
    {
      figure: `processor time, the first ${count} replies of a process`,
      ours: `${ratio.toFixed(1)} times the same replies later: ${showSpread(first, 0)} ms`,
      baseline: `later ${showSpread(later, 1)} ms`,
      target: `<= ${COLD_RATIO_MAX} times`,
      isReached: ratio <= COLD_RATIO_MAX,
      measured: { first, later, ratio },
    },
  ];
}
