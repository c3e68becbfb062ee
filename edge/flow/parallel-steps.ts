/**
 * The steps that are taken at the same time: begun together, reported as they end, and over with the first that settles
 * the verdict.
 *
 * Before it: ladder.ts, which says which steps these are. After it: steps.ts (the work of each), climb.ts (the judgement
 * after each).
 */
import type { Judgement } from '../judge/verdict.ts';
import { type AddressClimb, type ClimbPorts, judgementSoFar, reportStep } from './climb.ts';
import type { WaitingStep } from './steps.ts';

/** Steps of one group that are under way. */
type Group = {
  readonly climb: AddressClimb;
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
 * The judgement after the steps of a group, or null if it is still open. The first step that settles the verdict ends the
 * group; the others are ignored from then on. A step that has its result without waiting, such as memory at hand, ends
 * at once and takes no time; if it settles the verdict, the steps after it are not begun.
 */
export async function takeParallel(
  climb: AddressClimb,
  steps: readonly WaitingStep[],
  ports: ClimbPorts,
): Promise<Judgement | null> {
  const group = beginGroup(climb, ports);
  for (const { step, take } of steps) {
    const taken = take(climb, ports);
    if (taken === null) continue;
    if (taken instanceof Promise) {
      void attend(group, step, taken);
      continue;
    }
    const judgement = judgementSoFar(climb, climb.reachedMs, ports);
    reportStep(climb, ports, { step, outcome: judgement !== null ? 'stop' : taken ? 'found' : 'pass', ms: 0 });
    if (judgement === null) continue;
    group.isOver = true;
    return judgement;
  }
  return group.open === 0 ? null : group.ended.promise;
}

function beginGroup(climb: AddressClimb, ports: ClimbPorts): Group {
  const ended = Promise.withResolvers<Judgement | null>();
  return { climb, ports, startMs: climb.reachedMs, ended, open: 0, failed: null, isOver: false };
}

/** Waits for a step and writes down its result, unless its group is over by then. Never rejects. */
async function attend(group: Group, step: string, taken: Promise<() => boolean>): Promise<void> {
  group.open += 1;
  try {
    const writeDown = await taken;
    if (group.isOver) return;
    const judgement = end(group, step, writeDown());
    if (group.isOver) group.ended.resolve(judgement);
  } catch (error) {
    // After an error, no later step of this group is reported.
    group.isOver = true;
    group.ended.reject(error);
  }
}

/** A step that had to wait has ended: the judgement so far, and whether that is the end of its group. */
function end(group: Group, step: string, isFound: boolean): Judgement | null {
  const { climb, ports } = group;
  group.open -= 1;
  const nowMs = ports.nowMs();
  const isOnlyFailed = climb.remembered === null && group.failed !== null;
  const judgement = isOnlyFailed ? group.failed : judgementSoFar(climb, nowMs, ports);
  const isFailure = judgement?.reason === 'dns_failure' && group.failed === null && group.open > 0;
  const isSettled = judgement !== null && !isFailure && judgement !== group.failed;
  if (isFailure) group.failed = judgement;
  group.isOver = isSettled || group.open === 0;
  climb.reachedMs = nowMs;
  const outcome = isSettled ? 'stop' : isFailure ? 'fail' : isFound ? 'found' : 'pass';
  reportStep(climb, ports, { step, outcome, ms: nowMs - group.startMs });
  return judgement;
}
