/**
 * THE FLOW: from an address to a verdict within the caller's deadline.
 *
 * Before it: routes/verify.ts. After it: ladder.ts (the steps), climb.ts (the record), compose.ts (the answer),
 * record-outcome.ts (memory and rechecks).
 *
 * If the deadline passes first, the answer is `pending` with the findings so far, the climb goes on behind it, and its outcome
 * is remembered for the next call. Work that must wait is held with `waitUntil` from its beginning: other callers may have
 * joined it, and a client that goes away must not end it.
 */
import type { ParsedAddress } from '../../shared/address.ts';
import type { Answer, StepReport } from '../../shared/answer.ts';
import { withinOr } from '../async/timeout.ts';
import { type Judgement, judgeFault, judgePending } from '../judge/verdict.ts';
import type { Answers } from '../memory/answers.ts';
import { isDueForRefresh, isUsable, retryAfterNow } from '../memory/freshness.ts';
import type { RememberedVerdict } from '../memory/results.ts';
import { begunEarly } from './begun-early.ts';
import {
  type Climb,
  type ClimbOptions,
  type ClimbPorts,
  PATIENCE_MS,
  recallNow,
  startClimb,
  withAddress,
} from './climb.ts';
import { compose } from './compose.ts';
import { ascend, takeChecks, takeFirstCheck } from './ladder.ts';
import { worthOf } from './probe-worth.ts';
import { type KeepPorts, keep } from './record-outcome.ts';
import { takeSyntax } from './steps.ts';

/** Milliseconds past the deadline in which evidence that a node gave just before it still comes in. */
const LATE_EVIDENCE_MS = 1_000;

export type VerifyPorts = ClimbPorts &
  KeepPorts & {
    /** Answers of the last minute. */
    readonly answers: Answers;
    /** Ends when disposable domains may be looked up, and never rejects; null if they may be now. */
    readonly names: Promise<void> | null;
    /**
     * Called when a person begins to wait, and the returned function when the answer is there: lists of the same isolate give way.
     * Left out for work that no person waits for.
     */
    readonly claimWay?: (() => () => void) | undefined;
    /** True for one caller in a while: that one refreshes the remembered verdict (stale-while-revalidate). */
    readonly claimRefresh: (address: string) => boolean;
    /**
     * Called with the fault if work behind an answer failed: a write that the store refused, or a climb that broke. If it throws,
     * the work that is held with `waitUntil` rejects.
     */
    readonly noteUnrecorded: (error: unknown) => void;
  };

/**
 * Verifies one address. Never rejects for anything that DNS, nodes or mail servers do. A verdict that the checks settle waits
 * for nothing, except that an isolate's first look-up of a disposable domain waits for the names: no timer, no `waitUntil`, no I/O.
 *
 * @param parsedBefore the input as the caller has parsed it already, or null
 */
export async function verify(
  input: string,
  options: ClimbOptions,
  ports: VerifyPorts,
  parsedBefore: ParsedAddress | null = null,
): Promise<Answer> {
  const known = answerAtHand(input, options, ports);
  if (known !== null) return known;
  const patience = new AbortController();
  const climb = startClimb(input, options, ports.nowMs(), patience.signal, parsedBefore);
  const checked = takeFirstCheck(climb, ports) ?? (ports.names === null ? takeChecks(climb, ports) : null);
  return checked === null ? answerInTime(climb, patience, ports) : compose(climb, checked, climb.reachedMs);
}

/** The answer when the climb ends or the caller's time is up, whichever is first. */
async function answerInTime(climb: Climb, patience: AbortController, ports: VerifyPorts): Promise<Answer> {
  const { deadlineMs } = climb.options;
  const climbed = climbToAnswer(climb, ports);
  const progress = { isPending: false };
  const recorded = recordWhenOver(climb, climbed, progress, ports);
  const inTime = withinOr(deadlineMs, climbed, null);
  const patienceMs = Math.max(PATIENCE_MS - deadlineMs, LATE_EVIDENCE_MS);
  ports.waitUntil(holdWithPatience(inTime, climbed, recorded, patienceMs, patience, ports));
  const leaveWay = ports.claimWay?.();
  const answer = await inTime.finally(leaveWay);
  if (answer !== null) return told(climb, answer, ports);
  progress.isPending = true;
  // Another call's work may have ended meanwhile.
  return compose(climb, recallNow(climb, ports) ?? judgePending(), ports.nowMs());
}

async function climbToAnswer(climb: Climb, ports: VerifyPorts): Promise<Answer> {
  const judgement = await (ports.names === null ? ascend(climb, ports) : ascendAfter(ports.names, climb, ports));
  return compose(climb, judgement, ports.nowMs());
}

/** Takes the checks when the names are there, and meanwhile begins to read what the steps after them need. */
async function ascendAfter(names: Promise<void>, climb: Climb, ports: VerifyPorts): Promise<Judgement> {
  const early = begunEarly(withAddress(climb), ports);
  await names;
  return takeChecks(climb, early) ?? ascend(climb, early);
}

/** Settles the quota when the climb is over, and remembers its outcome. */
async function recordWhenOver(
  climb: Climb,
  climbed: Promise<Answer>,
  progress: { readonly isPending: boolean },
  ports: VerifyPorts,
): Promise<void> {
  let answer: Answer;
  try {
    answer = await climbed;
  } catch (error) {
    settle(climb, null, ports);
    // A waiting caller gets the error through `climbed`.
    if (progress.isPending) throw error;
    return;
  }
  settle(climb, answer, ports);
  await keep(climb, answer, ports);
}

/**
 * Ends when the outcome is recorded, or when our patience ends: then the climb is called off, and a fault of it ignored. A fault is
 * noted and not left to the promise: workerd logs the message of a rejected one, and that may quote an address.
 *
 * @param inTime null once the deadline has passed; our patience begins there
 */
async function holdWithPatience(
  inTime: Promise<Answer | null>,
  climbed: Promise<unknown>,
  recorded: Promise<void>,
  patienceMs: number,
  patience: AbortController,
  { noteUnrecorded }: VerifyPorts,
): Promise<void> {
  recorded.catch(() => {});
  const isOver = await inTime.then(
    (answer) => answer !== null,
    () => true,
  );
  if (isOver || (await isOverWithin(patienceMs, climbed))) return recorded.catch(noteUnrecorded);
  patience.abort();
}

function isOverWithin(ms: number, work: Promise<unknown>): Promise<boolean> {
  const over = work.then(
    () => true,
    () => true,
  );
  return withinOr(ms, over, false);
}

/** The answer if `verify` has rejected and others wait for theirs: only the address is known, and nothing is kept. */
export function answerToFault(
  input: string,
  options: ClimbOptions,
  nowMs: number,
  parsedBefore: ParsedAddress | null = null,
): Answer {
  const climb = startClimb(input, options, nowMs, new AbortController().signal, parsedBefore);
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
  refreshIfDue(input, answer.address, remembered, options, ports);
  return { ...answer, retry_after: retryAfterNow(remembered, nowMs), steps: [step] };
}

/** The answer. If it is from memory, it is held for the next caller and refreshed behind the answer once it is old. */
function told(climb: Climb, answer: Answer, ports: VerifyPorts): Answer {
  const { input, remembered, options } = climb;
  if (remembered === null) return answer;
  ports.answers.hold(input, { answer, remembered, domain: withAddress(climb).address.domain });
  refreshIfDue(input, answer.address, remembered, options, ports);
  return answer;
}

function refreshIfDue(
  input: string,
  address: string,
  remembered: RememberedVerdict,
  options: ClimbOptions,
  ports: VerifyPorts,
): void {
  if (!options.smtp || !isDueForRefresh(remembered, ports.nowMs()) || !ports.claimRefresh(address)) return;
  const unseen = { ...ports, onStep: () => {}, quota: null, claimWay: undefined };
  const refreshed = verify(input, { ...options, deadlineMs: PATIENCE_MS, maxAgeSeconds: 0 }, unseen);
  ports.waitUntil(refreshed.then(() => {}, ports.noteUnrecorded));
}
