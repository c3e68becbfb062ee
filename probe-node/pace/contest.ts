/**
 * Fair share of a lane between two classes of work: a form waits for an `interactive` question, no person for a `bulk` one.
 *
 * - Interactive goes first, wherever both wait.
 * - While the lane is contested (an interactive question came within the last CONTESTED_MS), bulk has at most BULK_SHARE_MAX
 *   of its tokens and places, and BULK_SHARE_MIN of them even if interactive could use them all, so that neither starves.
 * - Otherwise bulk has the whole rate, but leaves the RESERVE of a bucket untouched: the first interactive question finds
 *   tokens at hand.
 */

export const BULK_SHARE_MAX = 0.7;
export const BULK_SHARE_MIN = 0.1;
/** Share of a bucket's burst that bulk work leaves for the next interactive question. */
export const RESERVE = 0.3;
/** Milliseconds after an interactive question for which the next one is expected. */
const CONTESTED_MS = 30_000;

/** Whether interactive questions have come to one lane lately. */
export class Contest {
  #untilMs = 0;

  /** An interactive question has come. */
  note(nowMs: number): void {
    this.#untilMs = nowMs + CONTESTED_MS;
  }

  /** Milliseconds for which the lane stays contested if no other interactive question comes; 0 if it is not. */
  leftMs(nowMs: number): number {
    return Math.max(0, this.#untilMs - nowMs);
  }
}
