/** What one visitor of a page may have of the quota of its key, so that a key out of a page's source cannot be drained. */
import { beforeEach, describe, expect, test } from 'vitest';
import { createApp } from '../../../edge/app.ts';
import type { KeyRequest } from '../../../edge/wiring/key-ports.ts';
import { askApp } from '../ask-app.ts';
import { smallServices } from '../small-services.ts';
import { createWorld, type World } from '../small-world.ts';

const SHOP = 'https://shop.example';

let world: World;
const app = createApp(async () => smallServices(world));

beforeEach(async () => {
  world = await createWorld();
});

async function keyOf(quotas: Partial<KeyRequest> = {}): Promise<string> {
  const wish: KeyRequest = {
    kind: 'publishable',
    name: null,
    email: null,
    origins: [SHOP],
    daily_quota: 1_000,
    ...quotas,
  };
  return (await world.keyPorts.keyService.make(wish)).key;
}

/** One probe: `max_age` 0 asks the mail server anew. */
async function verify(key: string, from: string, email = 'ada@firm.example'): Promise<Response> {
  const background = { waitUntil: world.ports.waitUntil, passThroughOnException: () => {}, props: {} };
  const headers = { 'cf-connecting-ip': from, origin: SHOP, 'content-type': 'text/plain' };
  const init = { method: 'POST', headers, body: JSON.stringify({ email, max_age: 0 }) };
  const response = await askApp(app, `/v1/verify?key=${key}`, init, {}, background);
  await world.settle();
  return response;
}

/** How many of so many probes are granted. */
async function granted(key: string, from: (index: number) => string, probes: number): Promise<number> {
  let count = 0;
  for (let index = 0; index < probes; index += 1) count += (await verify(key, from(index))).status === 200 ? 1 : 0;
  return count;
}

const HOME = (): string => '192.0.2.1';

describe('a visitor of a page', () => {
  test('has ten probes a minute, is told when there are more, and has them then', async () => {
    const key = await keyOf();
    expect(await granted(key, HOME, 12)).toBe(10);
    const refused = await verify(key, HOME());
    expect(refused.status).toBe(429);
    expect(await refused.json()).toMatchObject({ code: 'quota_exceeded', detail: expect.stringContaining('minute') });
    const seconds = Number(refused.headers.get('retry-after'));
    expect(seconds).toBeGreaterThan(0);
    expect(seconds).toBeLessThanOrEqual(60);
    expect(refused.headers.get('ratelimit')).toBe(`"minute";r=0;t=${seconds}`);
    expect(refused.headers.get('ratelimit-policy')).toBe('"daily";q=100;w=86400, "minute";q=10;w=60');
    world.advance(seconds * 1000);
    expect((await verify(key, HOME())).status).toBe(200);
  });

  test('has a hundred probes a day', async () => {
    const key = await keyOf();
    let count = 0;
    for (let minute = 0; minute < 12; minute += 1) {
      count += await granted(key, HOME, 10);
      world.advance(60_000);
    }
    expect(count).toBe(100);
    expect((await verify(key, HOME())).headers.get('ratelimit')).toMatch(/^"daily";r=0;/);
  });

  test('hears every free verdict still, however often it asks', async () => {
    const key = await keyOf({ visitor_minute_quota: 1 });
    await verify(key, HOME());
    for (let asked = 0; asked < 20; asked += 1) expect((await verify(key, HOME(), 'not an address')).status).toBe(200);
  });

  test('takes nothing from another one, an IPv6 /64 being one', async () => {
    const key = await keyOf({ visitor_minute_quota: 2 });
    expect(await granted(key, HOME, 3)).toBe(2);
    expect(await granted(key, () => '192.0.2.2', 3)).toBe(2);
    expect(await granted(key, (index) => `2001:db8::${index + 1}`, 3)).toBe(2);
  });

  test('has the bounds that its key was given, or none', async () => {
    expect(await granted(await keyOf({ visitor_daily_quota: 3 }), HOME, 5)).toBe(3);
    expect(await granted(await keyOf({ visitor_daily_quota: null, visitor_minute_quota: null }), HOME, 15)).toBe(15);
    const unbounded = await keyOf({ daily_quota: null, visitor_daily_quota: null, visitor_minute_quota: null });
    expect((await verify(unbounded, HOME())).headers.get('ratelimit')).toBeNull();
  });

  test('is counted apart for each key', async () => {
    const wish = { visitor_minute_quota: 1 };
    for (const key of [await keyOf(wish), await keyOf(wish)]) expect(await granted(key, HOME, 2)).toBe(1);
  });
});

describe('a page key that was copied out of a page', () => {
  const DAILY = 40;

  test('cannot be drained by one network, nor by all networks of one site', async () => {
    const key = await keyOf({ daily_quota: DAILY, visitor_minute_quota: null });
    expect(await granted(key, HOME, DAILY)).toBe(10);
    const site = (index: number): string => `2001:db8:1:${index.toString(16)}::1`;
    expect(await granted(key, site, DAILY)).toBe(DAILY / 2);
    expect((await verify(key, '198.51.100.7')).status).toBe(200);
  });

  test('has its own quota, whoever the visitors are', async () => {
    const key = await keyOf({ daily_quota: DAILY });
    expect(await granted(key, (index) => `198.51.100.${index}`, DAILY + 5)).toBe(DAILY);
  });

  test('leaves no address of a visitor in the name of a counter', async () => {
    await verify(await keyOf(), '192.0.2.1');
    expect([...world.counters.counts().keys()].join()).not.toContain('192');
    expect(world.counters.counts().size).toBe(2);
  });
});
