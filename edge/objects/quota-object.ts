/**
 * The daily count of one caller as a Durable Object, named by a keyed hash of the caller. A shell: every call goes to
 * quota/day-count.ts, which decides. An alarm at midnight (UTC) deletes everything.
 */
import { DurableObject, type DurableObjectState } from 'cloudflare:workers';
import type { Env } from '../env.ts';
import { createDayCounter, type DayCounter, type QuotaCounter } from '../quota/day-count.ts';
import { createDayStore } from './quota-store.ts';

export class QuotaObject extends DurableObject<Env> implements QuotaCounter {
  readonly #counter: DayCounter;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#counter = createDayCounter(createDayStore(ctx.storage), {
      nowMs: () => this.nowMs(),
      wakeAfter: (ms) => void ctx.storage.setAlarm(Date.now() + ms),
    });
  }

  reserve(...asked: Parameters<QuotaCounter['reserve']>): ReturnType<QuotaCounter['reserve']> {
    return this.#counter.reserve(...asked);
  }

  release(units: number, day: number, vain: number): Promise<void> {
    return this.#counter.release(units, day, vain);
  }

  alarm(): Promise<void> {
    return this.#counter.endDay();
  }

  /** The clock that determines the day. */
  protected nowMs(): number {
    return Date.now();
  }
}
