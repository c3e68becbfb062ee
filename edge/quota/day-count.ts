/**
 * The daily count of one caller: units used and units left. Pure but for its store.
 *
 * A day is a UTC day. Units are reserved before a probe and given back if the probe yielded nothing; units given back
 * after midnight belong to a past day and are dropped. Before it: objects/quota-object.ts, one per caller.
 */
import { ExpiringMap } from '../../shared/expiring-map.ts';

export const DAY_SECONDS = 86_400;
const DAY_MS = DAY_SECONDS * 1000;

/** Fruitless probes allowed per unit of the quota, and the minimum per day. */
const VAIN_PER_UNIT = 10;
const VAIN_MIN = 100;

/** `day`: days since 1970 in UTC; `count`: units reserved or spent; `vain`: fruitless probes (flow/probe-worth.ts). */
export type DayCount = {
  readonly day: number;
  readonly count: number;
  readonly vain: number;
  /** Set for a caller with a bound by the minute: minutes since 1970, and the units reserved or spent in it. */
  readonly minute?: { readonly number: number; readonly count: number };
};

const MINUTE_MS = 60_000;

/** Calls that are known again, and for how long: the second try follows the first at once. */
const CALLS_MAX = 100;
const CALL_KNOWN_MS = 10_000;

export type GrantedUnits = {
  /** Units granted, at most as many as requested. */
  readonly granted: number;
  /** Units left for other requests; 0 once too many probes were fruitless. */
  readonly remaining: number;
  /** Fruitless probes that are still allowed. */
  readonly vainLeft: number;
  /** The day of these units. */
  readonly day: number;
  /** Set if the counter could not be reached: seconds until it is worthwhile to ask again. */
  readonly uncountedSeconds?: number;
  /** Set if units of the day are left and none of this minute: seconds until the next one. */
  readonly pausedSeconds?: number;
};

/** The interface of one caller's counter. */
export type QuotaCounter = {
  /**
   * Reserves up to `units`; with 0 it only reports.
   *
   * @param minuteLimit units of one minute, or null if only the day is bounded
   * @param call names the call: repeated within seconds, it is answered as before and counted once
   */
  reserve(units: number, limit: number, minuteLimit?: number | null, call?: string): Promise<GrantedUnits>;
  /**
   * Gives back units reserved on that day.
   *
   * @param vain fruitless probes of that day that were not reported before
   */
  release(units: number, day: number, vain: number): Promise<void>;
};

export type DayStore = {
  readonly read: () => DayCount | null;
  readonly write: (count: DayCount) => void;
  readonly clear: () => Promise<void>;
};

export type DayCounterPorts = {
  readonly nowMs: () => number;
  /** Schedules a call of `endDay`, in milliseconds from now. */
  readonly wakeAfter: (ms: number) => void;
};

export type DayCounter = QuotaCounter & {
  /** Deletes everything if the day is over. */
  endDay(): Promise<void>;
};

export function dayOf(nowMs: number): number {
  return Math.floor(nowMs / DAY_MS);
}

/** Seconds until the next midnight after that day, when its units are there again; at least 1. */
export function secondsUntilReset(day: number, nowMs: number): number {
  return Math.max(1, Math.ceil(((day + 1) * DAY_MS - nowMs) / 1000));
}

/**
 * Fruitless probes allowed per day: far more than an honest list has, yet a bound for a caller with a server that never
 * answers.
 */
function vainLimit(limit: number): number {
  return Math.max(VAIN_MIN, limit * VAIN_PER_UNIT);
}

export function createDayCounter(store: DayStore, { nowMs, wakeAfter }: DayCounterPorts): DayCounter {
  let held = store.read();
  const calls = new ExpiringMap<GrantedUnits>(CALLS_MAX, nowMs);
  const wakeAtMidnight = (day: number): void => wakeAfter((day + 1) * DAY_MS - nowMs());
  const write = (count: DayCount): void => {
    const isNewDay = held?.day !== count.day;
    store.write(count);
    held = count;
    if (isNewDay) wakeAtMidnight(count.day);
  };
  return {
    async reserve(units, limit, minuteLimit = null, call = '') {
      const before = calls.get(call);
      if (before !== undefined) return before;
      const now = nowMs();
      const day = dayOf(now);
      const { count, vain, minute } = held?.day === day ? held : { count: 0, vain: 0 };
      const vainLeft = Math.max(0, vainLimit(limit) - vain);
      const left = vainLeft === 0 ? 0 : Math.max(0, limit - count);
      const thisMinute = Math.floor(now / MINUTE_MS);
      const ofMinute = minute?.number === thisMinute ? minute.count : 0;
      const leftOfMinute = minuteLimit === null ? left : Math.max(0, minuteLimit - ofMinute);
      const granted = Math.min(units, left, leftOfMinute);
      if (granted > 0) {
        const next = minuteLimit === null ? {} : { minute: { number: thisMinute, count: ofMinute + granted } };
        write({ day, count: count + granted, vain, ...next });
      }
      const isPaused = granted < units && leftOfMinute < left;
      const paused = isPaused ? { pausedSeconds: Math.ceil(((thisMinute + 1) * MINUTE_MS - now) / 1000) } : {};
      const answer = { granted, remaining: left - granted, vainLeft, day, ...paused };
      if (call !== '' && granted > 0) calls.set(call, answer, CALL_KNOWN_MS);
      return answer;
    },
    async release(units, day, vain) {
      if (held?.day !== day) return;
      const { minute, ...ofDay } = held;
      // A probe in vain costs no unit of the day, and one of the minute all the same: it kept a node busy.
      const next =
        minute === undefined ? {} : { minute: { ...minute, count: Math.max(0, minute.count - (units - vain)) } };
      write({ day, count: Math.max(0, ofDay.count - units), vain: ofDay.vain + vain, ...next });
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
