import { describe, expect, test } from 'vitest';
import { billOf } from '../../../bench/scale/bill.ts';
import { HUNDRED_MILLION, TEN_MILLION } from '../../../bench/scale/load.ts';
import { usesOf } from '../../../bench/scale/resources.ts';

describe('the resources of the figures of scale', () => {
  test('each limit is met at the number of addresses that is told, and not before', () => {
    const uses = usesOf(TEN_MILLION).filter(({ breaksAt }) => Number.isFinite(breaksAt));
    expect(uses.length).toBeGreaterThan(5);
    for (const { resource, limit, breaksAt } of uses) {
      const there = usesOf({ ...TEN_MILLION, addressesADay: breaksAt }).find((use) => use.resource === resource);
      expect(there?.perSecond).toBeCloseTo(limit, 6);
    }
  });

  test('the first to break is at the head, and ten million addresses a day break nothing', () => {
    const breaks = usesOf(TEN_MILLION).map(({ breaksAt }) => breaksAt);
    expect(breaks).toEqual(breaks.toSorted((a, b) => a - b));
    expect(breaks[0]).toBeGreaterThan(TEN_MILLION.addressesADay);
  });

  test('ten times the addresses on ten times the nodes keep the room of the pace, and cost ten times as much', () => {
    const room = ({ addressesADay }: { addressesADay: number }, breaksAt = 0): number => breaksAt / addressesADay;
    const pace = (load: typeof TEN_MILLION): number | undefined =>
      usesOf(load).find(({ resource }) => resource.startsWith('pace at Gmail'))?.breaksAt;
    expect(room(HUNDRED_MILLION, pace(HUNDRED_MILLION))).toBeCloseTo(room(TEN_MILLION, pace(TEN_MILLION)), 6);
    const dollars = (load: typeof TEN_MILLION): number => billOf(load).reduce((sum, item) => sum + item.dollars, 0);
    expect(dollars(HUNDRED_MILLION) / dollars(TEN_MILLION)).toBeCloseTo(10, 1);
  });
});
