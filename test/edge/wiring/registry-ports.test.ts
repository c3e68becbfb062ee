import { describe, expect, test } from 'vitest';
import type { Env } from '../../../edge/env.ts';
import { createRegistryPorts } from '../../../edge/wiring/registry-ports.ts';
import { mapStore } from '../memory/map-store.ts';
import { createRegistryWorld, createTestNode } from '../nodes/registry-world.ts';

async function open() {
  const world = createRegistryWorld();
  await world.join(await createTestNode('fra1'));
  let asked = 0;
  const stub = {
    ...world.service,
    roster: () => {
      asked += 1;
      return world.service.roster();
    },
  };
  const behind: Promise<unknown>[] = [];
  const isolate = () =>
    createRegistryPorts(
      { REGISTRY: { getByName: () => stub } as unknown as Env['REGISTRY'], MEMORY: mapStore() as never },
      { allowsLoopbackNodes: false, registryLocation: 'weur' },
      {
        fetch: async () => Promise.reject(new TypeError('nobody is there')),
        query: async () => ({ kind: 'nxdomain' }),
        nowMs: world.nowMs,
        waitUntil: (work) => void behind.push(work),
        random: () => 0,
        cache: null,
        edgeName: 'this',
      },
    );
  return { world, isolate, asked: () => asked, settle: () => Promise.all(behind.splice(0)) };
}

describe('whose word is not believed any more', () => {
  test('is known at once where it was asked for', async () => {
    const { world, isolate } = await open();
    const { belief, enrolPorts } = isolate();
    await belief.ready();
    const nowMs = world.nowMs();
    expect(belief.isForgotten('fra1', nowMs, nowMs)).toBe(false);
    world.advance(1);
    expect(await enrolPorts.registry.remove('fra1', nowMs)).toBe(true);
    expect(belief.isForgotten('fra1', nowMs, nowMs)).toBe(true);
    expect(belief.isForgotten('fra1', nowMs - 1, nowMs - 1)).toBe(false);
    // An older snapshot that comes in later does not undo it.
    await belief.ready();
    expect(belief.isForgotten('fra1', nowMs, nowMs)).toBe(true);
  });

  test('is waited for by the first who reads memory, and by whoever does after an idle time', async () => {
    const { world, isolate, asked, settle } = await open();
    const { belief } = isolate();
    const sinceMs = world.nowMs();
    await belief.ready();
    await world.service.remove('fra1', sinceMs);
    world.advance(10_000);
    const before = asked();
    expect([belief.ready(), asked()]).toEqual([null, before]);
    world.advance(20_000);
    // Known lately: nobody waits, the news comes behind the answer.
    expect(belief.ready()).toBeNull();
    await settle();
    expect(belief.isForgotten('fra1', sinceMs, sinceMs)).toBe(true);
    await world.join(await createTestNode('ams1'));
    await world.service.remove('ams1', sinceMs);
    world.advance(3_600_000);
    await belief.ready();
    expect(belief.isForgotten('ams1', sinceMs, sinceMs)).toBe(true);
  });

  test('is known to an isolate that begins now before it believes anything', async () => {
    const { world, isolate } = await open();
    const sinceMs = world.nowMs();
    await world.service.remove('fra1', sinceMs);
    const { belief } = isolate();
    const ready = belief.ready();
    expect(ready).toBeInstanceOf(Promise);
    await ready;
    expect(belief.isForgotten('fra1', sinceMs, sinceMs)).toBe(true);
  });
});
