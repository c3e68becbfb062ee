/** Counters of callers as the Durable Objects have them, in memory: the real arithmetic over a store that is a variable. */
import type { Env } from '../../../edge/env.ts';
import { createDayCounter, type DayCount, type DayCounter, type DayStore } from '../../../edge/quota/day-count.ts';

export type Counters = Env['QUOTA'] & {
  /** Calls, oldest first: `reserve 1 of 10`, `release 1`. */
  readonly calls: readonly string[];
  /** The count of each counter, by name. */
  readonly counts: () => ReadonlyMap<string, number>;
  /** Puts something in the place of every answer. */
  readonly behave: (conduct: (() => Promise<never>) | null) => void;
};

export function memoryStore(): DayStore & { readonly held: () => DayCount | null } {
  let held: DayCount | null = null;
  return {
    held: () => held,
    read: () => held,
    write: (count) => {
      held = count;
    },
    clear: async () => {
      held = null;
    },
  };
}

export function createCounters(nowMs: () => number): Counters {
  const counters = new Map<string, { readonly day: DayCounter; readonly store: ReturnType<typeof memoryStore> }>();
  const calls: string[] = [];
  let conduct: (() => Promise<never>) | null = null;
  return {
    calls,
    counts: () => new Map([...counters].map(([name, { store }]) => [name, store.held()?.count ?? 0])),
    behave: (next) => {
      conduct = next;
    },
    getByName(name) {
      let counter = counters.get(name);
      if (counter === undefined) {
        const store = memoryStore();
        counter = { store, day: createDayCounter(store, { nowMs, wakeAfter: () => {} }) };
        counters.set(name, counter);
      }
      const { day: dayCounter } = counter;
      return {
        reserve(units, limit, ...more) {
          calls.push(`reserve ${units} of ${limit}`);
          return conduct === null ? dayCounter.reserve(units, limit, ...more) : conduct();
        },
        release(units, day, vain) {
          calls.push(vain === 0 ? `release ${units}` : `release ${units}, ${vain} in vain`);
          return conduct === null ? dayCounter.release(units, day, vain) : conduct();
        },
      };
    },
  };
}
