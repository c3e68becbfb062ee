/** Back-up and restore over HTTP, from one small world into another. */
import { beforeEach, describe, expect, test } from 'vitest';
import { createApp } from '../../../edge/app.ts';
import { type BackupEntry, backupPageSchema, restoreAnswerSchema } from '../../../shared/backup.ts';
import { askApp } from '../ask-app.ts';
import { smallServices } from '../small-services.ts';
import { createWorld, type World } from '../small-world.ts';

const ADMIN_TOKEN = 'a-token-of-this-test-alone';

type Edge = (method: string, path: string, body?: object, token?: string) => Promise<Response>;

async function openEdge(): Promise<Edge> {
  const world: World = await createWorld();
  const services = smallServices(world);
  const app = createApp(async () => services);
  return (method, path, body, token = ADMIN_TOKEN) => {
    const background = { waitUntil: world.ports.waitUntil, passThroughOnException: () => {}, props: {} };
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const init = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
    return Promise.resolve(askApp(app, path, init, { ADMIN_TOKEN }, background));
  };
}

async function backUp(edge: Edge): Promise<readonly BackupEntry[]> {
  const entries: BackupEntry[] = [];
  let cursor: string | null = null;
  do {
    const query: string = cursor === null ? '' : `?${new URLSearchParams({ cursor })}`;
    const page = backupPageSchema().parse(await (await edge('GET', `/v1/backup${query}`)).json());
    entries.push(...page.entries);
    cursor = page.cursor;
  } while (cursor !== null);
  return entries;
}

async function restore(edge: Edge, entries: readonly object[], dry_run = false) {
  const response = await edge('POST', '/v1/restore', { entries, dry_run });
  return restoreAnswerSchema().parse(await response.json()).entries;
}

let edge: Edge;

beforeEach(async () => {
  edge = await openEdge();
});

const MARK = { entry: 'mark', domain: 'bad.example', mark: 'disposable', marked_at: '2026-01-01T00:00:00.000Z' };

describe('a back-up', () => {
  test('a back-up that is restored into an empty edge yields the same back-up there', async () => {
    await edge('POST', '/v1/keys', { kind: 'publishable', name: 'Shop', origins: ['https://shop.example'] });
    await edge('POST', '/v1/keys', { kind: 'secret', email: 'ada@good.test', daily_quota: 7 });
    await edge('PUT', '/v1/domains/bad.example', { mark: 'disposable' });
    await edge('PUT', '/v1/domains/good.example', { mark: 'allow' });
    const entries = await backUp(edge);
    expect(entries.map(({ entry }) => entry)).toEqual(['mark', 'mark', 'key', 'key']);
    const other = await openEdge();
    expect((await restore(other, entries)).map(({ outcome }) => outcome)).toEqual(Array(4).fill('restored'));
    expect(await backUp(other)).toEqual(entries);
  });

  test('a back-up holds neither a key nor the address of its owner nor a webhook secret', async () => {
    const made = await (await edge('POST', '/v1/keys', { kind: 'secret', email: 'ada@good.test' })).json();
    const text = JSON.stringify(await backUp(edge));
    for (const secret of [made.key, made.webhook_secret, 'ada@good.test']) expect(text).not.toContain(secret);
  });

  test.each(['', 'nodes:', 'marks', 'x'.repeat(2_000)])('a back-up has no page after the cursor %j', async (cursor) => {
    const response = await edge('GET', `/v1/backup?${new URLSearchParams({ cursor })}`);
    expect([response.status, await response.json()]).toMatchObject([400, { code: 'invalid_request' }]);
  });

  test('a back-up and a restore need the admin token', async () => {
    expect((await edge('GET', '/v1/backup', undefined, 'another')).status).toBe(401);
    expect((await edge('POST', '/v1/restore', { entries: [] }, 'another')).status).toBe(401);
  });
});

describe('a restore', () => {
  test('a restore replaces nothing, and a dry run changes nothing', async () => {
    expect(await restore(edge, [MARK], true)).toMatchObject([{ id: 'bad.example', outcome: 'restored' }]);
    expect((await edge('GET', '/v1/domains/bad.example')).status).toBe(404);
    expect(await restore(edge, [MARK])).toMatchObject([{ outcome: 'restored' }]);
    expect(await (await edge('GET', '/v1/domains/bad.example')).json()).toMatchObject({ marked_at: MARK.marked_at });
    expect(await restore(edge, [{ ...MARK, mark: 'allow' }])).toMatchObject([{ outcome: 'kept' }]);
    expect(await (await edge('GET', '/v1/domains/bad.example')).json()).toMatchObject({ mark: 'disposable' });
  });

  test.each([
    ['a public suffix', { ...MARK, domain: 'co.uk' }],
    ['a domain that is not in A-labels', { ...MARK, domain: 'Bad.example' }],
    ['a key with an id of another form', keyOf({ id: '../m1:x' })],
  ])('a restore refuses %s and says why', async (_, entry) => {
    expect(await restore(edge, [entry])).toMatchObject([{ outcome: 'refused', detail: expect.stringMatching(/\.$/) }]);
    expect(await backUp(edge)).toEqual([]);
  });

  test('a restore says if an address was sealed under another CACHE_KEY, and the key comes back without it', async () => {
    const id = 'Zm9vYmFyYmF6cXV4MTIzNA';
    const sealed = btoa('sealed under another key, long enough');
    expect(await restore(edge, [keyOf({ id, sealed_email: sealed })])).toMatchObject([
      { outcome: 'restored', detail: expect.stringContaining('another CACHE_KEY') },
    ]);
    expect(await (await edge('GET', '/v1/keys')).json()).toMatchObject({ keys: [{ id, email: null }] });
  });

  test.each([
    ['more entries than one request may have', { entries: Array(51).fill(MARK) }],
    ['an entry of an unknown sort', { entries: [{ entry: 'list' }] }],
    ['no entries', {}],
  ])('a restore of %s is a request that does not fit', async (_, body) => {
    expect((await edge('POST', '/v1/restore', body)).status).toBe(400);
  });
});

function keyOf(changes: object): object {
  return {
    entry: 'key',
    id: '',
    kind: 'secret',
    name: null,
    sealed_email: null,
    origins: [],
    daily_quota: 100,
    visitor_daily_quota: null,
    visitor_minute_quota: null,
    created_at: '2026-01-01T00:00:00.000Z',
    sealed_webhook: null,
    ...changes,
  };
}
