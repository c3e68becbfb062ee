/**
 * THE FLOW: from an address to a verdict within the caller's deadline.
 *
 * Before it: routes/verify.ts. After it: ladder.ts (the steps), climb.ts (the record), compose.ts (the answer),
 * record-outcome.ts (what is remembered).
 * When the deadline passes first, the answer is `pending` with what is known by then, the climb goes on behind it, and
 * its outcome is remembered for the next call. Work that waits for anybody is held with `waitUntil` from its beginning:
 * others may have joined it, and a client that goes away must not end it.
 */
import type { ParsedAddress } from '../../shared/address.ts';
import type { Answer, StepReport } from '../../shared/answer.ts';
import type { MaybePromise } from '../async/maybe-promise.ts';
import { type Judgement, judgeFault, judgePending } from '../judge/verdict.ts';
import type { Answers } from '../memory/answers.ts';
import { isDueForRefresh, isUsable, retryAfterNow } from '../memory/freshness.ts';
import type { RememberedVerdict } from '../memory/results.ts';
import { portsOver } from '../wiring/ports-over.ts';
import {
  type Climb,
  type ClimbOptions,
  type ClimbPorts,
  PATIENCE_MS,
  type Patience,
  recallNow,
  startClimb,
  withAddress,
} from './climb.ts';
import { compose } from './compose.ts';
import { ascend } from './ladder.ts';
import { worthOf } from './probe-worth.ts';
import { type KeepPorts, keep } from './record-outcome.ts';
import { takeSyntax } from './steps.ts';

/** Milliseconds past the deadline in which evidence that a node gave just before it still comes in. */
const LATE_EVIDENCE_MS = 1_000;

export type VerifyPorts = ClimbPorts &
  KeepPorts & {
    /** Answers of the last minute. */
    readonly answers: Answers;
    /** True for the one who is to find a remembered verdict out anew. */
    readonly claimRefresh: (address: string) => boolean;
  };

/**
 * Verifies one address. The answer is there at once if no step has to wait, and otherwise there is a promise of it. Never
 * throws for what DNS, nodes or mail servers do.
 *
 * @param parsedBefore the input as the caller has parsed it already, or null
 */
export function verify(
  input: string,
  options: ClimbOptions,
  ports: VerifyPorts,
  parsedBefore: ParsedAddress | null = null,
): MaybePromise<Answer> {
  const known = answerAtHand(input, options, ports);
  if (known !== null) return known;
  const patience = new PatienceOnDemand();
  const climb = startClimb(input, options, ports.nowMs(), patience, parsedBefore);
  const judgement = ascend(climb, ports);
  if (judgement instanceof Promise) return answerInTime(climb, judgement, patience, ports);
  return told(climb, compose(climb, judgement, climb.reachedMs), ports);
}

/** The answer when the climb ends or the caller's time is up, whichever is first. */
async function answerInTime(
  climb: Climb,
  judgement: Promise<Judgement>,
  patience: PatienceOnDemand,
  ports: VerifyPorts,
): Promise<Answer> {
  const { deadlineMs } = climb.options;
  const climbed = judgement.then((found) => compose(climb, found, ports.nowMs()));
  let isPending = false;
  const kept = climbed.then(
    (answer) => {
      settle(climb, answer, ports);
      return keep(climb, answer, ports);
    },
    (error: unknown) => {
      settle(climb, null, ports);
      // A caller who still waits is told of it; what is held and rejected the runtime would write down in its own words.
      if (isPending) throw error;
    },
  );
  const patienceMs = Math.max(PATIENCE_MS, deadlineMs + LATE_EVIDENCE_MS);
  const held = holdUntil(climbed, patienceMs, patience);
  // A climb that outlasts our patience is not waited for, and a fault of it is nobody's.
  ports.waitUntil(held.then((isOver) => (isOver ? kept : void kept.catch(() => {}))));
  const deadline = timer(deadlineMs);
  const first = await Promise.race([climbed, deadline.passed]);
  deadline.clear();
  if (first !== null) return told(climb, first, ports);
  isPending = true;
  // Another call's work may have ended meanwhile.
  return compose(climb, recallNow(climb, ports) ?? judgePending(), ports.nowMs());
}

/** The answer where `verify` has thrown and others wait for theirs: nothing is known but the address, and nothing is kept. */
export function answerToFault(
  input: string,
  options: ClimbOptions,
  nowMs: number,
  parsedBefore: ParsedAddress | null = null,
): Answer {
  const climb = startClimb(input, options, nowMs, new PatienceOnDemand(), parsedBefore);
  takeSyntax(climb);
  return compose(climb, judgeFault(), nowMs);
}

/** A probe of one's own that came to a verdict is paid for; whatever else a climb came to costs no unit. */
function settle(climb: Climb, answer: Answer | null, { quota }: VerifyPorts): void {
  if (quota === null) return;
  quota.settle(climb.unit, worthOf(climb, answer));
}

/** The answer that was composed of the verdict that is still at hand, as it stands now; or null. */
function answerAtHand(input: string, options: ClimbOptions, ports: VerifyPorts): Answer | null {
  const known = ports.answers.get(input);
  if (known === null) return null;
  const { answer, remembered, domain } = known;
  const nowMs = ports.nowMs();
  if (ports.atHand(answer.address) !== remembered || !isUsable(remembered, options.maxAgeSeconds, nowMs)) return null;
  // A list may have learnt of it since.
  if (ports.isDisposable(domain)) return null;
  const step: StepReport = { step: 'memory', outcome: 'stop', ms: 0 };
  ports.onStep?.(step);
  refreshWhereDue(input, answer.address, remembered, options, ports);
  return { ...answer, retry_after: retryAfterNow(remembered, nowMs), steps: [step] };
}

/** The answer; where it is a remembered one it is at hand for the next caller, and found out anew if it is old. */
function told(climb: Climb, answer: Answer, ports: VerifyPorts): Answer {
  const { input, remembered, options } = climb;
  if (remembered === null) return answer;
  ports.answers.hold(input, { answer, remembered, domain: withAddress(climb).address.domain });
  refreshWhereDue(input, answer.address, remembered, options, ports);
  return answer;
}

function refreshWhereDue(
  input: string,
  address: string,
  remembered: RememberedVerdict,
  options: ClimbOptions,
  ports: VerifyPorts,
): void {
  if (!options.smtp || !isDueForRefresh(remembered, ports.nowMs()) || !ports.claimRefresh(address)) return;
  const unseen = portsOver(ports, { onStep: () => {}, quota: null });
  // A fault of it is no fault of the answer that is already there.
  const refresh = async (): Promise<Answer> =>
    verify(input, { ...options, deadlineMs: PATIENCE_MS, maxAgeSeconds: 0 }, unseen);
  ports.waitUntil(refresh());
}

/** Makes its signal when a step first waits: most climbs are over before that. */
class PatienceOnDemand implements Patience {
  #controller: AbortController | null = null;

  get signal(): AbortSignal {
    return this.#made().signal;
  }

  end(): void {
    this.#made().abort();
  }

  #made(): AbortController {
    this.#controller ??= new AbortController();
    return this.#controller;
  }
}

/** Waits for the climb until our patience with it ends; true if it is over by then, and what it came to is being kept. */
async function holdUntil(climbed: Promise<unknown>, patienceMs: number, patience: PatienceOnDemand): Promise<boolean> {
  const limit = timer(patienceMs);
  const over = climbed.then(
    () => true,
    () => true,
  );
  const isOver = await Promise.race([over, limit.passed.then(() => false)]);
  limit.clear();
  if (!isOver) patience.end();
  return isOver;
}

function timer(ms: number): { passed: Promise<null>; clear: () => void } {
  let handle: ReturnType<typeof setTimeout>;
  const passed = new Promise<null>((resolve) => {
    handle = setTimeout(() => resolve(null), ms);
  });
  return { passed, clear: () => clearTimeout(handle) };
}
