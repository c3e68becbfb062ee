/** The counts of one chooser. */
import { quantile } from '../../shared/quantile.ts';
import type { Answer } from './fleet.ts';

export type Tally = {
  readonly note: (answer: Answer, ms: number, isRepeat: boolean) => void;
  readonly result: () => TallyResult;
};

export type TallyResult = {
  readonly questions: number;
  /** Share of the questions about a domain seen before that met a session or a memory of it. */
  readonly reuse: number;
  readonly warm: number;
  readonly meanMs: number;
  readonly p95Ms: number;
};

export function createTally(): Tally {
  const times: number[] = [];
  let [repeats, met, warm] = [0, 0, 0];
  return {
    note: ({ isWarm, isRemembered }, ms, isRepeat) => {
      times.push(ms);
      warm += Number(isWarm);
      if (!isRepeat) return;
      repeats += 1;
      met += Number(isWarm || isRemembered);
    },
    result: () => {
      return {
        questions: times.length,
        reuse: met / repeats,
        warm: warm / times.length,
        meanMs: times.reduce((sum, ms) => sum + ms, 0) / times.length,
        p95Ms: quantile(times, 0.95) ?? Number.NaN,
      };
    },
  };
}
