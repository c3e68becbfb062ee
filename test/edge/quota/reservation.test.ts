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

function purseOf(limit: number, addresses: number | null): Reservation {
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

describe('the purse of one address', () => {
  test('reserves one unit ahead, and takes that one', async () => {
    const purse = purseOf(10, null);
    await purse.prepare();
    expect(await purse.take()).not.toBeNull();
    expect(counters.calls).toEqual(['reserve 1 of 10']);
    expect(purse.standing()).toEqual({
      limit: 10,
      remaining: 9,
      resetSeconds: 86_400,
      isVainSpent: false,
      isUncounted: false,
    });
  });

  test('keeps what is paid for and gives back what is not, behind the answer', async () => {
    const paid = purseOf(10, null);
    paid.settle(await paid.take(), 'paid');
    const unpaid = purseOf(10, null);
    unpaid.settle(await unpaid.take(), 'free');
    // The caller is told at once.
    expect(unpaid.standing()?.remaining).toBe(9);
    await settled();
    expect(count()).toBe(1);
  });

  test('gives back what was reserved and never taken, even where the answer comes first', async () => {
    const purse = purseOf(10, null);
    void purse.prepare();
    purse.settle(null, 'free');
    await settled();
    expect(counters.calls).toEqual(['reserve 1 of 10', 'release 1']);
    expect(count()).toBe(0);
  });

  test('that nobody has opened asks nobody', () => {
    purseOf(10, null).settle(null, 'free');
    expect([behind, counters.calls]).toEqual([[], []]);
  });

  test('is empty where the day is spent, and says until when', async () => {
    nowMs = START_MS + 86_400_000 - 90_500;
    const purse = purseOf(0, null);
    await purse.prepare();
    expect(await purse.take()).toBeNull();
    expect(purse.standing()).toEqual({
      limit: 0,
      remaining: 0,
      resetSeconds: 91,
      isVainSpent: false,
      isUncounted: false,
    });
  });

  test('admits where the counter cannot tell, and has nothing to give back', async () => {
    counters.behave(() => Promise.reject(new Error('reset')));
    const purse = purseOf(10, null);
    const unit = await purse.take();
    expect(unit).toEqual({ day: null });
    purse.settle(unit, 'free');
    await settled();
    expect(counters.calls).toEqual(['reserve 1 of 10']);
    expect(purse.standing()).toBeNull();
  });

  test('can be looked at for nothing', async () => {
    expect(await purseOf(10, null).look()).toEqual({
      limit: 10,
      remaining: 10,
      resetSeconds: 86_400,
      isVainSpent: false,
      isUncounted: false,
    });
    expect(count()).toBe(0);
  });
});

describe('the purse of a list', () => {
  test('reserves when a probe needs it and not before, by the block', async () => {
    const purse = purseOf(1_000, 100);
    expect(purse.prepare()).toBeNull();
    expect(counters.calls).toEqual([]);
    await Promise.all(Array.from({ length: 100 }, () => purse.take()));
    expect(counters.calls).toEqual(Array.from({ length: 4 }, () => 'reserve 25 of 1000'));
  });

  test('gives what is left back at its end', async () => {
    const purse = purseOf(1_000, 100);
    purse.settle(await purse.take(), 'paid');
    purse.close();
    await settled();
    expect(count()).toBe(1);
  });

  test('grants every unit there is and no more', async () => {
    const purse = purseOf(30, 100);
    const units = await Promise.all(Array.from({ length: 100 }, () => purse.take()));
    expect(units.filter((unit) => unit !== null)).toHaveLength(30);
    expect(count()).toBe(30);
  });

  test('goes on with what was given back', async () => {
    const purse = purseOf(1, 3);
    const unit = await purse.take();
    expect(await purse.take()).toBeNull();
    purse.settle(unit, 'free');
    expect(await purse.take()).not.toBeNull();
  });

  test('gives back what comes back after its end', async () => {
    const purse = purseOf(10, 2);
    const unit = await purse.take();
    purse.close();
    await settled();
    expect(count()).toBe(1);
    purse.settle(unit, 'free');
    await settled();
    expect(count()).toBe(0);
  });

  test('that runs over midnight pays with units of the new day', async () => {
    const purse = purseOf(10, 1);
    const old = await purse.take();
    nowMs += 86_400_000;
    purse.settle(await purse.take(), 'paid');
    purse.settle(old, 'free');
    purse.close();
    await settled();
    expect(count()).toBe(1);
  });
});

describe('a probe in vain', () => {
  const spendVain = async (left: number): Promise<void> => {
    await counters.getByName('mine').reserve(1, 10);
    await counters.getByName('mine').release(1, Math.floor(nowMs / 86_400_000), 100 - left);
  };

  test('costs no unit, and the counter is told of it with the unit that comes back', async () => {
    const purse = purseOf(10, null);
    purse.settle(await purse.take(), 'vain');
    await settled();
    expect(counters.calls).toEqual(['reserve 1 of 10', 'release 1, 1 in vain']);
    expect(count()).toBe(0);
  });

  test('that is the last of the day ends it: whoever asks next has nothing left, and is told why', async () => {
    await spendVain(1);
    const last = purseOf(10, null);
    last.settle(await last.take(), 'vain');
    expect(last.standing()).toMatchObject({ remaining: 0, isVainSpent: true });
    await settled();
    const next = purseOf(10, null);
    expect(await next.take()).toBeNull();
    expect(next.standing()).toMatchObject({ remaining: 0, isVainSpent: true });
  });

  test('ends a list as well, which tells of many while it runs and of the others at its end', async () => {
    const purse = purseOf(10, 1_000);
    for (let asked = 0; asked < 100; asked += 1) {
      const unit = await purse.take();
      expect(unit).not.toBeNull();
      purse.settle(unit, 'vain');
    }
    expect(await purse.take()).toBeNull();
    expect(counters.calls.filter((call) => call === 'release 0, 25 in vain')).toHaveLength(4);
    purse.close();
    await settled();
    expect(await counters.getByName('mine').reserve(1, 10)).toMatchObject({ granted: 0, vainLeft: 0 });
  });

  test('of a list is told of at its end where there were few', async () => {
    const purse = purseOf(10, 3);
    purse.settle(await purse.take(), 'vain');
    purse.close();
    await settled();
    expect(await counters.getByName('mine').reserve(0, 10)).toMatchObject({ remaining: 10, vainLeft: 99 });
  });

  test('that nobody has counted is not counted either', async () => {
    counters.behave(() => Promise.reject(new Error('away')));
    const purse = purseOf(10, null);
    purse.settle(await purse.take(), 'vain');
    await settled();
    expect(counters.calls).toEqual(['reserve 1 of 10']);
  });
});

test('how a caller stands is told as the draft has it', () => {
  expect(
    rateLimitHeaders({ limit: 100, remaining: 98, resetSeconds: 3_600, isVainSpent: false, isUncounted: false }),
  ).toEqual({
    'ratelimit-policy': '"daily";q=100;w=86400',
    ratelimit: '"daily";r=98;t=3600',
  });
  expect(policyHeaders(5)).toEqual({ 'ratelimit-policy': '"daily";q=5;w=86400' });
});
