/**
 * Semaphore of one lane: concurrent sessions of interactive and bulk work (contest.ts has the law between them).
 *
 * A place that becomes free goes to the interactive caller that has waited longest, else to the bulk caller that has. It is
 * handed on and never free in between, so that a caller who comes just then cannot take it as well.
 */
import type { Priority } from '../../shared/job.ts';
import { BULK_SHARE_MAX, BULK_SHARE_MIN, type Contest } from './contest.ts';
import type { GatePorts } from './token-gate.ts';

/** Places handed to interactive callers in a row after which a bulk caller that waits has the next one. */
const PASSED_OVER_MAX = 1 / BULK_SHARE_MIN - 1;
/** Why a wait ends: without a reason of ours an error is made for each. */
const OVER = 'over';

export type PlacePorts = GatePorts & {
  /** Asked to end an idle session of the lane, so that a caller who waits can have its place. */
  readonly makeRoom: (priority: Priority) => void;
};

type Waiter = { readonly admit: () => void };

export class Places {
  readonly #max: number;
  readonly #contest: Contest;
  readonly #ports: PlacePorts;
  readonly #inside = { interactive: 0, bulk: 0 };
  readonly #waiting: Readonly<Record<Priority, Waiter[]>> = { interactive: [], bulk: [] };
  /** Places handed to interactive callers in a row while a bulk caller waited. */
  #passedOver = 0;

  constructor(max: number, contest: Contest, ports: PlacePorts) {
    this.#max = max;
    this.#contest = contest;
    this.#ports = ports;
  }

  get isInUse(): boolean {
    return this.#insideCount > 0 || this.waiting() > 0;
  }

  /** Callers that wait for a place. */
  waiting(priority?: Priority): number {
    const { interactive, bulk } = this.#waiting;
    return priority === undefined ? interactive.length + bulk.length : this.#waiting[priority].length;
  }

  /** True if a caller who comes now has a place without waiting. */
  hasRoom(priority: Priority): boolean {
    const isFirst = priority === 'interactive' ? this.waiting('interactive') === 0 : this.waiting() === 0;
    return isFirst && this.#mayEnter(priority);
  }

  /** Takes a place, whether or not there is room. The function that is returned gives it up, once. */
  enter(priority: Priority): () => void {
    this.#inside[priority] += 1;
    let isInside = true;
    return () => {
      if (!isInside) return;
      isInside = false;
      this.#inside[priority] -= 1;
      this.#handOn();
    };
  }

  /** Waits for a place and takes it; null if the time is up, or the signal aborts, first. */
  async enterInTurn(priority: Priority, latestMs: number, signal: AbortSignal): Promise<(() => void) | null> {
    if (this.hasRoom(priority)) return this.enter(priority);
    let leave: (() => void) | null = null;
    const over = new AbortController();
    const end = (): void => over.abort(OVER);
    const waiter: Waiter = {
      admit: () => {
        leave = this.enter(priority);
        end();
      },
    };
    const waiting = this.#waiting[priority];
    waiting.push(waiter);
    this.#ports.makeRoom(priority);
    signal.addEventListener('abort', end, { once: true });
    while (leave === null && !over.signal.aborted) {
      const nowMs = this.#ports.nowMs();
      if (nowMs >= latestMs) break;
      // A lane that is contested no longer has room for more bulk work.
      const contestedMs = priority === 'bulk' ? this.#contest.leftMs(nowMs) : 0;
      await this.#ports.sleep(
        Math.min(latestMs - nowMs, contestedMs > 0 ? contestedMs : latestMs - nowMs),
        over.signal,
      );
      if (leave === null && !over.signal.aborted) this.#handOn();
    }
    signal.removeEventListener('abort', end);
    const place = waiting.indexOf(waiter);
    if (place >= 0) waiting.splice(place, 1);
    return leave;
  }

  get #insideCount(): number {
    return this.#inside.interactive + this.#inside.bulk;
  }

  #mayEnter(priority: Priority): boolean {
    if (this.#insideCount >= this.#max) return false;
    const isContested = priority === 'bulk' && this.#contest.leftMs(this.#ports.nowMs()) > 0;
    return !isContested || this.#inside.bulk < Math.max(1, Math.floor(this.#max * BULK_SHARE_MAX));
  }

  #handOn(): void {
    for (;;) {
      const next = this.#takeNext();
      if (next === undefined) return;
      next.admit();
    }
  }

  #takeNext(): Waiter | undefined {
    const { interactive, bulk } = this.#waiting;
    const mayBulk = bulk.length > 0 && this.#mayEnter('bulk');
    const isInteractive = interactive.length > 0 && !(mayBulk && this.#passedOver >= PASSED_OVER_MAX);
    if (isInteractive && this.#mayEnter('interactive')) {
      this.#passedOver = bulk.length > 0 ? this.#passedOver + 1 : 0;
      return interactive.shift();
    }
    if (!mayBulk) return undefined;
    this.#passedOver = 0;
    return bulk.shift();
  }
}
