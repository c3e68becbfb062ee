import { beforeEach, expect, test } from 'vitest';
import type { GrantedUnits } from '../../../edge/quota/day-count.ts';
import { type CallerCounter, jointCounter } from '../../../edge/quota/joint-counter.ts';
import { START_MS } from '../small-world.ts';
import { type Counters, createCounters } from './counters.ts';

let counters: Counters;
let behind: Promise<unknown>[];

beforeEach(() => {
  counters = createCounters(() => START_MS);
  behind = [];
});

function counterOf(name: string, limit: number): CallerCounter {
  const counter = counters.getByName(name);
  return { reserve: (units) => counter.reserve(units, limit), release: (...given) => counter.release(...given) };
}

const UNABLE: CallerCounter = { reserve: async () => null, release: async () => {} };

function joint(...parts: readonly CallerCounter[]): CallerCounter {
  return jointCounter(parts, (work) => void behind.push(work));
}

const held = (): readonly (readonly [string, number])[] => [...counters.counts()];

test('a joint counter grants units that all counters have, and each counts them', async () => {
  const counter = joint(counterOf('network', 10), counterOf('site', 640));
  expect(await counter.reserve(3)).toMatchObject({ granted: 3, remaining: 7 });
  expect(held()).toEqual([
    ['network', 3],
    ['site', 3],
  ]);
});

test("a joint counter grants nothing if one counter has nothing left, and gives the others' units back", async () => {
  const counter = joint(counterOf('network', 10), counterOf('site', 2));
  expect(await counter.reserve(5)).toMatchObject({ granted: 2, remaining: 0 });
  await Promise.all(behind);
  expect(held()).toEqual([
    ['network', 2],
    ['site', 2],
  ]);
});

test('a joint counter gives units back to each counter', async () => {
  const counter = joint(counterOf('network', 10), counterOf('site', 640));
  const { day } = (await counter.reserve(3)) as GrantedUnits;
  await counter.release(2, day, 0);
  expect(held().map(([, count]) => count)).toEqual([1, 1]);
});

test('a joint counter leaves out a counter that cannot tell, and cannot tell if none can', async () => {
  expect(await joint(UNABLE, counterOf('site', 2)).reserve(5)).toMatchObject({ granted: 2 });
  expect(await joint(UNABLE, UNABLE).reserve(1)).toBeNull();
});

test('a joint counter bounds fruitless probes by the counter with the most', async () => {
  const site = counterOf('site', 640);
  const { day } = (await site.reserve(1)) as GrantedUnits;
  await site.release(0, day, 6_399);
  const { vainLeft } = (await joint(counterOf('network', 10), site).reserve(0)) as GrantedUnits;
  expect(vainLeft).toBe(1);
});
