import { beforeEach, describe, expect, test, vi } from 'vitest';
import { createApp } from '../../../edge/app.ts';
import { kindOfKey } from '../../../shared/api-key.ts';
import { askApp } from '../ask-app.ts';
import { KEY_DAILY_QUOTA, smallServices } from '../small-services.ts';
import { createWorld, type World } from '../small-world.ts';

const ADMIN_TOKEN = 'a-token-of-this-test-alone';

let world: World;
const app = createApp(async () => smallServices(world));

beforeEach(async () => {
  world = await createWorld();
});

type Told = { readonly status: number; readonly body: Record<string, unknown>; readonly headers: Headers };

async function ask(
  method: string,
  path: string,
  fields?: unknown,
  authorization = `Bearer ${ADMIN_TOKEN}`,
): Promise<Told> {
  const headers = { 'content-type': 'application/json', ...(authorization === '' ? {} : { authorization }) };
  const init = { method, headers, ...(fields === undefined ? {} : { body: JSON.stringify(fields) }) };
  const response = await askApp(app, path, init, { ADMIN_TOKEN });
  const text = await response.text();
  return { status: response.status, body: text === '' ? {} : JSON.parse(text), headers: response.headers };
}

describe('/v1/keys', () => {
  test('gives a key once, and lists it without', async () => {
    const made = await ask('POST', '/v1/keys', {
      kind: 'secret',
      name: ' Shop ',
      email: 'ada@firm.example',
      daily_quota: 7,
    });
    expect([made.status, made.headers.get('cache-control')]).toEqual([201, 'no-store']);
    const { key, webhook_secret, ...report } = made.body;
    expect(kindOfKey(String(key))).toBe('secret');
    expect(webhook_secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect(report).toMatchObject({
      kind: 'secret',
      name: 'Shop',
      email: 'ada@firm.example',
      origins: [],
      daily_quota: 7,
    });
    const { status, body } = await ask('GET', '/v1/keys');
    expect([status, body]).toEqual([200, { keys: [{ ...report, used_today: 0 }], cursor: null }]);
  });

  test('keeps neither the key nor whose it is in clear', async () => {
    const { body } = await ask('POST', '/v1/keys', { kind: 'secret', email: 'ada@firm.example' });
    const stored = JSON.stringify([...world.store.entries]);
    expect(stored).not.toContain(String(body['key']).slice(8, 20));
    expect(stored).not.toContain(String(body['webhook_secret']).slice(6, 30));
    expect(stored).not.toMatch(/ada@|firm\.example/);
  });

  test('takes the quota of the edge where none is said, and none for a test key', async () => {
    const quotaOf = async (fields: object): Promise<unknown> =>
      (await ask('POST', '/v1/keys', fields)).body['daily_quota'];
    expect(await quotaOf({ kind: 'secret' })).toBe(KEY_DAILY_QUOTA);
    expect(await quotaOf({ kind: 'secret', daily_quota: null })).toBeNull();
    expect(await quotaOf({ kind: 'secret', daily_quota: 0 })).toBe(0);
    expect(await quotaOf({ kind: 'test', daily_quota: 5 })).toBeNull();
  });

  test.each([
    ['https://Shop.Example', 'https://shop.example'],
    ['https://shop.example:8443', 'https://shop.example:8443'],
    ['https://shop.example:443', 'https://shop.example'],
    ['https://bücher.example', 'https://xn--bcher-kva.example'],
    ['http://localhost:3000', 'http://localhost:3000'],
    ['http://127.0.0.1:3000', 'http://127.0.0.1:3000'],
  ])('knows the origin %s as browsers name it', async (written, origin) => {
    const { status, body } = await ask('POST', '/v1/keys', { kind: 'publishable', origins: [written, written] });
    expect([status, body['origins']]).toEqual([201, [origin]]);
  });

  const page = { kind: 'publishable' };
  test.each<[string, unknown, string]>([
    ['no kind', {}, 'kind'],
    ['another kind', { kind: 'admin' }, 'kind'],
    ['an empty name', { kind: 'secret', name: '  ' }, 'name'],
    ['a long name', { kind: 'secret', name: 'x'.repeat(101) }, 'name'],
    ['an email that is none', { kind: 'secret', email: 'ada' }, 'email'],
    ['a quota below nothing', { kind: 'secret', daily_quota: -1 }, 'daily_quota'],
    ['half a probe', { kind: 'secret', daily_quota: 0.5 }, 'daily_quota'],
    ['a quota as text', { kind: 'secret', daily_quota: '5' }, 'daily_quota'],
    ['a page key without origins', page, 'origins'],
    ['a secret key with origins', { kind: 'secret', origins: ['https://a.example'] }, 'origins'],
    ['an origin over http', { ...page, origins: ['http://shop.example'] }, 'origins.0'],
    ['an origin with a path', { ...page, origins: ['https://shop.example/basket'] }, 'origins.0'],
    ['an origin with a slash', { ...page, origins: ['https://shop.example/'] }, 'origins.0'],
    ['every origin', { ...page, origins: ['*'] }, 'origins.0'],
    ['no origin', { ...page, origins: ['null'] }, 'origins.0'],
    ['an origin with a name and password', { ...page, origins: ['https://a:b@shop.example'] }, 'origins.0'],
    [
      'too many origins',
      { ...page, origins: Array.from({ length: 21 }, (_, n) => `https://a${n}.example`) },
      'origins',
    ],
    ['a field that is nearly one of ours', { kind: 'secret', dailyQuota: 5 }, 'dailyQuota'],
    ['bounds of visitors for a secret key', { kind: 'secret', visitor_daily_quota: 5 }, 'visitor_daily_quota'],
  ])('refuses %s', async (_, fields, field) => {
    const { status, body } = await ask('POST', '/v1/keys', fields);
    expect([status, body]).toMatchObject([400, { code: 'invalid_request', errors: [{ field }] }]);
    expect(world.store.entries.size).toBe(0);
  });

  test('lists page by page', async () => {
    for (let made = 0; made < 101; made += 1) await ask('POST', '/v1/keys', { kind: 'test' });
    const first = (await ask('GET', '/v1/keys')).body as { keys: { id: string }[]; cursor: string };
    const second = (await ask('GET', `/v1/keys?cursor=${first.cursor}`)).body as typeof first;
    expect([first.keys.length, second.keys.length, second.cursor]).toEqual([100, 1, null]);
    expect(new Set([...first.keys, ...second.keys].map(({ id }) => id)).size).toBe(101);
    for (const cursor of ['', 'x'.repeat(1025)])
      expect((await ask('GET', `/v1/keys?cursor=${cursor}`)).status).toBe(400);
  });

  test('gives a page key bounds for its visitors, a fifth of its quota a day at most, but ten at least', async () => {
    const boundsOf = async (fields: object): Promise<unknown[]> => {
      const { body } = await ask('POST', '/v1/keys', { ...page, origins: ['https://shop.example'], ...fields });
      return [body['visitor_daily_quota'], body['visitor_minute_quota']];
    };
    expect(await boundsOf({ daily_quota: 1_000_000 })).toEqual([100, 10]);
    expect(await boundsOf({ daily_quota: null })).toEqual([100, 10]);
    expect(await boundsOf({ daily_quota: 300 })).toEqual([60, 10]);
    expect(await boundsOf({ daily_quota: 20 })).toEqual([10, 10]);
    expect(await boundsOf({ visitor_daily_quota: 7, visitor_minute_quota: null })).toEqual([7, null]);
    const { body } = await ask('POST', '/v1/keys', { kind: 'secret' });
    expect([body['visitor_daily_quota'], body['visitor_minute_quota']]).toEqual([null, null]);
  });

  test('changes what is given of a key and nothing else, without making a new one', async () => {
    const {
      key,
      webhook_secret: _secret,
      ...made
    } = (
      await ask('POST', '/v1/keys', {
        ...page,
        email: 'ada@firm.example',
        name: 'Shop',
        origins: ['https://a.example'],
      })
    ).body;
    const id = String(made['id']);
    const changes = [
      { name: 'Basket', origins: ['https://B.example', 'https://a.example'] },
      { daily_quota: 5, visitor_daily_quota: 3 },
      { visitor_minute_quota: null, name: null },
      {},
    ];
    let expected = made;
    for (const change of changes) {
      expected = {
        ...expected,
        ...change,
        ...('origins' in change ? { origins: ['https://b.example', 'https://a.example'] } : {}),
      };
      const { status, body } = await ask('PATCH', `/v1/keys/${id}`, change);
      expect([status, body]).toEqual([200, expected]);
    }
    expect((await ask('GET', '/v1/keys')).body).toEqual({ keys: [{ ...expected, used_today: 0 }], cursor: null });
    expect(await world.keyPorts.keys.lookUp(String(key))).toMatchObject({ id, daily_quota: 5 });
  });

  test('a change counts at once although the key was used a moment ago', async () => {
    const { key, id } = (await ask('POST', '/v1/keys', { kind: 'secret', daily_quota: 5 })).body;
    await world.keyPorts.keys.lookUp(String(key));
    await ask('PATCH', `/v1/keys/${id}`, { daily_quota: 6 });
    expect(world.keyPorts.keys.atHand(String(key))).toBeUndefined();
  });

  test.each<[string, object, object, number]>([
    ['no origin at all for a page key', { ...page, origins: ['https://a.example'] }, { origins: [] }, 400],
    ['an origin for a secret key', { kind: 'secret' }, { origins: ['https://a.example'] }, 400],
    ['bounds of visitors for a secret key', { kind: 'secret' }, { visitor_daily_quota: 5 }, 400],
    ['a quota below nothing', { kind: 'secret' }, { daily_quota: -1 }, 400],
    ['a field that is nearly one of ours', { kind: 'secret' }, { dailyQuota: 5 }, 400],
    ['half a probe for a visitor', { ...page, origins: ['https://a.example'] }, { visitor_minute_quota: 0.5 }, 400],
  ])('does not change %s', async (_, fields, change, expected) => {
    const { key: _key, webhook_secret: _secret, ...made } = (await ask('POST', '/v1/keys', fields)).body;
    expect((await ask('PATCH', `/v1/keys/${made['id']}`, change)).status).toBe(expected);
    expect((await ask('GET', '/v1/keys')).body).toMatchObject({ keys: [made] });
  });

  test('changes no key that is not there', async () => {
    for (const id of ['x', 'y'.repeat(22)]) expect((await ask('PATCH', `/v1/keys/${id}`, {})).status).toBe(404);
    expect(world.store.entries.size).toBe(0);
  });

  test('a test key has no quota, whatever a change says', async () => {
    const { id } = (await ask('POST', '/v1/keys', { kind: 'test' })).body;
    expect((await ask('PATCH', `/v1/keys/${id}`, { daily_quota: 5 })).body).toMatchObject({ daily_quota: null });
  });

  test('keeps both of two changes that come at once, and a webhook secret that is made beside them', async () => {
    const { id, webhook_secret: first } = (await ask('POST', '/v1/keys', { kind: 'secret' })).body;
    const path = `/v1/keys/${id}`;
    const [renewed] = await Promise.all([
      ask('POST', `${path}/webhook-secret`),
      ask('PATCH', path, { name: 'Basket' }),
      ask('PATCH', path, { daily_quota: 6 }),
    ]);
    expect((await ask('GET', '/v1/keys')).body).toMatchObject({ keys: [{ name: 'Basket', daily_quota: 6 }] });
    const secrets = await world.keyPorts.keyService.webhookSecretsOf(String(id));
    expect(secrets).toEqual([renewed.body['webhook_secret'], first]);
  });

  test('lets both of two webhook secrets sign that are made at once', async () => {
    const { id } = (await ask('POST', '/v1/keys', { kind: 'secret' })).body;
    const path = `/v1/keys/${id}/webhook-secret`;
    const made = await Promise.all([ask('POST', path), ask('POST', path)]);
    const secrets = await world.keyPorts.keyService.webhookSecretsOf(String(id));
    expect(secrets.toSorted()).toEqual(made.map(({ body }) => String(body['webhook_secret'])).toSorted());
  });

  test('does not bring a key back that is revoked beside a change of it', async () => {
    const { id } = (await ask('POST', '/v1/keys', { kind: 'secret' })).body;
    const path = `/v1/keys/${id}`;
    const { put } = world.store;
    // A write takes longer than a deletion.
    const slowly: typeof put = async (...given) => {
      await new Promise((resolve) => setImmediate(resolve));
      return put(...given);
    };
    Object.assign(world.store, { put: slowly });
    const told = await Promise.all([
      ask('PATCH', path, { name: 'Basket' }),
      ask('DELETE', path),
      ask('PATCH', path, { daily_quota: 6 }),
      ask('POST', `${path}/webhook-secret`),
    ]);
    expect(told[1]).toMatchObject({ status: 204 });
    for (const { status } of told) expect([200, 201, 204, 404]).toContain(status);
    expect(world.store.entries.size).toBe(0);
    expect((await ask('PATCH', path, { name: 'Again' })).status).toBe(404);
  });

  test('revokes a key once', async () => {
    const { body } = await ask('POST', '/v1/keys', { kind: 'secret' });
    const path = `/v1/keys/${body['id']}`;
    expect(await ask('DELETE', path)).toMatchObject({ status: 204, body: {} });
    for (const gone of [path, '/v1/keys/x', `/v1/keys/${'y'.repeat(22)}`, '/v1/keys/..%2Fm1:x']) {
      expect(await ask('DELETE', gone)).toMatchObject({ status: 404, body: { code: 'not_found' } });
    }
    expect(world.store.entries.size).toBe(0);
  });

  test('is for the operator alone, whatever the method', async () => {
    const { body } = await ask('POST', '/v1/keys', { kind: 'secret' });
    for (const authorization of ['', 'Bearer no', `Bearer ${body['key']}`]) {
      for (const method of ['GET', 'POST', 'PATCH', 'DELETE', 'PUT', 'OPTIONS']) {
        for (const path of ['/v1/keys', `/v1/keys/${body['id']}`]) {
          expect((await ask(method, path, method === 'GET' ? undefined : {}, authorization)).status).toBe(401);
        }
      }
    }
    expect(world.store.entries.size).toBe(1);
  });

  test('passes over what stands in the store and is no key', async () => {
    const { body } = await ask('POST', '/v1/keys', { kind: 'secret' });
    await world.store.put(`k1:${'z'.repeat(22)}`, '{"kind":"admin"}');
    await world.store.put(`k1:${'y'.repeat(22)}`, 'no JSON');
    const { keys } = (await ask('GET', '/v1/keys')).body as { keys: unknown[] };
    expect(keys).toMatchObject([{ id: body['id'] }]);
  });

  test('cannot be had while the store is away, which is said and leaks nothing', async () => {
    const away = (): Promise<never> => Promise.reject(new Error('KV: hunter2'));
    Object.assign(world.store, { get: away, put: away, list: away });
    const spied = vi.spyOn(console, 'error').mockImplementation(() => {});
    for (const [method, path, fields] of [
      ['GET', '/v1/keys'],
      ['POST', '/v1/keys', { kind: 'secret' }],
      ['DELETE', `/v1/keys/${'x'.repeat(22)}`],
      ['POST', `/v1/keys/${'x'.repeat(22)}/webhook-secret`],
    ] as const) {
      const told = await ask(method, path, fields);
      expect(told).toMatchObject({ status: 503, body: { code: 'store_unavailable' } });
      expect(told.headers.get('retry-after')).toBe('5');
    }
    expect(spied.mock.calls.join()).not.toContain('hunter2');
    spied.mockRestore();
  });
});

describe('/v1/keys/:id/webhook-secret', () => {
  test('makes a new secret; the one before signs too for a day, and the one before that no more', async () => {
    const made = await ask('POST', '/v1/keys', { kind: 'secret', email: 'ada@firm.example' });
    const { id, webhook_secret: first, key } = made.body;
    const secretsNow = () => world.keyPorts.keyService.webhookSecretsOf(String(id));
    expect(await secretsNow()).toEqual([first]);
    const { status, body, headers } = await ask('POST', `/v1/keys/${id}/webhook-secret`);
    expect([status, headers.get('cache-control')]).toEqual([201, 'no-store']);
    const second = body['webhook_secret'];
    expect(await secretsNow()).toEqual([second, first]);
    const third = (await ask('POST', `/v1/keys/${id}/webhook-secret`)).body['webhook_secret'];
    expect(await secretsNow()).toEqual([third, second]);
    world.advance(86_400_000);
    expect(await secretsNow()).toEqual([third]);
    expect(await world.keyPorts.keys.lookUp(String(key))).toMatchObject({ id, kind: 'secret' });
    expect((await ask('GET', '/v1/keys')).body).toMatchObject({ keys: [{ id, email: 'ada@firm.example' }] });
  });

  test('gives a secret to a key of an older version, which has none', async () => {
    const { id } = (await ask('POST', '/v1/keys', { kind: 'secret' })).body;
    const { sealed_webhook: _, ...older } = JSON.parse((await world.store.get(`k1:${id}`)) ?? '');
    await world.store.put(`k1:${id}`, JSON.stringify(older));
    expect(await world.keyPorts.keyService.webhookSecretsOf(String(id))).toEqual([]);
    const { webhook_secret } = (await ask('POST', `/v1/keys/${id}/webhook-secret`)).body;
    expect(await world.keyPorts.keyService.webhookSecretsOf(String(id))).toEqual([webhook_secret]);
  });

  test('is for the operator, and for keys that there are', async () => {
    const { id, key } = (await ask('POST', '/v1/keys', { kind: 'secret' })).body;
    for (const authorization of ['', `Bearer ${key}`, 'Bearer a-wrong-token-of-no-use']) {
      expect((await ask('POST', `/v1/keys/${id}/webhook-secret`, undefined, authorization)).status).toBe(401);
    }
    for (const gone of ['x', 'y'.repeat(22), '..%2Fm1:x']) {
      expect((await ask('POST', `/v1/keys/${gone}/webhook-secret`)).status).toBe(404);
    }
  });
});
