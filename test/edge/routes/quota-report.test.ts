/** What `GET /v1/quota` tells each caller. */
import { beforeEach, describe, expect, test } from 'vitest';
import { createApp } from '../../../edge/app.ts';
import { quotaReportSchema } from '../../../edge/routes/quota.ts';
import type { KeyRequest } from '../../../edge/wiring/key-ports.ts';
import { makeKey } from '../../../shared/api-key.ts';
import { askApp } from '../ask-app.ts';
import { smallServices } from '../small-services.ts';
import { createWorld, type World } from '../small-world.ts';

const ADMIN_TOKEN = 'a-token-of-this-test-alone';
const UNBOUND = { daily_quota: null, remaining: null, reset_seconds: null };

let world: World;
const app = createApp(async () => smallServices(world));

beforeEach(async () => {
  world = await createWorld({ anonymousDailyQuota: 2 });
});

async function keyOf(wish: Partial<KeyRequest>): Promise<string> {
  const settings: KeyRequest = { kind: 'secret', name: null, email: null, origins: [], daily_quota: 5, ...wish };
  return (await world.keyPorts.keyService.make(settings)).key;
}

function ask(path: string, key?: string): Promise<Response> {
  const background = { waitUntil: world.ports.waitUntil, passThroughOnException: () => {}, props: {} };
  const authorization: Record<string, string> = key === undefined ? {} : { authorization: `Bearer ${key}` };
  const headers = { 'cf-connecting-ip': '192.0.2.1', origin: 'https://shop.example', ...authorization };
  return askApp(app, path, { headers }, { ADMIN_TOKEN }, background);
}

async function reportTo(key?: string) {
  const response = await ask('/v1/quota', key);
  expect([response.status, response.headers.get('cache-control')]).toEqual([200, 'no-store']);
  return quotaReportSchema().parse(await response.json());
}

describe('the report of a quota', () => {
  test('says what is left of the key that asks, costs nothing, and asks no mail server', async () => {
    const key = await keyOf({});
    expect(await reportTo(key)).toEqual({
      caller: 'secret',
      daily_quota: 5,
      remaining: 5,
      reset_seconds: expect.any(Number),
    });
    await ask('/v1/verify?email=ada@firm.example', key);
    await world.settle();
    expect(await reportTo(key)).toMatchObject({ remaining: 4 });
    expect(await reportTo(key)).toMatchObject({ remaining: 4 });
    expect(world.jobs).toHaveLength(1);
  });

  test('says to a caller without a key what is left of its network', async () => {
    expect(await reportTo()).toMatchObject({ caller: 'anonymous', daily_quota: 2, remaining: 2 });
  });

  test('ends at zero', async () => {
    const key = await keyOf({ daily_quota: 0 });
    expect(await reportTo(key)).toMatchObject({ daily_quota: 0, remaining: 0 });
  });

  test('has no bound for the operator, for a test key, and for a key that was made without one', async () => {
    expect(await reportTo(ADMIN_TOKEN)).toEqual({ caller: 'operator', ...UNBOUND });
    expect(await reportTo(await keyOf({ kind: 'test', daily_quota: null }))).toEqual({ caller: 'test', ...UNBOUND });
    expect(await reportTo(await keyOf({ daily_quota: null }))).toEqual({ caller: 'secret', ...UNBOUND });
  });

  test('is refused to a key that is not known, and to one for pages', async () => {
    const stranger = makeKey('secret', (octets) => void crypto.getRandomValues(octets));
    expect((await ask('/v1/quota', stranger)).status).toBe(401);
    const forPages = await keyOf({ kind: 'publishable', origins: ['https://shop.example'] });
    expect((await ask('/v1/quota', forPages)).status).toBe(403);
  });

  test('is a problem if the counter cannot tell, and keeps the caller from nothing', async () => {
    world.counters.behave(() => Promise.reject(new RangeError('reset')));
    const key = await keyOf({});
    const response = await ask('/v1/quota', key);
    expect([response.status, (await response.json()).code]).toEqual([503, 'store_unavailable']);
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await ask('/v1/verify?email=ada@firm.example', key)).status).toBe(200);
  });
});
