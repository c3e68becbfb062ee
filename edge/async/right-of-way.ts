/**
 * Cooperative priority: bulk work of an isolate gives way to forms.
 *
 * An isolate has one thread, and sees a request that comes in only when nothing else is ready. Bulk work calls `giveWay` between
 * two pieces of work of a few milliseconds; the pieces take turns, one for each pass of the event loop, so that a request
 * that comes in waits for one piece and not for all that are ready. Three rules keep forms as quick as without it:
 *
 * - While a form is being answered bulk work is held up, for a bounded time, and then goes on for as long again.
 * - After a form the next one is expected for a second. Meanwhile bulk work rests before each piece, for as long as the piece
 *   before it took: a form mostly finds the thread idle, whatever the machine can do.
 * - If no form is expected bulk work has the whole thread, and two pieces go in one pass: a pass costs about as much as a
 *   small piece. Under a steady stream of forms it keeps a fifth of its speed (`npm run bench -- --only lists`).
 *
 * Calls of different requests share plain promises and no timers (see single-flight.ts). If the request ends whose turn it
 * is, the next one goes on after LOST_MS.
 */
import { withinOr } from './timeout.ts';

/** Milliseconds for which bulk work is held up at a time, and by one form: one that takes longer waits for others. */
const HELD_MS_MAX = 250;
/** Milliseconds after an answer: its octets are still on their way out, through the servers before this isolate. */
const WAY_OUT_MS = 25;
/** Milliseconds after an answer for which the next form is expected. */
const EXPECTED_MS = 1_000;
/** Milliseconds of the rest before a piece, at most: a clock that was put forward, or a machine that was asleep, stops no list. */
const REST_MS_MAX = 100;
/** Pieces of one pass of the event loop if no form is expected. */
const PIECES_OF_PASS = 2;
/** Milliseconds between two looks. */
const LOOK_MS = 4;
/** Milliseconds after which a turn is taken to be lost. */
const LOST_MS = 1_000;

export type RightOfWay = {
  /** A form is being answered until the returned function is called. */
  readonly claim: () => () => void;
  /** Resolves when a piece of bulk work may begin. */
  readonly giveWay: () => Promise<void>;
  /** Null, or resolves when no form is being answered: for work that must not wait for a turn as well. */
  readonly standBack: () => Promise<void> | null;
};

export type RightOfWayPorts = {
  readonly nowMs: () => number;
  /** Lets some milliseconds pass; 0 for one pass of the event loop. */
  readonly later: (ms: number) => Promise<void>;
};

export function createRightOfWay({ nowMs, later }: RightOfWayPorts): RightOfWay {
  const claims = new Set<{ readonly sinceMs: number }>();
  let leftAtMs = Number.NEGATIVE_INFINITY;
  /** Milliseconds for which bulk work may still be held up; it grows again while it is not. */
  let budgetMs = HELD_MS_MAX;
  let isSpent = false;
  let wasHeld = false;
  let lookedAtMs = nowMs();
  /** Fulfilled when the last of those that take turns has begun. */
  let last: Promise<void> | null = null;
  /** When the last piece began. */
  let beganMs = nowMs();
  /** Pieces since the last pass of the event loop. */
  let piecesOfPass = 0;

  const isClaimed = (timeMs: number): boolean =>
    timeMs - leftAtMs < WAY_OUT_MS || [...claims].some(({ sinceMs }) => timeMs - sinceMs < HELD_MS_MAX);
  const isExpected = (): boolean => claims.size > 0 || nowMs() - leftAtMs < EXPECTED_MS;
  const isHeld = (): boolean => {
    const timeMs = nowMs();
    const passedMs = timeMs - lookedAtMs;
    lookedAtMs = timeMs;
    budgetMs = Math.min(HELD_MS_MAX, budgetMs + (wasHeld ? -passedMs : passedMs));
    if (budgetMs <= 0) isSpent = true;
    else if (budgetMs === HELD_MS_MAX) isSpent = false;
    wasHeld = !isSpent && isClaimed(timeMs);
    return wasHeld;
  };

  const whileHeld = async (): Promise<void> => {
    while (isHeld()) await later(LOOK_MS);
  };

  return {
    standBack: () => (isHeld() ? whileHeld() : null),
    claim() {
      const claim = { sinceMs: nowMs() };
      claims.add(claim);
      return () => {
        if (claims.delete(claim)) leftAtMs = nowMs();
      };
    },
    async giveWay() {
      piecesOfPass += 1;
      if (piecesOfPass < PIECES_OF_PASS && !isExpected()) return;
      piecesOfPass = 0;
      const before = last;
      const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
      last = begun;
      if (before !== null) await withinOr(LOST_MS, before, undefined);
      const sinceMs = before === null ? nowMs() : beganMs;
      // What has come in meanwhile is seen after a pass of the event loop.
      await later(0);
      const restMs = Math.min(REST_MS_MAX, nowMs() - sinceMs);
      if (restMs > 0 && isExpected()) await later(restMs);
      await whileHeld();
      if (last === begun) last = null;
      beganMs = nowMs();
      begin();
    },
  };
}
