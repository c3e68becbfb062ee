/**
 * Token bucket of one rate of a lane, shared by interactive and bulk work (contest.ts has the law between them).
 *
 * Interactive callers take their tokens on arrival and sleep until these are there. Bulk callers queue in order of arrival
 * and take theirs when their turn has come, so that an interactive caller never waits for a bulk caller that waits. A caller
 * that would have to wait past its deadline is told so at once and takes nothing.
 */
import type { Priority } from '../../shared/job.ts';
import { type Bucket, type BucketRate, refill, take, waitMs } from './bucket.ts';
import { BULK_SHARE_MAX, BULK_SHARE_MIN, type Contest, RESERVE } from './contest.ts';

/** Seconds of its rate that a bucket may save up, and that a new one holds; one token can be saved up at any rate. */
const BURST_SECONDS = 5;
/** Tokens that bulk work takes at once at least, if the rate gives as many in two seconds. */
const BULK_BATCH = 4;
/** Why a sleep ends: without a reason of ours an error is made for each. */
const TURN_CAME = 'turn';

export type GatePorts = {
  readonly nowMs: () => number;
  /** Resolves after the delay, or at once when the signal aborts. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
};

/** A request for tokens. */
export type TokenRequest = {
  readonly count: number;
  readonly priority: Priority;
  /** On the scale of `nowMs`. */
  readonly latestMs: number;
  readonly signal: AbortSignal;
  /** On the scale of `nowMs`: no token is used before. */
  readonly closedUntilMs: () => number;
};

/** The tokens were taken; or how many milliseconds they would have taken to come; or the signal ended the wait. */
export type Passage = 'passed' | 'aborted' | { readonly waitMs: number };

type Turn = { readonly count: number; wake: () => void };

export class TokenGate {
  readonly #perSecond: number;
  readonly #rate: BucketRate;
  readonly #contest: Contest;
  readonly #ports: GatePorts;
  #all: Bucket;
  /** What bulk work may take while the lane is contested, at most and in any case. */
  #most: Bucket;
  #least: Bucket;
  /** Bulk callers that wait, in order of arrival. */
  readonly #turns: Turn[] = [];

  constructor(perSecond: number, contest: Contest, ports: GatePorts) {
    this.#perSecond = perSecond;
    this.#rate = rateOf(perSecond);
    this.#contest = contest;
    this.#ports = ports;
    const atMs = ports.nowMs();
    this.#all = { tokens: perSecond * BURST_SECONDS, atMs };
    this.#most = { tokens: shareOf(this.#rate, BULK_SHARE_MAX).burst, atMs };
    this.#least = { tokens: 0, atMs };
  }

  /** Waits for tokens and takes them. */
  pass(request: TokenRequest): Promise<Passage> {
    return request.priority === 'bulk' ? this.#passInTurn(request) : this.#passFirst(request);
  }

  /** Takes tokens if they can be had without waiting. */
  passNow(count: number, priority: Priority): boolean {
    const nowMs = this.#ports.nowMs();
    const isQueued = priority === 'bulk' && this.#turns.length > 0;
    if (isQueued || this.#waitMs(count, priority, nowMs) > 0) return false;
    this.#take(count, priority, nowMs);
    return true;
  }

  /** Returns unused tokens. */
  giveBack(count: number): void {
    this.#all = take(this.#all, this.#rate, -count, this.#ports.nowMs());
    this.#turns[0]?.wake();
  }

  /**
   * Tokens that can be had without waiting, as a whole number of at least 1. Bulk work waits for a batch: one recipient at a
   * time would cost the server a transaction each, and a new session every ten of them.
   */
  available(priority: Priority): number {
    const nowMs = this.#ports.nowMs();
    const { tokens } = refill(this.#all, this.#rate, nowMs);
    if (priority === 'interactive') return Math.max(1, Math.floor(tokens));
    const most = refill(this.#most, shareOf(this.#rate, BULK_SHARE_MAX), nowMs).tokens;
    const beyondReserve = tokens - RESERVE * this.#rate.burst;
    const atHand = Math.floor(this.#isContested(nowMs) ? Math.min(beyondReserve, most) : beyondReserve);
    return Math.max(atHand, Math.min(BULK_BATCH, Math.ceil(this.#perSecond / 2)));
  }

  /** True while a new gate would admit a caller earlier. */
  isShort(): boolean {
    return refill(this.#all, this.#rate, this.#ports.nowMs()).tokens < this.#perSecond * BURST_SECONDS;
  }

  async #passFirst({ count, latestMs, signal, closedUntilMs }: TokenRequest): Promise<Passage> {
    const nowMs = this.#ports.nowMs();
    const untilMs = Math.max(closedUntilMs(), nowMs + this.#waitMs(count, 'interactive', nowMs));
    if (untilMs > latestMs) return { waitMs: untilMs - nowMs };
    this.#take(count, 'interactive', nowMs);
    if (untilMs > nowMs) await this.#ports.sleep(untilMs - nowMs, signal);
    return signal.aborted ? 'aborted' : 'passed';
  }

  async #passInTurn({ count, latestMs, signal, closedUntilMs }: TokenRequest): Promise<Passage> {
    const turn: Turn = { count, wake: () => {} };
    const leftMs = (aheadCount: number): number => {
      const nowMs = this.#ports.nowMs();
      return Math.max(closedUntilMs() - nowMs, this.#waitMs(count, 'bulk', nowMs, aheadCount));
    };
    const ahead = this.#turns.reduce((sum, other) => sum + other.count, 0);
    const firstMs = leftMs(ahead);
    if (this.#ports.nowMs() + firstMs > latestMs) return { waitMs: firstMs };
    this.#turns.push(turn);
    try {
      for (;;) {
        if (signal.aborted) return 'aborted';
        const isFirst = this.#turns[0] === turn;
        const pauseMs = leftMs(0);
        const remainingMs = latestMs - this.#ports.nowMs();
        if (isFirst && pauseMs <= 0) {
          this.#take(count, 'bulk', this.#ports.nowMs());
          return 'passed';
        }
        // Interactive callers may have come in between.
        if (remainingMs <= 0 || (isFirst && pauseMs > remainingMs)) return { waitMs: pauseMs };
        // A lane that is contested no longer has more tokens for bulk work.
        const contestedMs = this.#contest.leftMs(this.#ports.nowMs());
        const soonestMs = contestedMs > 0 ? Math.min(pauseMs, contestedMs) : pauseMs;
        // Whole milliseconds: a wait that rounding has left over must not be slept again and again.
        await this.#sleepInTurn(Math.ceil(isFirst ? soonestMs : remainingMs), turn, signal);
      }
    } finally {
      this.#turns.splice(this.#turns.indexOf(turn), 1);
      this.#turns[0]?.wake();
    }
  }

  /** Sleeps until the time is up, the signal aborts, or the turn is woken. */
  async #sleepInTurn(ms: number, turn: Turn, signal: AbortSignal): Promise<void> {
    const over = new AbortController();
    const end = (): void => over.abort(TURN_CAME);
    turn.wake = end;
    signal.addEventListener('abort', end, { once: true });
    await this.#ports.sleep(ms, over.signal);
    signal.removeEventListener('abort', end);
  }

  /** Milliseconds until `count` tokens may be used, were they taken now; for bulk work behind `ahead` tokens of others. */
  #waitMs(count: number, priority: Priority, nowMs: number, ahead = 0): number {
    if (priority === 'interactive') return waitMs(this.#all, this.#rate, count, nowMs);
    const { burst } = this.#rate;
    const needed = Math.min(burst, count + RESERVE * burst);
    const beyondReserveMs = waitMs(this.#all, this.#rate, ahead + needed, nowMs);
    if (!this.#isContested(nowMs)) return beyondReserveMs;
    const ofShare = (bucket: Bucket, share: number): number => {
      const rate = shareOf(this.#rate, share);
      return waitMs(bucket, rate, ahead + Math.min(count, rate.burst), nowMs);
    };
    const mostMs = ofShare(this.#most, BULK_SHARE_MAX);
    return Math.max(mostMs, Math.min(beyondReserveMs, ofShare(this.#least, BULK_SHARE_MIN)));
  }

  #take(count: number, priority: Priority, nowMs: number): void {
    if (priority === 'bulk' && this.#isContested(nowMs)) {
      const isBeyondReserve = refill(this.#all, this.#rate, nowMs).tokens >= count + RESERVE * this.#rate.burst;
      this.#most = take(this.#most, shareOf(this.#rate, BULK_SHARE_MAX), count, nowMs);
      if (!isBeyondReserve) this.#least = take(this.#least, shareOf(this.#rate, BULK_SHARE_MIN), count, nowMs);
    }
    this.#all = take(this.#all, this.#rate, count, nowMs);
  }

  #isContested(nowMs: number): boolean {
    return this.#contest.leftMs(nowMs) > 0;
  }
}

function rateOf(perSecond: number): BucketRate {
  return { perSecond, burst: Math.max(1, perSecond * BURST_SECONDS) };
}

function shareOf({ perSecond, burst }: BucketRate, share: number): BucketRate {
  return { perSecond: perSecond * share, burst: Math.max(1, burst * share) };
}
