/**
 * THE FLOW: from an address to a verdict within the caller's deadline.
 *
 * Before it: routes/verify.ts. After it: ladder.ts (the steps), compose.ts (the answer), keep.ts (what is remembered).
 * When the deadline passes first, the answer is `pending` with what is known by then, the climb goes on behind it, and
 * its outcome is remembered for the next call.
 */
import type { Answer } from '../shared/answer.ts';
import { compose } from './compose.ts';
import { type KeepPorts, keep } from './keep.ts';
import { ascend, type ClimbOptions, type ClimbPorts, PATIENCE_MS, recallNow, startClimb } from './ladder.ts';
import { judgePending } from './verdict.ts';

export type VerifyPorts = ClimbPorts & KeepPorts;

/** Verifies one address. Never throws for what DNS, nodes or mail servers do. */
export async function verify(input: string, options: ClimbOptions, ports: VerifyPorts): Promise<Answer> {
  const patience = new AbortController();
  const climb = startClimb(input, options, ports.nowMs(), patience.signal);
  let isLate = false;
  const work = ascend(climb, ports).then(async (judgement) => {
    const answer = compose(climb, judgement, ports.nowMs());
    await keep(climb, answer, isLate, ports);
    return answer;
  });
  const deadline = timer(options.deadlineMs);
  const first = await Promise.race([work, deadline.passed]);
  deadline.clear();
  if (first !== null) return first;
  isLate = true;
  const patienceTimer = timer(Math.max(0, PATIENCE_MS - options.deadlineMs));
  ports.waitUntil(
    Promise.race([work, patienceTimer.passed.then(() => patience.abort())]).finally(() => patienceTimer.clear()),
  );
  // Another call's work may have ended meanwhile.
  const found = await recallNow(climb, ports);
  return compose(climb, found ?? judgePending(), ports.nowMs());
}

function timer(ms: number): { passed: Promise<null>; clear: () => void } {
  let handle: ReturnType<typeof setTimeout>;
  const passed = new Promise<null>((resolve) => {
    handle = setTimeout(() => resolve(null), ms);
  });
  return { passed, clear: () => clearTimeout(handle) };
}
