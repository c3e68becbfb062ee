/** Keys and quota in workerd, over HTTP: real counters, real KV, a node and the sandbox behind them. */
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type System, startSystem, storedBytes } from './system.ts';

const CLIENT = '203.0.113.77';
const LIMIT = 4;

let system: System;

beforeAll(async () => {
  vi.stubEnv('ANONYMOUS_DAILY_QUOTA', String(LIMIT));
  // One domain is asked again and again: pacing is for servers of others.
  vi.stubEnv('PROBE_PACE', 'off');
  try {
    system = await startSystem();
  } finally {
    vi.unstubAllEnvs();
  }
});

afterAll(() => system.close());

function ask(path: string, headers: Readonly<Record<string, string>> = {}, body?: object): Promise<Response> {
  return fetch(`${system.url}${path}`, {
    headers: { 'cf-connecting-ip': CLIENT, 'content-type': 'application/json', ...headers },
    ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
  });
}

async function makeKey(wish: object): Promise<string> {
  const response = await ask('/v1/keys', { authorization: `Bearer ${system.adminToken}` }, wish);
  expect(response.status).toBe(201);
  const { key } = (await response.json()) as { key: string };
  return key;
}

const bearer = (key: string): Record<string, string> => ({ authorization: `Bearer ${key}` });

describe('the quota in the whole system', () => {
  test('a client without a key is refused when its probes are spent, and still gets free verdicts', async () => {
    const statuses = new Map<number, number>();
    // Distinct mailboxes, all at once: exactly the counter's units are granted.
    const asked = Array.from({ length: 12 }, (_, n) => ask(`/v1/verify?email=nobody${n}@good.test`));
    for (const { status } of await Promise.all(asked)) statuses.set(status, (statuses.get(status) ?? 0) + 1);
    expect(Object.fromEntries(statuses)).toEqual({ 200: LIMIT, 429: 12 - LIMIT });
    const refused = await ask('/v1/verify?email=somebody@good.test');
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(refused.headers.get('ratelimit')).toMatch(/^"daily";r=0;t=\d+$/);
    expect(await (await ask('/v1/verify?email=ada@nomx.test')).json()).toMatchObject({ reason: 'no_mx' });
  });

  test('a key has a quota of its own, in a batch as well', async () => {
    const key = await makeKey({ kind: 'secret', daily_quota: 3 });
    const emails = ['ada@good.test', 'nobody@good.test', 'info@good.test', 'closed@good.test', 'ada@blocked.test', 'x'];
    const response = await ask('/v1/verify/batch', bearer(key), { emails });
    const lines = (await response.text()).split('\n').filter((line) => line.trim() !== '');
    const reasons = lines.map((line) => (JSON.parse(line) as { reason: string }).reason);
    // Five need a probe; the one whose refusal is about us gives its unit back to a later one.
    expect(reasons).toHaveLength(6);
    expect(reasons.filter((reason) => reason === 'not_probed').length).toBeGreaterThanOrEqual(1);
    expect(reasons).toContain('syntax');
  });

  test('the operator sees how much a key has used today, with a quota and without one', async () => {
    const bounded = await makeKey({ kind: 'secret', name: 'bounded', daily_quota: 9 });
    const unbounded = await makeKey({ kind: 'secret', name: 'unbounded', daily_quota: null });
    const usedToday = async (): Promise<Record<string, number | null>> => {
      const response = await ask('/v1/keys', bearer(system.adminToken));
      const { keys } = (await response.json()) as { keys: { name: string | null; used_today: number | null }[] };
      return Object.fromEntries(keys.map(({ name, used_today }) => [name, used_today]));
    };
    expect(await usedToday()).toMatchObject({ bounded: 0, unbounded: 0 });
    for (const name of ['nobody-a', 'nobody-b']) {
      expect((await ask(`/v1/verify?email=${name}@good.test`, bearer(bounded))).status).toBe(200);
      const response = await ask(`/v1/verify?email=un${name}@good.test`, bearer(unbounded));
      expect([response.status, response.headers.has('ratelimit')]).toEqual([200, false]);
    }
    await expect.poll(usedToday).toMatchObject({ bounded: 2, unbounded: 2 });
  });

  test('a visitor of a page has a part of the quota of its key, and another visitor is still served', async () => {
    const wish = { kind: 'publishable', origins: ['https://shop.example'], daily_quota: 5, visitor_daily_quota: 2 };
    const key = await makeKey({ ...wish, visitor_minute_quota: null });
    const visit = async (client: string, name: string): Promise<number> => {
      const headers = { 'cf-connecting-ip': client, origin: 'https://shop.example', 'content-type': 'text/plain' };
      return (await ask(`/v1/verify?key=${key}`, headers, { email: `${name}@good.test` })).status;
    };
    const statuses: number[] = [];
    for (const name of ['one', 'two', 'three']) statuses.push(await visit('198.51.100.1', name));
    expect(statuses).toEqual([200, 200, 429]);
    expect(await visit('198.51.100.2', 'four')).toBe(200);
  });

  test('fruitless questions at a server of an unknown provider are free, up to a bound', async () => {
    const key = bearer(await makeKey({ kind: 'secret', daily_quota: 10 }));
    const statuses: number[] = [];
    // One after the other: the tenth part of them would be spent by those that are under way at once.
    for (let asked = 0; asked < 120 && statuses.at(-1) !== 429; asked += 1) {
      const response = await ask(`/v1/verify?email=name${asked}@tempfail.test&deadline_ms=30000`, key);
      statuses.push(response.status);
      if (response.status === 200) expect(await response.json()).toMatchObject({ reason: 'temporary_failure' });
      else
        expect(await response.json()).toMatchObject({
          code: 'quota_exceeded',
          detail: expect.stringContaining('ended as unknown'),
        });
    }
    // The counter learns of fruitless probes behind the answer: one or two may pass before it counts.
    expect(statuses.filter((status) => status === 200).length).toBeGreaterThanOrEqual(100);
    expect(statuses.at(-1)).toBe(429);
    expect((await ask('/v1/verify?email=x', key)).status).toBe(200);
  });

  test('a test key is answered from the table, and a revoked key is refused', async () => {
    const headers = bearer(await makeKey({ kind: 'test' }));
    expect(await (await ask('/v1/verify?email=full@good.test', headers)).json()).toMatchObject({
      reason: 'mailbox_full',
      smtp: { node: 'test' },
    });
    const admin = bearer(system.adminToken);
    const { keys } = (await (await ask('/v1/keys', admin)).json()) as { keys: { id: string; kind: string }[] };
    const id = keys.find(({ kind }) => kind === 'test')?.id;
    const gone = await fetch(`${system.url}/v1/keys/${id}`, { method: 'DELETE', headers: admin });
    expect(gone.status).toBe(204);
    expect((await ask('/v1/verify?email=full@good.test', headers)).status).toBe(401);
  });

  test('the stored counters contain no key, no client and no owner of a key', async () => {
    const key = await makeKey({ kind: 'secret', email: 'owner-of-this-key@good.test', name: 'a name that is there' });
    await ask('/v1/verify?email=grace@good.test', bearer(key));
    const bytes = await storedBytes(system.stateDir);
    expect(bytes).toContain('a name that is there');
    for (const secret of [key.slice(8, 32), CLIENT, 'owner-of-this-key']) expect(bytes).not.toContain(secret);
  });
});
