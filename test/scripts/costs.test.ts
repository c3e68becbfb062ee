/** The arithmetic of the bill, and the operations of a real check in the small world that it stands on. */
import { expect, test } from 'vitest';
import { createApp } from '../../edge/app.ts';
import { billOf, costOf, METERS, OPERATIONS, PLAN_USD, VOLUMES } from '../../scripts/costs.ts';
import { askApp } from '../edge/ask-app.ts';
import { smallServices } from '../edge/small-services.ts';
import { createWorld, START_MS } from '../edge/small-world.ts';

test.each(['ada', 'nobody'])('no check of a new mailbox costs more operations than the bill has: %s', async (local) => {
  const world = await createWorld();
  const { key } = await world.keyPorts.keyService.make({
    kind: 'secret',
    name: null,
    email: null,
    origins: [],
    daily_quota: 100,
  });
  let writes = 0;
  const { put } = world.store;
  Object.assign(world.store, {
    put: (...asked: Parameters<typeof put>) => {
      writes += 1;
      return put(...asked);
    },
  });
  const readsBefore = world.store.reads.length;
  const app = createApp(async () => smallServices(world));
  const background = { waitUntil: world.ports.waitUntil, passThroughOnException: () => {}, props: {} };
  const path = `/v1/verify?email=${local}@firm.example`;
  const response = await askApp(app, path, { headers: { authorization: `Bearer ${key}` } }, {}, background);
  await world.settle();
  expect((await response.json()).smtp).not.toBeNull();
  // KV bills each key of a read that names several.
  const reads = world.store.reads.slice(readsBefore).flat().length;
  expect(reads).toBeGreaterThan(0);
  expect(reads).toBeLessThanOrEqual(OPERATIONS.kvReads);
  expect(writes).toBeGreaterThan(0);
  expect(writes).toBeLessThanOrEqual(OPERATIONS.kvWrites);
  expect(world.counters.calls.length).toBeGreaterThan(0);
  // One of the calls is that of the registry.
  expect(world.counters.calls.length).toBeLessThanOrEqual(OPERATIONS.objectCalls - 1);
  expect(world.ports.nowMs()).toBe(START_MS);
});

test('a month within the included amounts costs the plan alone', () => {
  expect(billOf(1_000)).toBe(PLAN_USD);
});

test('a meter costs its price for each million beyond the included amount, and nothing below', () => {
  const meter = { name: 'm', perCheck: 2, perMonth: 1_000_000, included: 3_000_000, usdPerMillion: 5 };
  expect([costOf(meter, 1_000_000), costOf(meter, 1_500_000), costOf(meter, 0)]).toEqual([0, 5, 0]);
});

test('a larger volume never costs less, and every meter has a price', () => {
  const bills = VOLUMES.map(billOf);
  expect(bills).toEqual(bills.toSorted((a, b) => a - b));
  expect(METERS.filter(({ usdPerMillion, included }) => !(usdPerMillion > 0 && included > 0))).toEqual([]);
});
