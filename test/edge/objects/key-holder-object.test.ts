/** Keepers of keys as real Durable Objects in workerd, over HTTP: changes that come at once. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunningEdge, startEdge } from '../../../cli/start/edge.ts';
import { loadKeys } from '../../../cli/start/keys.ts';
import { freePortRun } from '../../flow/system.ts';

const ADMIN_TOKEN = 'a-token-of-this-test-alone';

let stateDir: string;
let edge: RunningEdge;

beforeAll(async () => {
  stateDir = await mkdtemp(path.join(tmpdir(), 'vrfy-keeper-'));
  const keys = { ...(await loadKeys(stateDir)), ADMIN_TOKEN };
  edge = await startEdge({ port: await freePortRun(1), stateDir, keys, sandboxDohUrl: null });
});

afterAll(async () => {
  await edge.close();
  await rm(stateDir, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
});

type Told = { readonly status: number; readonly body: Record<string, unknown> };

async function ask(method: string, route: string, fields?: unknown): Promise<Told> {
  const response = await fetch(`${edge.url}${route}`, {
    method,
    headers: { 'content-type': 'application/json', authorization: `Bearer ${ADMIN_TOKEN}` },
    ...(fields === undefined ? {} : { body: JSON.stringify(fields) }),
  });
  const text = await response.text();
  return { status: response.status, body: text === '' ? {} : JSON.parse(text) };
}

async function makeKey(): Promise<string> {
  return String((await ask('POST', '/v1/keys', { kind: 'publishable', origins: ['https://a.example'] })).body['id']);
}

describe('the keeper of a key', () => {
  test('lets every field survive of changes that come at once', async () => {
    const route = `/v1/keys/${await makeKey()}`;
    const changes = [{ name: 'Basket' }, { daily_quota: 6 }, { visitor_daily_quota: 3 }, { visitor_minute_quota: 2 }];
    const told = await Promise.all([
      ...changes.map((change) => ask('PATCH', route, change)),
      ask('POST', `${route}/webhook-secret`),
    ]);
    expect(told.map(({ status }) => status)).toEqual([200, 200, 200, 200, 201]);
    expect((await ask('PATCH', route, {})).body).toMatchObject(Object.assign({}, ...changes));
  });

  test('brings no key back that is revoked beside a change, until a back-up does', async () => {
    const id = await makeKey();
    const route = `/v1/keys/${id}`;
    const isOfKey = (entry: { readonly id?: unknown }): boolean => entry.id === id;
    const backedUp = ((await ask('GET', '/v1/backup?cursor=keys:')).body['entries'] as { id?: unknown }[]).find(
      isOfKey,
    );
    const told = await Promise.all([
      ask('PATCH', route, { name: 'Basket' }),
      ask('DELETE', route),
      ask('PATCH', route, { daily_quota: 6 }),
    ]);
    expect(told[1].status).toBe(204);
    for (const { status } of told) expect([200, 204, 404]).toContain(status);
    expect((await ask('PATCH', route, {})).status).toBe(404);
    expect((await ask('DELETE', route)).status).toBe(404);
    const restored = await Promise.all([1, 2].map(() => ask('POST', '/v1/restore', { entries: [backedUp] })));
    const outcomes = restored.map(({ body }) => (body['entries'] as { outcome: string }[])[0]?.outcome);
    expect(outcomes.toSorted()).toEqual(['kept', 'restored']);
    expect((await ask('PATCH', route, {})).body).toMatchObject({ id, name: null });
  });
});
