/**
 * The rungs that are climbed at the same time: begun together, reported as they end, and over with the first that settles
 * the verdict. A rung that needs nobody's answer takes no time.
 *
 * Before it: ladder.ts, which says what the rungs are. After it: verdict.ts.
 */
import type { StepReport } from '../../shared/answer.ts';
import { reasonRow } from '../../shared/verdict.ts';
import type { MaybeLater } from '../async/maybe-promise.ts';
import { type Judgement, judge } from '../judge/verdict.ts';
import { retryAfterNow } from '../memory/freshness.ts';
import type { Remembered } from '../memory/results.ts';
import type { Climb, ClimbPorts } from './ladder.ts';

export type Rung = {
  readonly step: string;
  /** What it costs, for the reader. */
  readonly cost: 'nothing' | 'two KV reads' | 'DNS queries' | 'a call to a counter' | 'an SMTP conversation';
  /** True where it is taken at the same time as the one before it. */
  readonly isBeside?: boolean;
  /**
   * Adds to the findings; true where it found something worth a flag. A rung that must wait gives a function that does so,
   * which is left alone where the climb has ended meanwhile. One that has nothing to do gives null and is no step.
   */
  readonly take: (climb: Climb, ports: ClimbPorts) => boolean | null | Promise<() => boolean>;
};

/** Rungs of a stage that must wait, under way at the same time. */
type Stage = {
  readonly climb: Climb;
  readonly ports: ClimbPorts;
  readonly startMs: number;
  readonly ended: PromiseWithResolvers<Judgement | null>;
  /** Rungs that have not ended. */
  open: number;
  /** A DNS that failed settles nothing while memory may know better. */
  failed: Judgement | null;
  isOver: boolean;
};

/**
 * The rungs of a stage begin together and are reported as they end. The first that settles the verdict ends the stage, and
 * the others are passed over from then on. One that needs nobody's answer ends at once, and takes no time: a Worker's clock
 * stands still while it computes, and is not even looked at.
 */
export function takeStage(climb: Climb, rungs: readonly Rung[], ports: ClimbPorts): MaybeLater<Judgement | null> {
  let stage: Stage | null = null;
  for (const { step, take } of rungs) {
    const taken = take(climb, ports);
    if (taken === null) continue;
    if (taken instanceof Promise) {
      stage ??= beginStage(climb, ports);
      attend(stage, step, taken);
      continue;
    }
    const judgement = hear(climb, climb.reachedMs);
    report(climb, ports, { step, outcome: judgement !== null ? 'stop' : taken ? 'found' : 'pass', ms: 0 });
    if (judgement === null) continue;
    if (stage !== null) stage.isOver = true;
    return judgement;
  }
  return stage?.ended.promise ?? null;
}

function beginStage(climb: Climb, ports: ClimbPorts): Stage {
  const ended = Promise.withResolvers<Judgement | null>();
  return { climb, ports, startMs: climb.reachedMs, ended, open: 0, failed: null, isOver: false };
}

/** Hears a rung that must wait when it ends, unless its stage is over by then. */
function attend(stage: Stage, step: string, taken: Promise<() => boolean>): void {
  stage.open += 1;
  taken
    .then((note) => {
      if (stage.isOver) return;
      const judgement = end(stage, step, note());
      if (stage.isOver) stage.ended.resolve(judgement);
    })
    .catch((error: unknown) => {
      // Who has been told of the fault is told of no step after it.
      stage.isOver = true;
      stage.ended.reject(error);
    });
}

/** A rung that had to wait has ended: what the judge makes of it, and whether that is the end of its stage. */
function end(stage: Stage, step: string, isFound: boolean): Judgement | null {
  const { climb, ports } = stage;
  stage.open -= 1;
  const nowMs = ports.nowMs();
  const heard = climb.remembered === null && stage.failed !== null ? stage.failed : hear(climb, nowMs);
  const isFailure = heard?.reason === 'dns_failure' && stage.failed === null && stage.open > 0;
  const isSettled = heard !== null && !isFailure && heard !== stage.failed;
  if (isFailure) stage.failed = heard;
  stage.isOver = isSettled || stage.open === 0;
  climb.reachedMs = nowMs;
  const outcome = isSettled ? 'stop' : isFailure ? 'fail' : isFound ? 'found' : 'pass';
  report(climb, ports, { step, outcome, ms: nowMs - stage.startMs });
  return heard;
}

/** What is known comes to so far; null while more must be known. */
function hear({ findings, remembered }: Climb, nowMs: number): Judgement | null {
  return remembered === null ? judge(findings) : recalled(remembered, nowMs);
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
