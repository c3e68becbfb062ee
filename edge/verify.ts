/**
 * THE FLOW: from an address to a verdict within the caller's deadline.
 *
 * Before it: routes/verify.ts. After it: ladder.ts (the steps), compose.ts (the answer), keep.ts (what is remembered).
 * When the deadline passes first, the answer is `pending` with what is known by then, the climb goes on behind it, and
 * its outcome is remembered for the next call. Work that waits for anybody is held with `waitUntil` from its beginning:
 * others may have joined it, and a client that goes away must not end it.
 */
import type { Answer } from '../shared/answer.ts';
import { canonicalOf } from '../shared/canonical.ts';
import { compose } from './compose.ts';
import { type KeepPorts, keep } from './keep.ts';
import {
  addressOf,
  ascend,
  type Climb,
  type ClimbOptions,
  type ClimbPorts,
  PATIENCE_MS,
  recallNow,
  startClimb,
} from './ladder.ts';
import { isDueForRefresh } from './memory/freshness.ts';
import { judgePending } from './verdict.ts';

export type VerifyPorts = ClimbPorts &
  KeepPorts & {
    /** True for the one who is to find a remembered verdict out anew. */
    readonly claimRefresh: (canonical: string) => boolean;
  };

/** Verifies one address. Never throws for what DNS, nodes or mail servers do. */
export async function verify(input: string, options: ClimbOptions, ports: VerifyPorts): Promise<Answer> {
  const patience = new AbortController();
  const climb = startClimb(input, options, ports.nowMs(), patience.signal);
  const judgement = ascend(climb, ports);
  if (!(judgement instanceof Promise)) return withRefresh(climb, compose(climb, judgement, ports.nowMs()), ports);
  const climbed = judgement.then((found) => compose(climb, found, ports.nowMs()));
  const kept = climbed.then((answer) => keep(climb, answer, ports));
  ports.waitUntil(holdUntil(kept, Math.max(PATIENCE_MS, options.deadlineMs), patience));
  const deadline = timer(options.deadlineMs);
  const first = await Promise.race([climbed, deadline.passed]);
  deadline.clear();
  if (first !== null) return withRefresh(climb, first, ports);
  // Another call's work may have ended meanwhile.
  return compose(climb, recallNow(climb, ports) ?? judgePending(), ports.nowMs());
}

/** The work, or the end of our patience with it. */
async function holdUntil(work: Promise<void>, patienceMs: number, patience: AbortController): Promise<void> {
  const limit = timer(patienceMs);
  try {
    await Promise.race([work, limit.passed.then(() => patience.abort())]);
  } finally {
    limit.clear();
  }
}

/** The answer as it is; where it is an old one, a new one is found behind it. */
function withRefresh(climb: Climb, answer: Answer, ports: VerifyPorts): Answer {
  const { remembered, options } = climb;
  if (remembered === null || !options.smtp || !isDueForRefresh(remembered, ports.nowMs())) return answer;
  if (!ports.claimRefresh(canonicalOf(addressOf(climb).address))) return answer;
  const { onStep: _, ...unseen } = ports;
  ports.waitUntil(verify(climb.input, { ...options, deadlineMs: PATIENCE_MS, maxAgeSeconds: 0 }, unseen));
  return answer;
}

function timer(ms: number): { passed: Promise<null>; clear: () => void } {
  let handle: ReturnType<typeof setTimeout>;
  const passed = new Promise<null>((resolve) => {
    handle = setTimeout(() => resolve(null), ms);
  });
  return { passed, clear: () => clearTimeout(handle) };
}
