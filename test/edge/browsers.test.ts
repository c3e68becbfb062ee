/** Requirements of pages in browsers: preflights, readable faults, and steps as they happen. */
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { createApp } from '../../edge/app.ts';
import { LADDER } from '../../edge/flow/ladder.ts';
import type { KeyRequest } from '../../edge/wiring/key-ports.ts';
import { answerSchema } from '../../shared/answer.ts';
import { askApp } from './ask-app.ts';
import { smallServices } from './small-services.ts';
import { createWorld, gate, type World } from './small-world.ts';

let world: World;
const app = createApp(async () => smallServices(world));

beforeEach(async () => {
  world = await createWorld();
});

function request(path: string, init?: RequestInit): Promise<Response> {
  const background = { waitUntil: world.ports.waitUntil, passThroughOnException: () => {}, props: {} };
  return Promise.resolve(askApp(app, path, init, {}, background));
}

describe('a page on another origin', () => {
  const origin = 'https://shop.example';

  test.each(['/v1/verify', '/v1/verify/stream', '/v1/warm'])(
    'a page on another origin may ask %s after a preflight that is cached and reaches no other part',
    async (path) => {
      const unasked = createApp(() => Promise.reject(new Error('a preflight has asked for the services')));
      const response = await askApp(unasked, path, {
        method: 'OPTIONS',
        headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'content-type' },
      });
      expect(response.status).toBe(204);
      expect(response.headers.get('access-control-allow-origin')).toBe('*');
      for (const name of ['content-type', 'authorization', 'traceparent']) {
        expect(response.headers.get('access-control-allow-headers')?.split(',')).toContain(name);
      }
      expect(Number(response.headers.get('access-control-max-age'))).toBeGreaterThan(3600);
    },
  );

  test.each(['/v1/domains/firm.example', '/healthz', '/v1/verifyx', '/nowhere'])(
    'a page on another origin may not ask %s, and no preflight says otherwise',
    async (path) => {
      const response = await request(path, { method: 'OPTIONS', headers: { origin } });
      expect(response.status).toBeGreaterThanOrEqual(400);
      expect(response.headers.get('access-control-allow-origin')).toBeNull();
    },
  );

  test('a page on another origin may read the verdict, and the fault as well', async () => {
    for (const path of ['/v1/verify?email=ada@firm.example', '/v1/verify']) {
      const response = await request(path, { headers: { origin } });
      expect(response.headers.get('access-control-allow-origin')).toBe('*');
      expect(response.headers.get('access-control-allow-credentials')).toBeNull();
      const exposed = response.headers.get('access-control-expose-headers')?.split(',');
      for (const name of ['server-timing', 'retry-after', 'ratelimit']) expect(exposed).toContain(name);
      expect(response.headers.get('timing-allow-origin')).toBe('*');
      expect(response.headers.get('cross-origin-resource-policy')).toBe('cross-origin');
    }
  });

  const TEXT = 'text/plain;charset=UTF-8';

  test.each([
    ['/v1/verify', { email: 'ada@firm.example' }, /"verdict":"deliverable"/],
    ['/v1/verify/stream', { email: 'ada@firm.example' }, /event: verdict\nid: end|event: verdict/],
    ['/v1/warm', { domain: 'firm.example' }, /accepted/],
  ])(
    'a page on another origin may send %s its JSON as text, with its key in the query, without a preflight',
    async (path, fields, said) => {
      const wish: KeyRequest = { kind: 'publishable', name: null, email: null, origins: [origin], daily_quota: 5 };
      const { key } = await world.keyPorts.keyService.make(wish);
      const send = (from: string): Promise<Response> =>
        request(`${path}?key=${key}`, {
          method: 'POST',
          headers: { origin: from, 'content-type': TEXT },
          body: JSON.stringify(fields),
        });
      const response = await send(origin);
      expect(response.status).toBeLessThan(300);
      expect(response.headers.get('access-control-allow-origin')).toBe('*');
      expect(await response.text()).toMatch(said);
      expect((await send('https://elsewhere.example')).status).toBe(403);
    },
  );

  test.each(['/v1/verify/batch', '/v1/keys', '/v1/nodes/tokens'])(
    'a page on another origin may not send %s its JSON as text',
    async (path) => {
      const response = await askApp(
        app,
        path,
        {
          method: 'POST',
          headers: { 'content-type': TEXT, authorization: 'Bearer a-token-of-this-test-alone' },
          body: JSON.stringify({ emails: [], kind: 'test' }),
        },
        { ADMIN_TOKEN: 'a-token-of-this-test-alone' },
      );
      expect(response.status).toBe(415);
    },
  );

  test.each(['text/html', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x'])(
    'a page on another origin may not send a verify as %s',
    async (type) => {
      const response = await request('/v1/verify', { method: 'POST', headers: { 'content-type': type }, body: '{}' });
      expect(await response.json()).toMatchObject({ status: 415, code: 'unsupported_media_type' });
    },
  );

  test("a page on another origin may not read operators' resources", async () => {
    const response = await request('/healthz', { headers: { origin } });
    expect(response.headers.get('access-control-allow-origin')).toBeNull();
  });
});

describe('GET /v1/verify/stream', () => {
  type Event = { readonly event: string; readonly id: string; readonly data: unknown };

  async function eventsOf(response: Response): Promise<readonly Event[]> {
    const blocks = (await response.text()).split('\n\n').filter((block) => block.trim() !== '');
    return blocks.map((block) => {
      const field = (name: string): string => new RegExp(`^${name}: ?(.*)$`, 'm').exec(block)?.[1] ?? '';
      return { event: field('event'), id: field('id'), data: JSON.parse(field('data')) };
    });
  }

  test('GET /v1/verify/stream sends each step as it ends and one verdict at the end', async () => {
    world = await createWorld({ anonymousDailyQuota: 10 });
    const response = await request('/v1/verify/stream?email=ada@firm.example');
    expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/);
    expect(response.headers.get('cache-control')).toBe('no-store');
    const events = await eventsOf(response);
    const steps = events.slice(0, -1);
    expect(steps.map(({ event }) => event)).toEqual(LADDER.map(() => 'step'));
    const verdict = answerSchema().parse(events.at(-1)?.data);
    expect(events.at(-1)?.event).toBe('verdict');
    expect(verdict).toMatchObject({ verdict: 'deliverable', reason: 'accepted' });
    expect(steps.map(({ data }) => data)).toEqual(verdict.steps);
  });

  describe('for an EventSource, which reconnects after each end', () => {
    const STREAM = '/v1/verify/stream?email=ada@firm.example';

    async function idsOf(path: string): Promise<readonly [ids: readonly string[], last: string | undefined]> {
      const events = await eventsOf(await request(path));
      return [events.map(({ id }) => id).filter((id) => id !== ''), events.at(-1)?.event];
    }

    test('the last event of a stream, and no other one, has an id if it is a verdict', async () => {
      expect(await idsOf(STREAM)).toEqual([['end'], 'verdict']);
    });

    test('the last event of a stream, and no other one, has an id if it is a problem', async () => {
      const spied = vi.spyOn(console, 'error').mockImplementation(() => {});
      const query = (): Promise<never> => Promise.reject(new Error('broken'));
      world = { ...world, ports: { ...world.ports, query } };
      expect(await idsOf(STREAM)).toEqual([['end'], 'problem']);
      spied.mockRestore();
    });

    test('a reconnection with the id of the last event is 204 and asks no server', async () => {
      const response = await request(STREAM, { headers: { 'last-event-id': 'end', origin: 'https://shop.example' } });
      expect([response.status, await response.text()]).toEqual([204, '']);
      expect(response.headers.get('access-control-allow-origin')).toBe('*');
      expect([world.queries, world.jobs]).toEqual([[], []]);
    });

    test('a reconnection after a line that broke before the end is a stream again', async () => {
      const response = await request(STREAM, { headers: { 'last-event-id': '' } });
      expect(await response.text()).toContain('event: verdict');
    });
  });

  test('a verdict that is settled early has fewer steps in its stream', async () => {
    const events = await eventsOf(await request('/v1/verify/stream?email=not-an-address'));
    expect(events.map(({ event }) => event)).toEqual(['step', 'verdict']);
  });

  test('a request for a stream that is invalid gets a problem and no stream', async () => {
    const response = await request('/v1/verify/stream?email=ada@firm.example&deadline_ms=soon');
    expect(response.status).toBe(400);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
  });

  test('a fault of ours is a problem at the end of the stream, and its message stays inside', async () => {
    const spied = vi.spyOn(console, 'error').mockImplementation(() => {});
    const isDisposable = (): never => {
      throw new Error('cannot take ada@firm.example');
    };
    world = { ...world, ports: { ...world.ports, isDisposable } };
    const text = await (await request('/v1/verify/stream?email=ada@firm.example')).text();
    expect(text).toMatch(/event: problem\ndata: \{.*"code":"internal"/);
    expect(text + spied.mock.calls.join()).not.toContain('ada@');
    expect(spied).toHaveBeenCalledTimes(1);
    spied.mockRestore();
  });

  describe('to a slow reader', () => {
    /** The events of a stream that is not read before memory has answered, which comes after everything else. */
    async function eventsBeforeMemory(path: string, parts: Partial<World['ports']>): Promise<readonly string[]> {
      const memory = gate<null>();
      const nothing = { verdict: null, hosts: new Map() };
      const asked = { count: 0 };
      const openSoon = (): void => void setImmediate(() => memory.open(null));
      const atHand = (): null => {
        asked.count += 1;
        // Looked at when the climb begins, and once more when its deadline has passed.
        if (asked.count === 2) openSoon();
        return null;
      };
      const { ports } = world;
      const query: World['ports']['query'] = (...question) => {
        if (parts.query !== undefined) openSoon();
        return (parts.query ?? ports.query)(...question);
      };
      world = {
        ...world,
        ports: { ...ports, query, recallBoth: async () => (await memory.passed) ?? nothing, atHand },
      };
      const response = await request(path);
      await memory.passed;
      await new Promise(setImmediate);
      return (await eventsOf(response)).map(({ event }) => event);
    }

    test('a problem is the last event of a stream to a slow reader, although memory answers after it', async () => {
      const spied = vi.spyOn(console, 'error').mockImplementation(() => {});
      const query = (): Promise<never> => Promise.reject(new Error('broken'));
      const events = await eventsBeforeMemory('/v1/verify/stream?email=ada@firm.example', { query });
      expect([events.at(0), events.indexOf('problem')]).toEqual(['step', events.length - 1]);
      spied.mockRestore();
    });

    test('a pending verdict is the last event of a stream to a slow reader, although the climb goes on', async () => {
      const events = await eventsBeforeMemory('/v1/verify/stream?email=ada@firm.example&deadline_ms=100', {});
      expect([events.at(0), events.indexOf('verdict')]).toEqual(['step', events.length - 1]);
    });
  });

  test('a reader that leaves a stream does not end its probe: the verdict is remembered for the next call', async () => {
    const evidence = gate<void>();
    const begun = gate<void>();
    const { probe } = world.ports;
    const late: typeof probe = async (...question) => {
      begun.open();
      await evidence.passed;
      return probe(...question);
    };
    world = { ...world, ports: { ...world.ports, probe: late } };
    const response = await request('/v1/verify/stream?email=ada@firm.example');
    const reader = response.body?.getReader();
    await reader?.read();
    await begun.passed;
    await reader?.cancel();
    evidence.open();
    await expect.poll(() => [...world.store.entries.keys()].some((key) => key.startsWith('v2:'))).toBe(true);
    expect(await (await request('/v1/verify?email=ada@firm.example')).json()).toMatchObject({ cached: true });
  });
});
