import { beforeEach, describe, expect, test, vi } from 'vitest';
import { createApp } from '../../../edge/app.ts';
import { askApp } from '../ask-app.ts';
import { smallServices } from '../small-services.ts';
import { createWorld, mxTo, type World } from '../small-world.ts';

const ADMIN_TOKEN = 'a-token-of-this-test-alone';

let world: World;
const app = createApp(async () => smallServices(world));

beforeEach(async () => {
  world = await createWorld();
});

type Told = { readonly status: number; readonly body: unknown; readonly headers: Headers };

async function ask(
  method: string,
  path: string,
  body?: unknown,
  authorization = `Bearer ${ADMIN_TOKEN}`,
): Promise<Told> {
  const background = { waitUntil: world.ports.waitUntil, passThroughOnException: () => {}, props: {} };
  const headers = { authorization, 'content-type': 'application/json' };
  const init = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
  const response = await askApp(app, path, init, { ADMIN_TOKEN }, background);
  const text = await response.text();
  return { status: response.status, body: text === '' ? null : JSON.parse(text), headers: response.headers };
}

describe("an operator's mark on a domain", () => {
  test('is written, read, written again with the same outcome, and taken away', async () => {
    const put = await ask('PUT', '/v1/domains/bad.example', { mark: 'disposable' });
    expect(put).toMatchObject({ status: 200, body: { domain: 'bad.example', mark: 'disposable' } });
    expect((await ask('PUT', '/v1/domains/bad.example', { mark: 'disposable' })).body).toEqual(put.body);
    const got = await ask('GET', '/v1/domains/bad.example');
    expect([got.status, got.body]).toEqual([200, put.body]);
    expect(got.headers.get('cache-control')).toBe('no-store');
    expect(await ask('PUT', '/v1/domains/bad.example', { mark: 'allow' })).toMatchObject({ body: { mark: 'allow' } });
    expect(await ask('DELETE', '/v1/domains/bad.example')).toMatchObject({ status: 204, body: null });
    for (const method of ['GET', 'DELETE']) {
      const { status, body } = await ask(method, '/v1/domains/bad.example');
      expect([status, body]).toMatchObject([404, { code: 'not_found', detail: 'The domain has no mark.' }]);
    }
  });

  test.each([
    ['Bad.EXAMPLE', 'bad.example'],
    ['bad.example.', 'bad.example'],
    ['b%C3%BCcher.example', 'xn--bcher-kva.example'],
    ['mail.bad.example', 'mail.bad.example'],
  ])('on %s is one on %s', async (written, domain) => {
    expect(await ask('PUT', `/v1/domains/${written}`, { mark: 'allow' })).toMatchObject({ body: { domain } });
    expect((await ask('GET', `/v1/domains/${domain}`)).status).toBe(200);
  });

  test.each(['localhost', 'ada%40bad.example', '192.0.2.1', 'a..example', 'bad_name.example', '%20'])(
    'is refused on %s, which is no domain',
    async (name) => {
      for (const [method, body] of [['GET'], ['PUT', { mark: 'allow' }], ['DELETE']] as const) {
        const told = await ask(method, `/v1/domains/${name}`, body);
        expect(told).toMatchObject({ status: 400, body: { code: 'invalid_request', errors: [{ field: 'name' }] } });
      }
    },
  );

  test.each(['co.uk', 'github.io'])('never marks %s as disposable, but may allow what is below it', async (suffix) => {
    const told = await ask('PUT', `/v1/domains/${suffix}`, { mark: 'disposable' });
    expect(told).toMatchObject({ status: 400, body: { errors: [{ field: 'name', rule: 'public_suffix' }] } });
    expect((await ask('PUT', `/v1/domains/${suffix}`, { mark: 'allow' })).status).toBe(200);
  });

  test.each([{}, { mark: 'bad' }, { mark: null }, { mark: ['allow'] }, []])('is refused as %j', async (body) => {
    expect((await ask('PUT', '/v1/domains/bad.example', body)).status).toBe(400);
    expect(world.store.entries.size).toBe(0);
  });

  test('is listed with all others, in order, page by page', async () => {
    for (const name of ['b', 'a', 'c']) await ask('PUT', `/v1/domains/${name}.example`, { mark: 'disposable' });
    const { status, body } = await ask('GET', '/v1/domains');
    expect([status, body]).toMatchObject([
      200,
      { cursor: null, domains: [{ domain: 'a.example' }, { domain: 'b.example' }, { domain: 'c.example' }] },
    ]);
    for (const cursor of ['', 'x'.repeat(1025)]) {
      expect((await ask('GET', `/v1/domains?cursor=${cursor}`)).status).toBe(400);
    }
  });

  test('is for the operator alone, whatever the method', async () => {
    for (const method of ['GET', 'PUT', 'DELETE', 'POST', 'OPTIONS']) {
      for (const path of ['/v1/domains', '/v1/domains/bad.example']) {
        expect((await ask(method, path, undefined, 'Bearer no')).status).toBe(401);
      }
    }
    expect((await ask('PUT', '/v1/domains/bad.example', { mark: 'allow' }, '')).status).toBe(401);
    expect(world.store.entries.size).toBe(0);
  });

  test('cannot be had while the store is away, which is said and leaks nothing', async () => {
    const away = (): Promise<never> => Promise.reject(new Error('KV: bad.example hunter2'));
    Object.assign(world.store, { getWithMetadata: away, put: away, list: away });
    const spied = vi.spyOn(console, 'error').mockImplementation(() => {});
    for (const [method, path, body] of [
      ['GET', '/v1/domains'],
      ['GET', '/v1/domains/bad.example'],
      ['PUT', '/v1/domains/bad.example', { mark: 'allow' }],
      ['DELETE', '/v1/domains/bad.example'],
    ] as const) {
      const told = await ask(method, path, body);
      expect(told).toMatchObject({ status: 503, body: { code: 'store_unavailable' } });
      expect(told.headers.get('retry-after')).toBe('5');
      expect(JSON.stringify(told.body)).not.toContain('hunter2');
    }
    expect(spied.mock.calls.join()).not.toMatch(/hunter2|bad\.example/);
    spied.mockRestore();
  });

  test('is no business of pages on other origins', async () => {
    const { headers } = await ask('GET', '/v1/domains');
    expect(headers.get('access-control-allow-origin')).toBeNull();
  });

  test('lets a domain be asked although a disposable provider takes its mail', async () => {
    const zone = { 'odd.example MX': mxTo('mx.mailinator.com') };
    const reasonOf = async (): Promise<unknown> =>
      ((await ask('GET', '/v1/verify?email=ada@odd.example')).body as { reason: string }).reason;
    world = await createWorld({ zone });
    expect(await reasonOf()).toBe('disposable');
    await ask('POST', '/v1/warm', { domain: 'odd.example' });
    await world.settle();
    expect([world.jobs, world.warmed]).toEqual([[], []]);
    world = await createWorld({ zone, allowed: ['odd.example'] });
    expect(await reasonOf()).toBe('accepted');
    await ask('POST', '/v1/warm', { domain: 'odd.example' });
    await world.settle();
    expect(world.warmed).toHaveLength(1);
  });
});
