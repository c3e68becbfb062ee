/**
 * The steps that are taken at the same time: begun together, reported as they end, and over with the first that settles
 * the verdict.
 *
 * Before it: ladder.ts, which says which steps these are. After it: steps.ts (what each does), climb.ts (what the climb
 * comes to after each).
 */
import type { StepReport } from '../../shared/answer.ts';
import type { MaybePromise } from '../async/maybe-promise.ts';
import type { Judgement } from '../judge/verdict.ts';
import { type Climb, type ClimbPorts, judgementSoFar, withAddress } from './climb.ts';
import type { LadderStep } from './steps.ts';

/** Steps of one group that must wait, under way at the same time. */
type Group = {
  readonly climb: Climb;
  readonly ports: ClimbPorts;
  readonly startMs: number;
  readonly ended: PromiseWithResolvers<Judgement | null>;
  /** Number of steps that have not ended. */
  open: number;
  /** A DNS failure settles nothing while memory may still know the verdict. */
  failed: Judgement | null;
  isOver: boolean;
};

/**
 * The steps of a group begin together and are reported as they end. The first that settles the verdict ends the group;
 * the others are ignored from then on. A step that does not wait ends at once and takes no time: the clock of a Worker
 * stands still while it computes, so it is not read.
 */
export function takeParallel(
  climb: Climb,
  steps: readonly LadderStep[],
  ports: ClimbPorts,
): MaybePromise<Judgement | null> {
  let group: Group | null = null;
  for (const step of steps) {
    const taken = step.isFirst === true ? step.take(climb) : step.take(withAddress(climb), ports);
    if (taken === null) continue;
    if (taken instanceof Promise) {
      group ??= beginGroup(climb, ports);
      attend(group, step.step, taken);
      continue;
    }
    const judgement = judgementSoFar(climb, climb.reachedMs);
    report(climb, ports, { step: step.step, outcome: judgement !== null ? 'stop' : taken ? 'found' : 'pass', ms: 0 });
    if (judgement === null) continue;
    if (group !== null) group.isOver = true;
    return judgement;
  }
  return group?.ended.promise ?? null;
}

function beginGroup(climb: Climb, ports: ClimbPorts): Group {
  const ended = Promise.withResolvers<Judgement | null>();
  return { climb, ports, startMs: climb.reachedMs, ended, open: 0, failed: null, isOver: false };
}

/** Waits for a step and writes down what it found, unless its group is over by then. */
function attend(group: Group, step: string, taken: Promise<() => boolean>): void {
  group.open += 1;
  taken
    .then((writeDown) => {
      if (group.isOver) return;
      const judgement = end(group, step, writeDown());
      if (group.isOver) group.ended.resolve(judgement);
    })
    .catch((error: unknown) => {
      // After an error, no later step of this group is reported.
      group.isOver = true;
      group.ended.reject(error);
    });
}

/** A step that had to wait has ended: the judgement so far, and whether that is the end of its group. */
function end(group: Group, step: string, isFound: boolean): Judgement | null {
  const { climb, ports } = group;
  group.open -= 1;
  const nowMs = ports.nowMs();
  const isOnlyFailed = climb.remembered === null && group.failed !== null;
  const judgement = isOnlyFailed ? group.failed : judgementSoFar(climb, nowMs);
  const isFailure = judgement?.reason === 'dns_failure' && group.failed === null && group.open > 0;
  const isSettled = judgement !== null && !isFailure && judgement !== group.failed;
  if (isFailure) group.failed = judgement;
  group.isOver = isSettled || group.open === 0;
  climb.reachedMs = nowMs;
  const outcome = isSettled ? 'stop' : isFailure ? 'fail' : isFound ? 'found' : 'pass';
  report(climb, ports, { step, outcome, ms: nowMs - group.startMs });
  return judgement;
}

function report(climb: Climb, ports: ClimbPorts, step: StepReport): void {
  climb.steps.push(step);
  ports.onStep?.(step);
}
