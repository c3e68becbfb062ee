import { describe, expect, test } from 'vitest';
import { createDayCounter, dayOf, secondsUntilReset } from '../../../edge/quota/day-count.ts';
import { memoryStore } from './counters.ts';

const NOON_MS = Date.UTC(2026, 0, 1, 12);
const DAY = dayOf(NOON_MS);
const HALF_A_DAY_MS = 43_200_000;

function openCounter(store = memoryStore()) {
  let nowMs = NOON_MS;
  const wakes: number[] = [];
  const counter = createDayCounter(store, { nowMs: () => nowMs, wakeAfter: (ms) => void wakes.push(ms) });
  return {
    counter,
    store,
    wakes,
    setTime: (ms: number) => {
      nowMs = ms;
    },
  };
}

describe('the count of a day', () => {
  test('the count of a day grants what is left and no more', async () => {
    const { counter } = openCounter();
    expect(await counter.reserve(3, 5)).toEqual({ granted: 3, remaining: 2, vainLeft: 100, day: DAY });
    expect(await counter.reserve(3, 5)).toEqual({ granted: 2, remaining: 0, vainLeft: 100, day: DAY });
    expect(await counter.reserve(1, 5)).toEqual({ granted: 0, remaining: 0, vainLeft: 100, day: DAY });
  });

  test('the count of a day never grants more than the limit under concurrent reservations', async () => {
    const { counter } = openCounter();
    const granted = await Promise.all(Array.from({ length: 100 }, () => counter.reserve(1, 7)));
    expect(granted.reduce((sum, one) => sum + one.granted, 0)).toBe(7);
  });

  test('the count of a day grants what a minute has left if that is less, says when the next minute begins, and grants again in it', async () => {
    const { counter, setTime } = openCounter();
    expect(await counter.reserve(3, 10, 2)).toMatchObject({ granted: 2, remaining: 8, pausedSeconds: 60 });
    setTime(NOON_MS + 45_000);
    expect(await counter.reserve(1, 10, 2)).toMatchObject({ granted: 0, remaining: 8, pausedSeconds: 15 });
    expect(await counter.reserve(0, 10, 2)).not.toHaveProperty('pausedSeconds');
    setTime(NOON_MS + 60_000);
    expect(await counter.reserve(1, 10, 2)).toEqual({ granted: 1, remaining: 7, vainLeft: 100, day: DAY });
  });

  test('the count of a day gives the unit of a minute back for a free verdict, and not for a fruitless probe', async () => {
    const { counter } = openCounter();
    await counter.reserve(2, 10, 2);
    await counter.release(1, DAY, 0);
    expect(await counter.reserve(1, 10, 2)).toMatchObject({ granted: 1 });
    await counter.release(1, DAY, 1);
    expect(await counter.reserve(1, 10, 2)).toMatchObject({ granted: 0, remaining: 9 });
  });

  test('the count of a day knows the units of a minute after the object was out of memory', async () => {
    const { counter, store } = openCounter();
    await counter.reserve(2, 10, 2);
    expect(await openCounter(store).counter.reserve(1, 10, 2)).toMatchObject({ granted: 0, pausedSeconds: 60 });
  });

  test('the count of a day takes back reserved units, and never more than that', async () => {
    const { counter } = openCounter();
    await counter.reserve(2, 5);
    await counter.release(1, DAY, 0);
    expect(await counter.reserve(0, 5)).toMatchObject({ remaining: 4 });
    await counter.release(9, DAY, 0);
    expect(await counter.reserve(0, 5)).toMatchObject({ remaining: 5 });
  });

  test('the count of a day begins anew at midnight (UTC)', async () => {
    const { counter, setTime } = openCounter();
    await counter.reserve(5, 5);
    setTime(NOON_MS + HALF_A_DAY_MS - 1);
    expect(await counter.reserve(1, 5)).toMatchObject({ granted: 0 });
    setTime(NOON_MS + HALF_A_DAY_MS);
    expect(await counter.reserve(1, 5)).toEqual({ granted: 1, remaining: 4, vainLeft: 100, day: DAY + 1 });
  });

  test('the count of a day is not lowered by units that were reserved yesterday and come back today', async () => {
    const { counter, setTime } = openCounter();
    await counter.reserve(3, 5);
    setTime(NOON_MS + HALF_A_DAY_MS);
    await counter.reserve(2, 5);
    await counter.release(3, DAY, 0);
    expect(await counter.reserve(0, 5)).toMatchObject({ remaining: 3 });
  });

  test('the count of a day copes with a limit that is raised, lowered, or zero', async () => {
    const { counter } = openCounter();
    await counter.reserve(5, 5);
    expect(await counter.reserve(9, 8)).toMatchObject({ granted: 3, remaining: 0 });
    expect(await counter.reserve(1, 2)).toMatchObject({ granted: 0, remaining: 0 });
    expect(await counter.reserve(1, 0)).toMatchObject({ granted: 0, remaining: 0 });
  });

  test('the count of a day bounds fruitless probes as well, far beyond the units, and then grants nothing', async () => {
    const { counter, store, setTime } = openCounter();
    for (let asked = 0; asked < 100; asked += 1) {
      expect(await counter.reserve(1, 5)).toMatchObject({ granted: 1, remaining: 4, vainLeft: 100 - asked });
      await counter.release(1, DAY, 1);
    }
    expect(await counter.reserve(1, 5)).toEqual({ granted: 0, remaining: 0, vainLeft: 0, day: DAY });
    expect(await openCounter(store).counter.reserve(1, 5)).toMatchObject({ granted: 0 });
    setTime(NOON_MS + HALF_A_DAY_MS);
    expect(await counter.reserve(1, 5)).toMatchObject({ granted: 1, vainLeft: 100 });
  });

  test.each([
    [0, 100],
    [10, 100],
    [11, 110],
    [5_000, 50_000],
  ])('the count of a day of %i units allows %i fruitless probes', async (limit, vain) => {
    expect(await openCounter().counter.reserve(0, limit)).toMatchObject({ vainLeft: vain });
  });

  test('the count of a day continues after the object was evicted', async () => {
    const { counter, store } = openCounter();
    await counter.reserve(4, 5);
    expect(await openCounter(store).counter.reserve(4, 5)).toMatchObject({ granted: 1 });
  });

  test('the count of a day writes nothing and sets no alarm if it is only read', async () => {
    const { counter, store, wakes } = openCounter();
    expect(await counter.reserve(0, 5)).toMatchObject({ granted: 0, remaining: 5 });
    await counter.release(1, DAY, 0);
    expect([store.held(), wakes]).toEqual([null, []]);
  });
});

describe('the end of a day', () => {
  test('the end of a day has one alarm, at midnight', async () => {
    const { counter, wakes } = openCounter();
    await counter.reserve(1, 5);
    await counter.reserve(1, 5);
    expect(wakes).toEqual([HALF_A_DAY_MS]);
  });

  test('the end of a day deletes everything', async () => {
    const { counter, store, setTime } = openCounter();
    await counter.reserve(1, 5);
    setTime(NOON_MS + HALF_A_DAY_MS);
    await counter.endDay();
    expect(store.held()).toBeNull();
    expect(await counter.reserve(0, 5)).toMatchObject({ remaining: 5 });
    await counter.endDay();
  });

  test('the end of a day gets another alarm if the alarm was early, or another day has begun since', async () => {
    const { counter, store, wakes, setTime } = openCounter();
    await counter.reserve(1, 5);
    setTime(NOON_MS + HALF_A_DAY_MS - 10);
    await counter.endDay();
    expect([store.held()?.count, wakes.at(-1)]).toEqual([1, 10]);
    setTime(NOON_MS + HALF_A_DAY_MS);
    await counter.reserve(2, 5);
    await counter.endDay();
    expect([store.held()?.count, wakes.at(-1)]).toEqual([2, 2 * HALF_A_DAY_MS]);
  });

  test('the end of a day is given in seconds, at least one', () => {
    expect(secondsUntilReset(DAY, NOON_MS)).toBe(43_200);
    expect(secondsUntilReset(DAY, NOON_MS + HALF_A_DAY_MS - 1)).toBe(1);
    expect(secondsUntilReset(DAY, NOON_MS + HALF_A_DAY_MS + 5)).toBe(1);
  });
});
