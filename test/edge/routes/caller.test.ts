/** Who asks, by key or without one, and what that opens. */
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { createApp } from '../../../edge/app.ts';
import { createLocation } from '../../../edge/http/location.ts';
import type { KeyRequest } from '../../../edge/wiring/key-ports.ts';
import { makeKey } from '../../../shared/api-key.ts';
import { askApp } from '../ask-app.ts';
import { smallServices } from '../small-services.ts';
import { createWorld, type World } from '../small-world.ts';

const ADMIN_TOKEN = 'a-token-of-this-test-alone';
const SHOP = 'https://shop.example';
const WISH: KeyRequest = { kind: 'secret', name: null, email: null, origins: [], daily_quota: 5 };

let world: World;
let lines: string[];
const rim = { nowMs: () => 0, writeLine: (line: string) => void lines.push(line), location: createLocation() };
const app = createApp(async () => smallServices(world), rim);

beforeEach(async () => {
  lines = [];
  world = await createWorld({ anonymousDailyQuota: 2 });
});

async function keyOf(wish: Partial<KeyRequest> = {}): Promise<string> {
  return (await world.keyPorts.keyService.make({ ...WISH, ...wish })).key;
}

const pageKey = (): Promise<string> => keyOf({ kind: 'publishable', origins: [SHOP, 'http://localhost:3000'] });

function ask(path: string, headers: Record<string, string> = {}, body?: object): Promise<Response> {
  const background = { waitUntil: world.ports.waitUntil, passThroughOnException: () => {}, props: {} };
  const init =
    body === undefined
      ? { headers }
      : { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) };
  return askApp(app, path, init, { ADMIN_TOKEN }, background);
}

const bearer = (key: string): Record<string, string> => ({ authorization: `Bearer ${key}` });
const ADA = '/v1/verify?email=ada@firm.example';

/** Every route that takes a key, as a request to it. */
const ROUTES: [path: string, body?: object][] = [
  [ADA],
  ['/v1/verify', { email: 'ada@firm.example' }],
  ['/v1/verify/stream?email=ada@firm.example'],
  ['/v1/verify/batch', { emails: ['ada@firm.example'] }],
  ['/v1/warm', { domain: 'firm.example' }],
];

async function refusal(response: Response): Promise<readonly [number, string]> {
  const { code } = await response.json();
  return [response.status, code];
}

describe('a secret key', () => {
  test.each(ROUTES)('opens %s', async (path, body) => {
    const response = await ask(path, bearer(await keyOf()), body);
    expect(response.status).toBeLessThan(300);
    await response.text();
  });

  test('spends its own quota, and not that of the address it comes from', async () => {
    const response = await ask(ADA, { ...bearer(await keyOf()), 'cf-connecting-ip': '192.0.2.1' });
    expect(response.headers.get('ratelimit-policy')).toBe('"daily";q=5;w=86400');
    expect(response.headers.get('ratelimit')).toBe('"daily";r=4;t=86400');
    expect(await response.json()).toMatchObject({ reason: 'accepted' });
  });

  test('is looked up once a minute', async () => {
    const key = await keyOf();
    const before = world.store.reads.length;
    const lookUps = (): number => world.store.reads.slice(before).filter(([name]) => name?.startsWith('k1:')).length;
    for (let asked = 0; asked < 3; asked += 1) await ask('/v1/verify?email=x', bearer(key));
    expect(lookUps()).toBe(1);
    world.advance(60_001);
    await ask('/v1/verify?email=x', bearer(key));
    expect(lookUps()).toBe(2);
  });

  test('that is revoked is refused here at once, and elsewhere within a minute', async () => {
    const { id, key } = await world.keyPorts.keyService.make(WISH);
    expect((await ask(ADA, bearer(key))).status).toBe(200);
    await world.keyPorts.keyService.revoke(id);
    expect(await refusal(await ask(ADA, bearer(key)))).toEqual([401, 'key_unknown']);
    const other = await world.keyPorts.keyService.make(WISH);
    await ask(ADA, bearer(other.key));
    await world.store.delete(`k1:${other.id}`);
    expect((await ask(ADA, bearer(other.key))).status).toBe(200);
    world.advance(60_001);
    expect(await refusal(await ask(ADA, bearer(other.key)))).toEqual([401, 'key_unknown']);
  });

  test('in a URL is refused, and the reason does not repeat it', async () => {
    const key = await keyOf();
    const response = await ask(`${ADA}&key=${key}`);
    const text = await response.text();
    expect([response.status, JSON.parse(text).code]).toEqual([400, 'key_in_query']);
    expect(text).not.toContain(key);
  });
});

describe('a key in a URL', () => {
  const encoded = (text: string): string =>
    [...text].map((letter) => `%${letter.charCodeAt(0).toString(16).padStart(2, '0')}`).join('');

  test.each([
    ['whose parameter is percent-encoded', (key: string) => `k%65y=${key}`],
    ['whose parameter is percent-encoded as a whole', (key: string) => `${encoded('key')}=${key}`],
    ['that is percent-encoded itself', (key: string) => `key=${encoded(key)}`],
    ['under the name of another parameter', (key: string) => `api_key=${key}`],
    ['under a name in capitals', (key: string) => `KEY=${key}`],
    ['in the place of the address', (key: string) => `max_age=0&email=${key}`],
    ['that is the name of a parameter', (key: string) => `${key}=1`],
  ])('is refused if it is a secret one %s, and never taken for nobody', async (_, query) => {
    const asked = query(await keyOf());
    const response = await ask(asked.includes('email=') ? `/v1/verify?${asked}` : `${ADA}&${asked}`);
    expect(await refusal(response)).toEqual([400, 'key_in_query']);
    expect(world.jobs).toEqual([]);
  });

  test('opens verify if it is a publishable one, however its parameter is encoded', async () => {
    const response = await ask(`${ADA}&k%65y=${await pageKey()}`, { origin: SHOP });
    expect([response.status, response.headers.get('ratelimit-policy')]).toEqual([
      200,
      '"daily";q=5;w=86400, "minute";q=10;w=60',
    ]);
  });

  test('is refused if it is a publishable one under another name', async () => {
    const response = await ask(`${ADA}&api_key=${await pageKey()}`, { origin: SHOP });
    expect(await response.json()).toMatchObject({ status: 400, errors: [{ field: 'key', rule: 'unknown' }] });
  });

  test('does not stop an address that begins like a key', async () => {
    expect((await ask('/v1/verify?email=vrfy_sk_ada@firm.example')).status).toBe(200);
  });
});

describe('whatever else is presented', () => {
  const stranger = makeKey('secret', (octets) => void crypto.getRandomValues(octets));

  test.each<[string, Record<string, string>, string]>([
    ['a key that nobody made', bearer(stranger), 'key_unknown'],
    ['a key cut short', bearer(stranger.slice(0, -1)), 'key_malformed'],
    ['a word', bearer('hello'), 'key_malformed'],
    ['another scheme', { authorization: `Basic ${stranger}` }, 'key_malformed'],
    ['no key', { authorization: 'Bearer' }, 'key_malformed'],
    ['two keys', bearer(`${stranger}, ${stranger}`), 'key_malformed'],
    ['a header without an end', bearer('x'.repeat(5_000)), 'key_malformed'],
    ['an admin token that is wrong', bearer('another-token-of-this-test'), 'key_malformed'],
  ])('is refused: %s', async (_, headers, code) => {
    for (const [path, body] of ROUTES) {
      const response = await ask(path, headers, body);
      expect(response.headers.get('www-authenticate')).toContain('Bearer');
      expect(await refusal(response)).toEqual([401, code]);
    }
    expect([world.jobs, world.warmed]).toEqual([[], []]);
  });

  test('costs no look-up where it cannot be a key, and one a minute where it could', async () => {
    for (const key of ['hello', stranger.slice(0, -1), stranger, stranger]) await ask(ADA, bearer(key));
    expect(world.store.reads).toHaveLength(1);
  });

  test.each(['', '&key=', '&key=vrfy_pk_x', '&key=a&key=b'])('as a parameter is refused: %j', async (parameter) => {
    const response = await ask(`${ADA}${parameter}`);
    expect(response.status).toBe(parameter === '' ? 200 : parameter.includes('&key=a') ? 400 : 401);
  });

  test('is refused where it comes both ways', async () => {
    const key = await pageKey();
    const response = await ask(`${ADA}&key=${key}`, { ...bearer(key), origin: SHOP });
    expect(await response.json()).toMatchObject({ status: 400, errors: [{ field: 'key', rule: 'given_twice' }] });
  });

  test('is let through where it is the ADMIN_TOKEN, without a bound and without a look-up', async () => {
    for (let asked = 0; asked < 4; asked += 1) {
      const response = await ask(`/v1/verify?email=ada@firm.example&max_age=0`, bearer(ADMIN_TOKEN));
      expect([response.status, response.headers.get('ratelimit')]).toEqual([200, null]);
    }
    expect(world.counters.calls).toEqual([]);
    expect(world.store.reads.flat().filter((name) => name.startsWith('k1:'))).toEqual([]);
  });

  test('is nothing: then no key is looked up', async () => {
    expect((await ask(ADA)).status).toBe(200);
    expect(world.store.reads.flat().filter((name) => name.startsWith('k1:'))).toEqual([]);
  });
});

describe('a publishable key', () => {
  test.each(ROUTES.filter(([path]) => !path.includes('batch')))(
    'opens %s to pages of its origins, either way',
    async (path, body) => {
      const key = await pageKey();
      const withKey = `${path}${path.includes('?') ? '&' : '?'}key=${key}`;
      for (const origin of [SHOP, 'http://localhost:3000']) {
        for (const [asked, headers] of [
          [path, bearer(key)],
          [withKey, {}],
        ] as const) {
          const response = await ask(asked, { ...headers, origin }, body);
          expect(response.status).toBeLessThan(300);
          await response.text();
        }
      }
    },
  );

  test.each([
    'https://shop.example.evil.example',
    'https://sub.shop.example',
    'http://shop.example',
    'https://shop.example:8443',
    'null',
    '',
  ])('is refused to a page of %j', async (origin) => {
    const response = await ask(ADA, { ...bearer(await pageKey()), ...(origin === '' ? {} : { origin }) });
    expect(response.headers.get('access-control-allow-origin')).toBe('*');
    expect(await refusal(response)).toEqual([403, 'key_origin']);
    expect(world.jobs).toEqual([]);
  });

  test('opens verify to a page that the edge itself serves, whose GET names no origin', async () => {
    const key = await keyOf({ kind: 'publishable', origins: ['http://localhost'] });
    expect((await ask(ADA, { ...bearer(key), 'sec-fetch-site': 'same-origin' })).status).toBe(200);
    expect((await ask(ADA, { ...bearer(key), 'sec-fetch-site': 'cross-site' })).status).toBe(403);
  });

  test('opens no batch', async () => {
    const headers = { ...bearer(await pageKey()), origin: SHOP };
    const response = await ask('/v1/verify/batch', headers, { emails: ['ada@firm.example'] });
    expect(await refusal(response)).toEqual([403, 'key_scope']);
  });
});

describe('a store that cannot tell whose key it is', () => {
  test('is a 503, and nobody is taken for somebody else', async () => {
    const key = await keyOf();
    const spied = vi.spyOn(console, 'error').mockImplementation(() => {});
    Object.assign(world.store, { get: () => Promise.reject(new Error(`KV: ${key}`)) });
    for (const [path, body] of ROUTES) {
      const response = await ask(path, bearer(key), body);
      expect(response.headers.get('retry-after')).toBe('5');
      expect(await refusal(response)).toEqual([503, 'store_unavailable']);
    }
    expect(spied.mock.calls.join()).not.toContain(key);
    spied.mockRestore();
    expect(world.jobs).toEqual([]);
  });
});

test('no key shows in the log, whatever became of it', async () => {
  const errors = vi.spyOn(console, 'error').mockImplementation(() => {});
  const keys = [await keyOf(), await pageKey(), await keyOf({ kind: 'test' })];
  for (const key of keys) {
    for (const path of [`${ADA}&key=${key}`, `${ADA}&${key}=1`, `/nowhere?key=${key}`]) await (await ask(path)).text();
    await (await ask(ADA, bearer(key))).text();
    await (await ask(ADA, bearer(`${key}x`))).text();
  }
  expect(lines.length).toBeGreaterThan(10);
  for (const key of keys) expect([lines.join(), errors.mock.calls.join()].join()).not.toContain(key.slice(9));
  errors.mockRestore();
});
