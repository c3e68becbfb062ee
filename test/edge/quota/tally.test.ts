import { beforeEach, describe, expect, test } from 'vitest';
import type { Payment } from '../../../edge/quota/reservation.ts';
import { createTally, withTally } from '../../../edge/quota/tally.ts';

let counted: number[];

beforeEach(() => {
  counted = [];
});

function tallyOf(addresses: number | null): Payment {
  return createTally({ addresses }, { count: async (units) => counted.push(units), background: () => {} });
}

describe('a tally', () => {
  test('a tally counts a probe that came to a verdict, and nothing else', async () => {
    const tally = tallyOf(null);
    tally.settle(await tally.take(), 'paid');
    tally.settle(await tally.take(), 'free');
    tally.settle(await tally.take(), 'vain');
    tally.settle(null, 'paid');
    expect(counted).toEqual([1]);
  });

  test('a tally of a list tells the counter of 25 probes at once, and of the rest at its end and after it', async () => {
    const tally = tallyOf(1_000);
    for (let times = 0; times < 30; times += 1) tally.settle(await tally.take(), 'paid');
    expect(counted).toEqual([25]);
    tally.close();
    tally.settle(await tally.take(), 'paid');
    expect(counted).toEqual([25, 5, 1]);
  });

  test('a tally beside a reservation counts the units that the reservation grants', async () => {
    const settled: unknown[] = [];
    const reservation: Payment = {
      ...tallyOf(null),
      take: async () => ({ day: 5 }),
      settle: (...given) => void settled.push(given),
      close: () => void settled.push('close'),
    };
    const both = withTally(reservation, tallyOf(10));
    both.settle(await both.take(), 'paid');
    expect([settled, counted]).toEqual([[[{ day: 5 }, 'paid']], []]);
    both.close();
    expect([settled.at(-1), counted]).toEqual(['close', [1]]);
  });
});
