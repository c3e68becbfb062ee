/** How much the lists of a key may hold at a time. */
import { beforeEach, describe, expect, test } from 'vitest';
import { createApp } from '../../../edge/app.ts';
import { ownedNameOf, partNameOf, putOwned } from '../../../edge/lists/files.ts';
import { heldBy, storageBoundOf } from '../../../edge/lists/storage-bound.ts';
import { createListPorts } from '../../../edge/wiring/list-ports.ts';
import { askApp } from '../ask-app.ts';
import { createMapBucket } from '../lists/map-bucket.ts';
import { createSmallList, type SmallList } from '../lists/small-list.ts';
import { smallServices } from '../small-services.ts';
import { createWorld, type World } from '../small-world.ts';

const MIB = 1_048_576;
const FILE = 'email\nada@good.example\n';

let world: World;
let bucket: ReturnType<typeof createMapBucket>;
let lists: Map<string, SmallList>;
let key: string;
let owner: string;

const app = createApp(async () => {
  const listPorts = createListPorts(
    {
      FILES: bucket,
      LISTS: {
        getByName(id) {
          const list =
            lists.get(id) ??
            createSmallList({
              tell: () => ({}),
              bucket: () => bucket,
              disown: ({ createdAtMs }) => bucket.delete(ownedNameOf(owner, id, createdAtMs)),
            });
          lists.set(id, list);
          return list.service;
        },
      },
    },
    { allowsLoopbackNodes: false },
    {
      mac: async (text) => new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))),
      isDisposable: world.ports.isDisposable,
      attempt: async () => ({ kind: 'failed', fault: 'nobody' }),
      webhookSecretsOf: world.keyPorts.keyService.webhookSecretsOf,
      nowMs: world.ports.nowMs,
    },
  );
  return smallServices(world, [], { lists: listPorts });
});

beforeEach(async () => {
  world = await createWorld();
  bucket = createMapBucket();
  lists = new Map();
  const wish = { name: null, email: null, origins: [], daily_quota: 16 };
  const made = await world.keyPorts.keyService.make({ kind: 'secret', ...wish });
  key = made.key;
  owner = `key-${made.id}`;
});

function ask(method: string, path: string, body: BodyInit | null, headers: Record<string, string> = {}) {
  const own = { authorization: `Bearer ${key}`, 'content-type': 'text/csv' };
  return askApp(app, path, { method, body, headers: { ...own, ...headers } });
}

async function codeOf(response: Response): Promise<readonly [number, unknown, unknown]> {
  const { code, detail } = (await response.json()) as Record<string, unknown>;
  return [response.status, code, detail];
}

/** Another list of the key, of so many octets. */
const hold = (id: string, octets: number | null): Promise<void> => putOwned(bucket, owner, { id, octets }, 1);

describe('the lists of a key with a daily quota', () => {
  test('have room in proportion to it, and others have other room', () => {
    const payer = { kind: 'key', id: 'k' } as const;
    expect(storageBoundOf({ ...payer, dailyQuota: 16 })).toEqual({ lists: 100, octets: 65 * MIB });
    expect(storageBoundOf({ ...payer, dailyQuota: null })).toEqual({ lists: 1_000, octets: Number.POSITIVE_INFINITY });
    expect(storageBoundOf({ kind: 'test' })).toEqual({ lists: 100, octets: 64 * MIB });
    expect([storageBoundOf({ kind: 'operator' }), storageBoundOf({ kind: 'local' })]).toEqual([null, null]);
  });

  test('are refused beyond that room, with a sentence that says how much it is, and nothing is kept', async () => {
    await hold('another', 65 * MIB - FILE.length + 1);
    const names = [...bucket.objects.keys()];
    const [status, code, detail] = await codeOf(await ask('POST', '/v1/lists', FILE));
    expect([status, code]).toEqual([409, 'list_storage_full']);
    expect(detail).toContain('65 MiB');
    expect([...bucket.objects.keys()]).toEqual(names);
  });

  test('fit to the last octet, and a deleted one makes room', async () => {
    await hold('another', 65 * MIB - FILE.length);
    const made = await ask('POST', '/v1/lists', FILE);
    expect(made.status).toBe(202);
    expect(await heldBy(bucket, owner, null)).toEqual({ lists: 2, octets: 65 * MIB });
    const { id } = (await made.json()) as { id: string };
    expect((await ask('POST', '/v1/lists', FILE)).status).toBe(409);
    expect((await ask('DELETE', `/v1/lists/${id}`, null)).status).toBe(204);
    expect((await ask('POST', '/v1/lists', FILE)).status).toBe(202);
  });

  test('are a hundred at most, and a repeat of the last one meets it', async () => {
    for (let count = 1; count < 100; count += 1) await hold(`list${count}`, 1);
    const again = { 'idempotency-key': 'once' };
    expect((await ask('POST', '/v1/lists', FILE, again)).status).toBe(202);
    expect((await ask('POST', '/v1/lists', FILE, again)).status).toBe(202);
    const [status, code, detail] = await codeOf(await ask('POST', '/v1/lists', FILE));
    expect([status, code]).toEqual([409, 'list_storage_full']);
    expect(detail).toContain('100 lists');
  });

  test('are not more than that if several come at the same time', async () => {
    for (let count = 1; count < 99; count += 1) await hold(`list${count}`, 1);
    await Promise.all([1, 2, 3, 4].map(() => ask('POST', '/v1/lists', FILE)));
    expect((await heldBy(bucket, owner, null)).lists).toBeLessThanOrEqual(100);
  });

  test('count the parts of a file that is coming in, and a part that comes again once', async () => {
    await hold('another', 56 * MIB);
    const { id } = (await (await ask('POST', '/v1/lists?parts=true', null)).json()) as { id: string };
    const put = (list: string, part: number, octets: number) =>
      ask('PUT', `/v1/lists/${list}/parts/${part}`, new Uint8Array(octets));
    expect((await put(id, 1, 8 * MIB)).status).toBe(204);
    expect((await put(id, 1, 8 * MIB)).status).toBe(204);
    const { id: other } = (await (await ask('POST', '/v1/lists?parts=true', null)).json()) as { id: string };
    expect(await codeOf(await put(other, 1, MIB + 1))).toEqual([
      409,
      'list_storage_full',
      expect.stringContaining('65 MiB'),
    ]);
    expect((await put(other, 1, MIB)).status).toBe(204);
    expect([...bucket.objects.keys()].filter((name) => name.includes('/parts/'))).toEqual([
      partNameOf(id, 1),
      partNameOf(other, 1),
    ]);
  });

  test('count what a compressed file unfolds to when its parts are put together', async () => {
    await hold('another', 65 * MIB - 100);
    const { id } = (await (await ask('POST', '/v1/lists?parts=true', null)).json()) as { id: string };
    const folded = new Blob([`email\n${'ada@good.example\n'.repeat(50)}`]).stream();
    const gzip = new CompressionStream('gzip') as unknown as ReadableWritablePair<Uint8Array, Uint8Array>;
    const part = new Uint8Array(await new Response(folded.pipeThrough(gzip)).arrayBuffer());
    expect(part.length).toBeLessThan(100);
    expect((await ask('PUT', `/v1/lists/${id}/parts/1`, part)).status).toBe(204);
    const [status, code] = await codeOf(await ask('POST', `/v1/lists/${id}/complete`, null));
    expect([status, code]).toEqual([409, 'list_storage_full']);
  });

  test('count a file that came in parts once, when it is whole', async () => {
    const { id } = (await (await ask('POST', '/v1/lists?parts=true', null)).json()) as { id: string };
    expect((await ask('PUT', `/v1/lists/${id}/parts/1`, FILE)).status).toBe(204);
    expect(await heldBy(bucket, owner, null)).toEqual({ lists: 1, octets: FILE.length });
    expect((await ask('POST', `/v1/lists/${id}/complete`, null)).status).toBe(202);
    expect(await heldBy(bucket, owner, null)).toEqual({ lists: 1, octets: FILE.length });
  });
});
