/** Nodes that a back-up brings back into the registry. */
import { describe, expect, test } from 'vitest';
import type { BackedUp } from '../../../../shared/backup.ts';
import { createRegistryWorld, createTestNode, heartbeatOf, START_MS } from '../registry-world.ts';

const [fra1, ams1] = await Promise.all([createTestNode('fra1'), createTestNode('ams1')]);

/** The back-up of a registry with these nodes. */
async function backedUp(...nodes: (typeof fra1)[]) {
  const world = createRegistryWorld();
  for (const node of nodes) await world.join(node);
  return world.service.backUp();
}

const entryOf = (changes: Partial<BackedUp<'node'>> = {}): BackedUp<'node'> => ({
  entry: 'node',
  id: fra1.id,
  url: fra1.url,
  region: 'eu-central',
  network: null,
  key: fra1.key,
  is_draining: false,
  ...changes,
});

describe('a restored node', () => {
  test('a restored node proves its URL with its first heartbeat, and is a node like any other after it', async () => {
    const { service, beat } = createRegistryWorld();
    for (const entry of await backedUp(fra1))
      expect(await service.restore(entry, false)).toMatchObject({ outcome: 'restored' });
    expect(await service.list()).toMatchObject([{ id: 'fra1', state: 'joining' }]);
    expect(await beat(fra1)).toMatchObject({ kind: 'moved', url: fra1.url });
    expect(await service.list()).toMatchObject([{ state: 'joining' }]);
  });

  test('a restored node that has proved its URL is heard, now and later', async () => {
    const world = createRegistryWorld();
    await world.service.restore(entryOf({ is_draining: true }), false);
    const message = (provenUrl: string | null) =>
      fra1.message(heartbeatOf(world.nowMs()), world.nowMs(), { provenUrl });
    expect(await world.service.heartbeat(await message(fra1.url))).toMatchObject({ kind: 'heard', state: 'draining' });
    world.advance(10_000);
    expect(await world.service.heartbeat(await message(null))).toMatchObject({ kind: 'heard' });
  });

  test('a restored node is not heard under another key than that of the back-up', async () => {
    const { service, beat } = createRegistryWorld();
    await service.restore(entryOf({ key: ams1.key }), false);
    expect(await beat(fra1)).toMatchObject({ kind: 'refused' });
  });
});

describe('the registry', () => {
  test('the registry keeps a node that exists, whatever a back-up says of it', async () => {
    const { service, join } = createRegistryWorld();
    await join(fra1);
    expect(await service.restore(entryOf({ region: 'moon', key: ams1.key }), false)).toMatchObject({ outcome: 'kept' });
    expect(await service.list()).toMatchObject([{ region: 'eu-central' }]);
  });

  test('the registry does not take a node back that its operator has removed since', async () => {
    const { service, join } = createRegistryWorld();
    await join(fra1);
    const [entry] = await service.backUp();
    await service.remove('fra1', null);
    expect(await service.restore(entry ?? entryOf(), false)).toMatchObject({
      outcome: 'refused',
      detail: expect.stringContaining('removed'),
    });
    expect(await service.backUp()).toEqual([]);
  });

  test.each([
    ['URL', { id: 'other', key: ams1.key }],
    ['key', { id: 'other', url: 'https://other.example/' }],
  ])('the registry refuses a node of a back-up that has the %s of a present one', async (_, changes) => {
    const { service, join } = createRegistryWorld();
    await join(fra1);
    expect(await service.restore(entryOf(changes), false)).toMatchObject({ outcome: 'refused' });
    expect(await service.list()).toHaveLength(1);
  });

  test('the registry keeps disbelieving a removed node after a restore, once for each span', async () => {
    const { service, join } = createRegistryWorld();
    await join(fra1);
    await service.remove('fra1', START_MS - 1_000);
    const spans = await service.backUp();
    expect(spans).toMatchObject([{ entry: 'forgotten', node: 'fra1' }]);
    const fresh = createRegistryWorld();
    for (const outcome of ['restored', 'kept']) {
      expect(await fresh.service.restore(spans[0] ?? entryOf(), false)).toMatchObject({ outcome });
    }
    expect(await fresh.service.backUp()).toEqual(spans);
  });

  test('the registry changes nothing in a dry run', async () => {
    const { service } = createRegistryWorld();
    expect(await service.restore(entryOf(), true)).toMatchObject({ outcome: 'restored' });
    expect(await service.list()).toEqual([]);
  });
});
