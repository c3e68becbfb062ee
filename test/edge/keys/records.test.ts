import { describe, expect, test } from 'vitest';
import { createKeyPorts, type KeyRequest } from '../../../edge/wiring/key-ports.ts';
import { mapStore } from '../memory/map-store.ts';
import { createKeepers } from './holders.ts';

const WISH: KeyRequest = { kind: 'secret', name: null, email: 'ada@firm.example', origins: [], daily_quota: 5 };

const portsOver = (store: ReturnType<typeof mapStore>, secret: string) =>
  createKeyPorts(
    store,
    createKeepers(store, () => 0),
    new Uint8Array(new TextEncoder().encode(secret)),
    () => 0,
  );

describe('a key in the store', () => {
  test('a stored key outlives another CACHE_KEY; the address of its owner does not', async () => {
    const store = mapStore();
    const { id, key } = await portsOver(store, 'a first secret of the edge').keyService.make(WISH);
    const later = portsOver(store, 'another secret of the edge');
    expect(await later.keys.lookUp(key)).toMatchObject({ id, kind: 'secret', daily_quota: 5 });
    expect((await later.keyService.list(null)).keys).toMatchObject([{ id, email: null }]);
  });

  test('a stored key has an id that no other key has', async () => {
    const store = mapStore();
    const { keyService, keys } = portsOver(store, 'a first secret of the edge');
    const made = [await keyService.make(WISH), await keyService.make(WISH)];
    expect(new Set(made.map(({ id }) => id)).size).toBe(2);
    for (const { id, key } of made) expect((await keys.lookUp(key))?.id).toBe(id);
    expect([...store.entries.keys()].sort()).toEqual(made.map(({ id }) => `k1:${id}`).sort());
  });

  test('a publishable key of an older version has the bounds of visitors that a new one has', async () => {
    const store = mapStore();
    const { keyService, keys } = portsOver(store, 'a first secret of the edge');
    const made = await keyService.make({
      ...WISH,
      kind: 'publishable',
      origins: ['https://a.example'],
      daily_quota: 200,
    });
    const {
      visitor_daily_quota: _,
      visitor_minute_quota: __,
      ...old
    } = JSON.parse(store.entries.get(`k1:${made.id}`)?.value ?? '');
    await store.put(`k1:${made.id}`, JSON.stringify(old));
    expect(await keys.lookUp(made.key)).toMatchObject({ visitor_daily_quota: 40, visitor_minute_quota: 10 });
  });

  test('a stored key of a later version with another shape is not read', async () => {
    const store = mapStore();
    const { keyService, keys } = portsOver(store, 'a first secret of the edge');
    const { id, key } = await keyService.make(WISH);
    await store.put(`k1:${id}`, '{"kind":"root"}');
    expect(await keys.lookUp(key)).toBeNull();
  });
});
