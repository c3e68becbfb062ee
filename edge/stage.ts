/**
 * The rungs that are climbed at the same time: begun together, reported as they end, and over with the first that settles
 * the verdict. A rung that needs nobody's answer takes no time.
 *
 * Before it: ladder.ts, which says what the rungs are. After it: verdict.ts.
 */
import type { StepReport } from '../shared/answer.ts';
import { reasonRow } from '../shared/verdict.ts';
import type { Climb, ClimbPorts } from './ladder.ts';
import { retryAfterNow } from './memory/freshness.ts';
import type { Remembered } from './memory/results.ts';
import { type Judgement, judge } from './verdict.ts';

export type Rung = {
  readonly step: string;
  /** What it costs, for the reader. */
  readonly cost: 'nothing' | 'two KV reads' | 'DNS queries' | 'an SMTP conversation';
  /** True where it is taken at the same time as the one before it. */
  readonly isBeside?: boolean;
  /**
   * Adds to the findings; true where it found something worth a flag. A rung that must wait gives a function that does so,
   * which is left alone where the climb has ended meanwhile.
   */
  readonly take: (climb: Climb, ports: ClimbPorts) => boolean | Promise<() => boolean>;
};

/**
 * The rungs of a stage begin together and are reported as they end. The first that settles the verdict ends the stage, and
 * the others are passed over from then on; a DNS that fails settles nothing while memory may know better.
 */
export function takeStage(
  climb: Climb,
  stage: readonly Rung[],
  ports: ClimbPorts,
): Judgement | null | Promise<Judgement | null> {
  let ended: PromiseWithResolvers<Judgement | null> | null = null;
  let open = stage.length;
  let failed: Judgement | null = null;
  let isOver = false;
  const end = (step: string, beforeMs: number, isFound: boolean): Judgement | null => {
    open -= 1;
    const { remembered } = climb;
    const heard = remembered === null ? (failed ?? judge(climb.findings)) : recalled(remembered, ports.nowMs());
    const isFailure = heard?.reason === 'dns_failure' && failed === null && open > 0;
    const isSettled = heard !== null && !isFailure && heard !== failed;
    if (isFailure) failed = heard;
    const outcome = isSettled ? 'stop' : isFailure ? 'fail' : isFound ? 'found' : 'pass';
    report(climb, ports, { step, outcome, ms: ports.nowMs() - beforeMs });
    isOver = isSettled || open === 0;
    return heard;
  };
  for (const { step, take } of stage) {
    const beforeMs = ports.nowMs();
    const taken = take(climb, ports);
    if (typeof taken === 'boolean') {
      const judgement = end(step, beforeMs, taken);
      if (judgement !== null) return judgement;
      continue;
    }
    ended ??= Promise.withResolvers();
    const { resolve, reject } = ended;
    taken
      .then((note) => {
        if (isOver) return;
        const judgement = end(step, beforeMs, note());
        if (isOver) resolve(judgement);
      })
      .catch((error: unknown) => {
        // Who has been told of the fault is told of no step after it.
        isOver = true;
        reject(error);
      });
  }
  return ended?.promise ?? null;
}

function report(climb: Climb, ports: ClimbPorts, step: StepReport): void {
  climb.steps.push(step);
  ports.onStep?.(step);
}

/** What a remembered verdict comes to now. */
export function recalled(remembered: Remembered, nowMs: number): Judgement {
  const { reason, catch_all } = remembered;
  return {
    reason,
    detail: reasonRow(reason).detail,
    retryAfterSeconds: retryAfterNow(remembered, nowMs),
    catchAll: catch_all,
    rule: null,
    blame: null,
    isOurReputation: false,
  };
}
