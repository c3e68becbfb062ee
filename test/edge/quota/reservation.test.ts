import { beforeEach, describe, expect, test } from 'vitest';
import { policyHeaders, rateLimitHeaders } from '../../../edge/quota/rate-limit.ts';
import { createReservation, type Reservation } from '../../../edge/quota/reservation.ts';
import { START_MS } from '../small-world.ts';
import { type Counters, createCounters } from './counters.ts';

let nowMs: number;
let counters: Counters;
let behind: Promise<unknown>[];

beforeEach(() => {
  nowMs = START_MS;
  counters = createCounters(() => nowMs);
  behind = [];
});

function reservationFor(limit: number, addresses: number | null): Reservation {
  const counter = counters.getByName('mine');
  return createReservation(
    { limit, addresses },
    {
      reserve: (units) => counter.reserve(units, limit).catch(() => null),
      release: (...given) => counter.release(...given),
      background: (work) => void behind.push(work),
      nowMs: () => nowMs,
    },
  );
}

const count = (): number | undefined => counters.counts().get('mine');
const settled = (): Promise<unknown> => Promise.all(behind);

test('the reservation of a list leaves most of what is left to others, and takes it all in the end', async () => {
  const reservation = reservationFor(100, 1_000);
  for (let taken = 0; taken < 26; taken += 1) await reservation.take();
  // A tenth of the 75 that were left.
  expect(counters.calls).toEqual(['reserve 25 of 100', 'reserve 8 of 100']);
  let taken = 26;
  while ((await reservation.take()) !== null) taken += 1;
  expect(taken).toBe(100);
  reservation.close();
  await settled();
  expect(count()).toBe(100);
});

describe('the reservation of one address', () => {
  test('the reservation of one address reserves one unit in advance, and takes that one', async () => {
    const reservation = reservationFor(10, null);
    await reservation.prepare();
    expect(await reservation.take()).not.toBeNull();
    expect(counters.calls).toEqual(['reserve 1 of 10']);
    expect(reservation.status()).toEqual({
      limit: 10,
      minuteLimit: null,
      remaining: 9,
      resetSeconds: 86_400,
      isVainSpent: false,
      isUncounted: false,
      isPaused: false,
    });
  });

  test('the reservation of one address keeps a paid unit and gives an unpaid one back, behind the answer', async () => {
    const paid = reservationFor(10, null);
    paid.settle(await paid.take(), 'paid');
    const unpaid = reservationFor(10, null);
    unpaid.settle(await unpaid.take(), 'free');
    // The caller is told at once.
    expect(unpaid.status()?.remaining).toBe(9);
    await settled();
    expect(count()).toBe(1);
  });

  test('the reservation of one address gives back a unit that was never taken, even if the answer comes first', async () => {
    const reservation = reservationFor(10, null);
    void reservation.prepare();
    reservation.settle(null, 'free');
    await settled();
    expect(counters.calls).toEqual(['reserve 1 of 10', 'release 1']);
    expect(count()).toBe(0);
  });

  test('the reservation of one address that was never begun calls no counter', () => {
    reservationFor(10, null).settle(null, 'free');
    expect([behind, counters.calls]).toEqual([[], []]);
  });

  test('the reservation of one address is empty if the day is spent, and says until when', async () => {
    nowMs = START_MS + 86_400_000 - 90_500;
    const reservation = reservationFor(0, null);
    await reservation.prepare();
    expect(await reservation.take()).toBeNull();
    expect(reservation.status()).toEqual({
      limit: 0,
      minuteLimit: null,
      remaining: 0,
      resetSeconds: 91,
      isVainSpent: false,
      isUncounted: false,
      isPaused: false,
    });
  });

  test('the reservation of one address admits if the counter cannot tell, and has nothing to give back', async () => {
    counters.behave(() => Promise.reject(new Error('reset')));
    const reservation = reservationFor(10, null);
    const unit = await reservation.take();
    expect(unit).toEqual({ day: null });
    reservation.settle(unit, 'free');
    await settled();
    expect(counters.calls).toEqual(['reserve 1 of 10']);
    expect(reservation.status()).toBeNull();
  });

  test('the reservation of one address can be read at no cost', async () => {
    expect(await reservationFor(10, null).look()).toEqual({
      limit: 10,
      minuteLimit: null,
      remaining: 10,
      resetSeconds: 86_400,
      isVainSpent: false,
      isUncounted: false,
      isPaused: false,
    });
    expect(count()).toBe(0);
  });
});

describe('the reservation of a list', () => {
  test('the reservation of a list reserves in blocks, when a probe needs a unit and not before', async () => {
    const reservation = reservationFor(1_000, 100);
    expect(reservation.prepare()).toBeNull();
    expect(counters.calls).toEqual([]);
    await Promise.all(Array.from({ length: 100 }, () => reservation.take()));
    expect(counters.calls).toEqual(Array.from({ length: 4 }, () => 'reserve 25 of 1000'));
  });

  test('the reservation of a list gives the rest back at its end', async () => {
    const reservation = reservationFor(1_000, 100);
    reservation.settle(await reservation.take(), 'paid');
    reservation.close();
    await settled();
    expect(count()).toBe(1);
  });

  test('the reservation of a list grants every unit there is and no more', async () => {
    const reservation = reservationFor(30, 100);
    const units = await Promise.all(Array.from({ length: 100 }, () => reservation.take()));
    expect(units.filter((unit) => unit !== null)).toHaveLength(30);
    expect(count()).toBe(30);
  });

  test('the reservation of a list reuses units that were given back', async () => {
    const reservation = reservationFor(1, 3);
    const unit = await reservation.take();
    expect(await reservation.take()).toBeNull();
    reservation.settle(unit, 'free');
    expect(await reservation.take()).not.toBeNull();
  });

  test('the reservation of a list gives back units that come back after its end', async () => {
    const reservation = reservationFor(10, 2);
    const unit = await reservation.take();
    reservation.close();
    await settled();
    expect(count()).toBe(1);
    reservation.settle(unit, 'free');
    await settled();
    expect(count()).toBe(0);
  });

  test('the reservation of a list that runs over midnight pays with units of the new day', async () => {
    const reservation = reservationFor(10, 1);
    const old = await reservation.take();
    nowMs += 86_400_000;
    reservation.settle(await reservation.take(), 'paid');
    reservation.settle(old, 'free');
    reservation.close();
    await settled();
    expect(count()).toBe(1);
  });
});

describe('a fruitless probe', () => {
  const spendVain = async (left: number): Promise<void> => {
    await counters.getByName('mine').reserve(1, 10);
    await counters.getByName('mine').release(1, Math.floor(nowMs / 86_400_000), 100 - left);
  };

  test('a fruitless probe costs no unit, and the counter is told of it with the unit that comes back', async () => {
    const reservation = reservationFor(10, null);
    reservation.settle(await reservation.take(), 'vain');
    await settled();
    expect(counters.calls).toEqual(['reserve 1 of 10', 'release 1, 1 in vain']);
    expect(count()).toBe(0);
  });

  test('a fruitless probe that is the last of the day ends it: the next caller has nothing left, and learns why', async () => {
    await spendVain(1);
    const last = reservationFor(10, null);
    last.settle(await last.take(), 'vain');
    expect(last.status()).toMatchObject({ remaining: 0, isVainSpent: true });
    await settled();
    const next = reservationFor(10, null);
    expect(await next.take()).toBeNull();
    expect(next.status()).toMatchObject({ remaining: 0, isVainSpent: true });
  });

  test('fruitless probes end a list as well, which reports many while it runs and the others at its end', async () => {
    const reservation = reservationFor(10, 1_000);
    for (let asked = 0; asked < 100; asked += 1) {
      const unit = await reservation.take();
      expect(unit).not.toBeNull();
      reservation.settle(unit, 'vain');
    }
    expect(await reservation.take()).toBeNull();
    expect(counters.calls.filter((call) => call === 'release 0, 25 in vain')).toHaveLength(4);
    reservation.close();
    await settled();
    expect(await counters.getByName('mine').reserve(1, 10)).toMatchObject({ granted: 0, vainLeft: 0 });
  });

  test('fruitless probes of a list are reported at its end if they are few', async () => {
    const reservation = reservationFor(10, 3);
    reservation.settle(await reservation.take(), 'vain');
    reservation.close();
    await settled();
    expect(await counters.getByName('mine').reserve(0, 10)).toMatchObject({ remaining: 10, vainLeft: 99 });
  });

  test('a fruitless probe that was admitted uncounted is not counted either', async () => {
    counters.behave(() => Promise.reject(new Error('away')));
    const reservation = reservationFor(10, null);
    reservation.settle(await reservation.take(), 'vain');
    await settled();
    expect(counters.calls).toEqual(['reserve 1 of 10']);
  });
});

test("a caller's quota is reported as the draft specifies", () => {
  const status = {
    limit: 100,
    minuteLimit: null,
    remaining: 98,
    resetSeconds: 3_600,
    isVainSpent: false,
    isUncounted: false,
    isPaused: false,
  };
  expect(rateLimitHeaders(status)).toEqual({
    'ratelimit-policy': '"daily";q=100;w=86400',
    ratelimit: '"daily";r=98;t=3600',
  });
  expect(rateLimitHeaders({ ...status, minuteLimit: 10, resetSeconds: 30, isPaused: true })).toEqual({
    'ratelimit-policy': '"daily";q=100;w=86400, "minute";q=10;w=60',
    ratelimit: '"minute";r=0;t=30',
  });
  expect(policyHeaders({ limit: 5, minuteLimit: null })).toEqual({ 'ratelimit-policy': '"daily";q=5;w=86400' });
});
