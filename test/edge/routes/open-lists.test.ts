/** The operator's look at the lists of all keys, with real lists. */
import { expect, test } from 'vitest';
import { createApp } from '../../../edge/app.ts';
import { openNameOf } from '../../../edge/lists/files.ts';
import { askApp } from '../ask-app.ts';
import { createSmallList, LIST_ID } from '../lists/small-list.ts';
import { smallServices } from '../small-services.ts';
import { createWorld } from '../small-world.ts';

const ADMIN_TOKEN = 'a-token-of-this-test-alone';
const GONE = 'zyxwvutsrqponmlkjihgfe';

test('a list is found by the operator until it is over, and then loses the name that it was found by', async () => {
  const list = createSmallList({ tell: () => ({ reason: 'accepted' }) });
  const gone = createSmallList({ tell: () => ({ reason: 'accepted' }) });
  await list.make('email\nada@firm.example\n', { start: 'manual', owner: 'key-abc', name: 'Friends' });
  const { bucket } = list;
  await bucket.put(openNameOf(LIST_ID, 2_000), new Uint8Array(0));
  await bucket.put(openNameOf(GONE, 1_000), new Uint8Array(0));
  const services = smallServices(await createWorld());
  const lists = { ...services.lists, bucket, listOf: (id: string) => (id === LIST_ID ? list : gone).service };
  const app = createApp(async () => ({ ...services, lists }));
  const open = async (): Promise<unknown> => {
    const headers = { authorization: `Bearer ${ADMIN_TOKEN}` };
    return (await askApp(app, '/v1/lists/open', { headers }, { ADMIN_TOKEN })).json();
  };
  const names = (): readonly string[] => [...bucket.objects.keys()].filter((name) => name.startsWith('open/'));

  expect(await open()).toMatchObject({ lists: [{ id: LIST_ID, name: 'Friends', key: 'abc' }], cursor: null });
  expect(names()).toEqual([openNameOf(LIST_ID, 2_000)]);
  await list.service.cancel();
  await list.run('cancelled');
  expect(await open()).toEqual({ lists: [], cursor: null });
  expect(names()).toEqual([]);
});

test('newer lists come first in the order of names', () => {
  expect([openNameOf('a', 1_000), openNameOf('b', 2_000), openNameOf('c', 10_000)].sort()).toEqual([
    openNameOf('c', 10_000),
    openNameOf('b', 2_000),
    openNameOf('a', 1_000),
  ]);
});
