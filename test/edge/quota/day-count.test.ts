import { describe, expect, test } from 'vitest';
import { createDayCounter, dayOf, secondsUntilReset } from '../../../edge/quota/day-count.ts';
import { memoryStore } from './counters.ts';

const NOON_MS = Date.UTC(2026, 0, 1, 12);
const DAY = dayOf(NOON_MS);
const HALF_A_DAY_MS = 43_200_000;

function openDesk(store = memoryStore()) {
  let nowMs = NOON_MS;
  const wakes: number[] = [];
  const desk = createDayCounter(store, { nowMs: () => nowMs, wakeAfter: (ms) => void wakes.push(ms) });
  return {
    desk,
    store,
    wakes,
    setTime: (ms: number) => {
      nowMs = ms;
    },
  };
}

describe('the count of a day', () => {
  test('grants what is left and no more', async () => {
    const { desk } = openDesk();
    expect(await desk.reserve(3, 5)).toEqual({ granted: 3, remaining: 2, vainLeft: 100, day: DAY });
    expect(await desk.reserve(3, 5)).toEqual({ granted: 2, remaining: 0, vainLeft: 100, day: DAY });
    expect(await desk.reserve(1, 5)).toEqual({ granted: 0, remaining: 0, vainLeft: 100, day: DAY });
  });

  test('never grants more than the limit, whatever is reserved and given back at once', async () => {
    const { desk } = openDesk();
    const granted = await Promise.all(Array.from({ length: 100 }, () => desk.reserve(1, 7)));
    expect(granted.reduce((sum, one) => sum + one.granted, 0)).toBe(7);
  });

  test('grants what a minute has if that is less than the day, says when the next one begins, and grants again in it', async () => {
    const { desk, setTime } = openDesk();
    expect(await desk.reserve(3, 10, 2)).toMatchObject({ granted: 2, remaining: 8, pausedSeconds: 60 });
    setTime(NOON_MS + 45_000);
    expect(await desk.reserve(1, 10, 2)).toMatchObject({ granted: 0, remaining: 8, pausedSeconds: 15 });
    expect(await desk.reserve(0, 10, 2)).not.toHaveProperty('pausedSeconds');
    setTime(NOON_MS + 60_000);
    expect(await desk.reserve(1, 10, 2)).toEqual({ granted: 1, remaining: 7, vainLeft: 100, day: DAY });
  });

  test('gives the unit of a minute back for a free verdict, and not for a probe in vain', async () => {
    const { desk } = openDesk();
    await desk.reserve(2, 10, 2);
    await desk.release(1, DAY, 0);
    expect(await desk.reserve(1, 10, 2)).toMatchObject({ granted: 1 });
    await desk.release(1, DAY, 1);
    expect(await desk.reserve(1, 10, 2)).toMatchObject({ granted: 0, remaining: 9 });
  });

  test('knows what a minute has had after the object was out of memory', async () => {
    const { desk, store } = openDesk();
    await desk.reserve(2, 10, 2);
    expect(await openDesk(store).desk.reserve(1, 10, 2)).toMatchObject({ granted: 0, pausedSeconds: 60 });
  });

  test('takes back what was reserved, and never more than that', async () => {
    const { desk } = openDesk();
    await desk.reserve(2, 5);
    await desk.release(1, DAY, 0);
    expect(await desk.reserve(0, 5)).toMatchObject({ remaining: 4 });
    await desk.release(9, DAY, 0);
    expect(await desk.reserve(0, 5)).toMatchObject({ remaining: 5 });
  });

  test('begins anew at midnight (UTC)', async () => {
    const { desk, setTime } = openDesk();
    await desk.reserve(5, 5);
    setTime(NOON_MS + HALF_A_DAY_MS - 1);
    expect(await desk.reserve(1, 5)).toMatchObject({ granted: 0 });
    setTime(NOON_MS + HALF_A_DAY_MS);
    expect(await desk.reserve(1, 5)).toEqual({ granted: 1, remaining: 4, vainLeft: 100, day: DAY + 1 });
  });

  test('is not lowered by what was reserved yesterday and comes back today', async () => {
    const { desk, setTime } = openDesk();
    await desk.reserve(3, 5);
    setTime(NOON_MS + HALF_A_DAY_MS);
    await desk.reserve(2, 5);
    await desk.release(3, DAY, 0);
    expect(await desk.reserve(0, 5)).toMatchObject({ remaining: 3 });
  });

  test('holds with a limit that is raised, lowered, or nothing', async () => {
    const { desk } = openDesk();
    await desk.reserve(5, 5);
    expect(await desk.reserve(9, 8)).toMatchObject({ granted: 3, remaining: 0 });
    expect(await desk.reserve(1, 2)).toMatchObject({ granted: 0, remaining: 0 });
    expect(await desk.reserve(1, 0)).toMatchObject({ granted: 0, remaining: 0 });
  });

  test('has an end of probes in vain as well, far beyond the units, and then grants nothing', async () => {
    const { desk, store, setTime } = openDesk();
    for (let asked = 0; asked < 100; asked += 1) {
      expect(await desk.reserve(1, 5)).toMatchObject({ granted: 1, remaining: 4, vainLeft: 100 - asked });
      await desk.release(1, DAY, 1);
    }
    expect(await desk.reserve(1, 5)).toEqual({ granted: 0, remaining: 0, vainLeft: 0, day: DAY });
    expect(await openDesk(store).desk.reserve(1, 5)).toMatchObject({ granted: 0 });
    setTime(NOON_MS + HALF_A_DAY_MS);
    expect(await desk.reserve(1, 5)).toMatchObject({ granted: 1, vainLeft: 100 });
  });

  test.each([
    [0, 100],
    [10, 100],
    [11, 110],
    [5_000, 50_000],
  ])('of %i units has %i probes in vain', async (limit, vain) => {
    expect(await openDesk().desk.reserve(0, limit)).toMatchObject({ vainLeft: vain });
  });

  test('goes on where it was when it is woken', async () => {
    const { desk, store } = openDesk();
    await desk.reserve(4, 5);
    expect(await openDesk(store).desk.reserve(4, 5)).toMatchObject({ granted: 1 });
  });

  test('writes nothing and wakes nobody for a look', async () => {
    const { desk, store, wakes } = openDesk();
    expect(await desk.reserve(0, 5)).toMatchObject({ granted: 0, remaining: 5 });
    await desk.release(1, DAY, 0);
    expect([store.held(), wakes]).toEqual([null, []]);
  });
});

describe('the end of a day', () => {
  test('is woken for once, at midnight', async () => {
    const { desk, wakes } = openDesk();
    await desk.reserve(1, 5);
    await desk.reserve(1, 5);
    expect(wakes).toEqual([HALF_A_DAY_MS]);
  });

  test('forgets all there is', async () => {
    const { desk, store, setTime } = openDesk();
    await desk.reserve(1, 5);
    setTime(NOON_MS + HALF_A_DAY_MS);
    await desk.endDay();
    expect(store.held()).toBeNull();
    expect(await desk.reserve(0, 5)).toMatchObject({ remaining: 5 });
    await desk.endDay();
  });

  test('is waited for again where the alarm was early, or another day has begun since', async () => {
    const { desk, store, wakes, setTime } = openDesk();
    await desk.reserve(1, 5);
    setTime(NOON_MS + HALF_A_DAY_MS - 10);
    await desk.endDay();
    expect([store.held()?.count, wakes.at(-1)]).toEqual([1, 10]);
    setTime(NOON_MS + HALF_A_DAY_MS);
    await desk.reserve(2, 5);
    await desk.endDay();
    expect([store.held()?.count, wakes.at(-1)]).toEqual([2, 2 * HALF_A_DAY_MS]);
  });

  test('is told in seconds, at least one', () => {
    expect(secondsUntilReset(DAY, NOON_MS)).toBe(43_200);
    expect(secondsUntilReset(DAY, NOON_MS + HALF_A_DAY_MS - 1)).toBe(1);
    expect(secondsUntilReset(DAY, NOON_MS + HALF_A_DAY_MS + 5)).toBe(1);
  });
});
