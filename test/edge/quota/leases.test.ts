import { beforeEach, describe, expect, test } from 'vitest';
import type { CounterLink } from '../../../edge/quota/counter-link.ts';
import { dayOf, type GrantedUnits } from '../../../edge/quota/day-count.ts';
import { createUnitLeases, type UnitLeasePorts, type UnitLeases } from '../../../edge/quota/leases.ts';

const START_MS = Date.UTC(2026, 0, 1, 12);
const ADA = 'key ada';

let nowMs: number;
/** Milliseconds that a call of the counter takes. */
let callMs: number;
let used: number;
let calls: string[];
/** Calls that nobody waits for. */
let ahead: number;
let isAway: boolean;
/** Calls for units ahead of their use wait for it. */
let aheadAnswered: Promise<void>;
let pauses: { readonly untilMs: number; readonly end: () => void }[];
let behind: Promise<unknown>[];
let leases: UnitLeases;

beforeEach(() => {
  nowMs = START_MS;
  callMs = 100;
  used = 0;
  calls = [];
  ahead = 0;
  isAway = false;
  aheadAnswered = Promise.resolve();
  pauses = [];
  behind = [];
  const count: CounterLink['reserve'] = async (_, units, limit) => {
    calls.push(`+${units}`);
    nowMs += callMs;
    if (isAway) return null;
    const granted = Math.min(units, limit - used);
    used += granted;
    return { granted, remaining: limit - used, vainLeft: 100, day: dayOf(nowMs) };
  };
  const link: UnitLeasePorts['link'] = {
    reserve: count,
    async reserveAhead(...asked) {
      ahead += 1;
      await aheadAnswered;
      return count(...asked);
    },
    async release(_, units, __, vain) {
      calls.push(`-${units}${vain > 0 ? ` vain ${vain}` : ''}`);
      used -= units;
    },
  };
  leases = createUnitLeases({
    link,
    nowMs: () => nowMs,
    pause: (ms) => new Promise((end) => pauses.push({ untilMs: nowMs + ms, end })),
  });
});

const reserve = (limit = 1_000, units = 1): Promise<GrantedUnits | null> =>
  leases.reserve(ADA, units, limit, (work) => behind.push(work));

async function turns(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

/** Lets time pass, and the pauses that end by then. */
async function pass(ms: number): Promise<void> {
  const endMs = nowMs + ms;
  for (;;) {
    const next = pauses.filter(({ untilMs }) => untilMs <= endMs).toSorted((a, b) => a.untilMs - b.untilMs)[0];
    if (next === undefined) break;
    pauses = pauses.filter((pause) => pause !== next);
    nowMs = Math.max(nowMs, next.untilMs);
    next.end();
    await turns();
  }
  nowMs = Math.max(nowMs, endMs);
}

describe('a burst of questions', () => {
  test('a burst of questions to a counter that is far takes ever larger blocks, and tells what is left as if it had not', async () => {
    for (let number = 1; number <= 40; number += 1) {
      expect(await reserve()).toMatchObject({ granted: 1, remaining: 1_000 - number });
      await turns();
    }
    // Of each unit it is known at once; what more was reserved is held here.
    expect(calls.length).toBeLessThan(12);
    expect(Math.max(...calls.map(Number))).toBeLessThanOrEqual(26);
    expect(used - 40).toBeLessThanOrEqual(2 * 25);
  });

  test('a burst of questions to a counter that is near asks for each unit', async () => {
    callMs = 5;
    for (let times = 0; times < 10; times += 1) await reserve();
    expect(calls).toEqual(Array.from({ length: 10 }, () => '+1'));
  });

  test('a burst of questions with few units left asks for each unit, up to the last', async () => {
    const granted = [];
    for (let times = 0; times < 20; times += 1) granted.push((await reserve(18))?.granted);
    expect(granted.reduce((sum: number, one) => sum + (one ?? 0), 0)).toBe(18);
    expect(calls.every((call) => call === '+1')).toBe(true);
  });

  test('a burst of questions never grants more than the limit', async () => {
    let granted = 0;
    for (let times = 0; times < 150; times += 1) {
      granted += (await reserve(100))?.granted ?? 0;
      await turns();
    }
    expect(granted).toBeLessThanOrEqual(100);
    expect(granted).toBeGreaterThanOrEqual(90);
  });
});

describe('units that lie idle', () => {
  test('units that lie idle go back when no question has come for five seconds', async () => {
    for (let times = 0; times < 6; times += 1) await reserve();
    await turns();
    expect(used).toBeGreaterThan(6);
    await pass(10_000);
    expect(used).toBe(6);
    await Promise.all(behind);
  });

  test('units that lie idle go back before `waitUntil` ends, though questions come', async () => {
    for (let seconds = 0; seconds < 40; seconds += 1) {
      await reserve();
      await pass(1_000);
    }
    await pass(30_000);
    expect(used).toBe(40);
    await Promise.all(behind);
  });

  test('units that lie idle go back though they come after the end of the watch over them', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    aheadAnswered = promise;
    let granted = 0;
    while (ahead === 0) granted += (await reserve())?.granted ?? 0;
    await pass(30_000);
    resolve();
    await Promise.all(behind);
    expect(used).toBe(granted);
  });

  test('units that bought nothing are of use to the next question', async () => {
    for (let times = 0; times < 4; times += 1) await reserve();
    await turns();
    const before = calls.length;
    await leases.release(ADA, 1, dayOf(nowMs), 0);
    await leases.release(ADA, 1, dayOf(nowMs), 1);
    expect(calls.slice(before)).toEqual(['-0 vain 1']);
  });

  test('units of a caller without a lease go back to its counter', async () => {
    await reserve();
    await leases.release(ADA, 1, dayOf(nowMs), 0);
    expect([calls, used]).toEqual([['+1', '-1'], 0]);
  });
});

describe('a lease', () => {
  test('a lease ends with its day', async () => {
    for (let times = 0; times < 6; times += 1) await reserve();
    await turns();
    const before = calls.length;
    nowMs += 86_400_000;
    await reserve();
    expect(calls.slice(before)).toEqual(['+1']);
  });

  test('a lease is not used under another quota', async () => {
    for (let times = 0; times < 6; times += 1) await reserve();
    await turns();
    const before = calls.length;
    await reserve(2_000);
    expect(calls.slice(before)).toEqual(['+1']);
  });

  test('a lease is not begun with a counter that cannot tell', async () => {
    isAway = true;
    expect([await reserve(), await reserve(), await reserve()]).toEqual([null, null, null]);
  });

  test('a lease tells what is left to a caller that only looks', async () => {
    for (let times = 0; times < 6; times += 1) await reserve();
    await turns();
    expect(await reserve(1_000, 0)).toMatchObject({ granted: 0, remaining: 994 });
  });
});
