/**
 * What one caller has had of a day, and what is left: the arithmetic and the law of it. Pure but for its store.
 *
 * A day is one of UTC. Units are reserved before a probe and given back where it bought nothing; what is given back after
 * midnight belongs to a day that is over. Before it: objects/quota-object.ts, one for each caller.
 */

export const DAY_SECONDS = 86_400;
const DAY_MS = DAY_SECONDS * 1000;

/** `day`: days since 1970 in UTC. */
export type DayCount = { readonly day: number; readonly count: number };

export type Reserved = {
  /** Units that were there to be had, at most as many as were asked for. */
  readonly granted: number;
  /** Units that are left for others. */
  readonly remaining: number;
  /** The day that they are of. */
  readonly day: number;
};

/** What is asked of the counter of one caller. */
export type QuotaCounter = {
  /** As many units as there are, up to `units`; none are asked for to see what is left. */
  reserve(units: number, limit: number): Promise<Reserved>;
  /** Gives back what was reserved on that day. */
  release(units: number, day: number): Promise<void>;
};

export type DayStore = {
  readonly read: () => DayCount | null;
  readonly write: (count: DayCount) => void;
  readonly clear: () => Promise<void>;
};

export type DeskPorts = {
  readonly nowMs: () => number;
  /** Has `endDay` called after so many milliseconds. */
  readonly wakeAfter: (ms: number) => void;
};

export type QuotaDesk = QuotaCounter & {
  /** Forgets everything where the day is over. */
  endDay(): Promise<void>;
};

export function dayOf(nowMs: number): number {
  return Math.floor(nowMs / DAY_MS);
}

/** Seconds until the units of that day are there again: the midnight at its end, at least one. */
export function secondsUntilReset(day: number, nowMs: number): number {
  return Math.max(1, Math.ceil(((day + 1) * DAY_MS - nowMs) / 1000));
}

export function createQuotaDesk(store: DayStore, { nowMs, wakeAfter }: DeskPorts): QuotaDesk {
  let held = store.read();
  const wakeAtMidnight = (day: number): void => wakeAfter((day + 1) * DAY_MS - nowMs());
  const write = (count: DayCount): void => {
    const isNewDay = held?.day !== count.day;
    store.write(count);
    held = count;
    if (isNewDay) wakeAtMidnight(count.day);
  };
  return {
    async reserve(units, limit) {
      const day = dayOf(nowMs());
      const count = held?.day === day ? held.count : 0;
      const left = Math.max(0, limit - count);
      const granted = Math.min(units, left);
      if (granted > 0) write({ day, count: count + granted });
      return { granted, remaining: left - granted, day };
    },
    async release(units, day) {
      if (held?.day === day) write({ day, count: Math.max(0, held.count - units) });
    },
    async endDay() {
      if (held === null) return;
      // An alarm may be early by the difference of two clocks.
      if (held.day >= dayOf(nowMs())) return wakeAtMidnight(held.day);
      held = null;
      await store.clear();
    },
  };
}
