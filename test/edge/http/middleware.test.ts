import { beforeEach, describe, expect, test, vi } from 'vitest';
import { createApp } from '../../../edge/app.ts';
import { createLocation } from '../../../edge/http/location.ts';
import type { Services } from '../../../edge/wiring/services.ts';
import { smallServices } from '../small-services.ts';
import { createWorld, type World } from '../small-world.ts';

const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736';
const TRACEPARENT = `00-${TRACE_ID}-00f067aa0ba902b7-01`;

let world: World;
let lines: string[];
let services: () => Promise<Services>;
let nowMs: number;
let app: ReturnType<typeof createApp>;

beforeEach(async () => {
  world = await createWorld();
  services = async () => smallServices(world);
  lines = [];
  nowMs = 0;
  app = createApp(() => services(), {
    nowMs: () => nowMs++,
    writeLine: (line) => lines.push(line),
    location: createLocation(),
  });
});

function request(path: string, init: RequestInit & { cf?: unknown } = {}): Promise<Response> {
  const background = { waitUntil: world.ports.waitUntil, passThroughOnException: () => {}, props: {} };
  const { cf, ...rest } = init;
  const asked = new Request(new URL(path, 'https://edge.example'), rest);
  return Promise.resolve(
    app.fetch(Object.assign(asked, { cf }), { ADMIN_TOKEN: 'a-token-of-this-test' } as never, background),
  );
}

type Line = Readonly<Record<string, unknown>>;

function line(): Line {
  expect(lines).toHaveLength(1);
  return JSON.parse(lines[0] ?? '') as Line;
}

/** The trace that an answer tells of. */
function toldTrace({ headers }: Response): string | undefined {
  return /^traceparent;desc="([^"]+)"/.exec(headers.get('server-timing') ?? '')?.[1];
}

/** What else its Server-Timing tells of. */
function timings({ headers }: Response): readonly string[] {
  return headers.get('server-timing')?.split(',').slice(1) ?? [];
}

describe('every request', () => {
  test('leaves one line: what was asked by its route, how it ended and where', async () => {
    await request('/v1/verify?email=ada@firm.example', { cf: { colo: 'FRA' } });
    expect(line()).toEqual({
      event: 'request',
      method: 'GET',
      route: '/v1/verify',
      status: 200,
      ms: expect.any(Number),
      reason: 'accepted',
      node: 'fra1',
      cached: false,
      steps: {},
      colo: 'FRA',
      trace: expect.stringMatching(/^[0-9a-f]{32}$/),
    });
  });

  test.each<[method: string, path: string, told: Line]>([
    ['GET', '/nowhere/ada@firm.example', { route: '/*', status: 404, problem: 'not_found' }],
    ['BREW', '/v1/verify', { method: 'other', route: '/v1/verify', status: 405, problem: 'method_not_allowed' }],
    ['GET', '/v1/verify', { status: 400, problem: 'invalid_request' }],
    ['GET', '/v1/domains/firm.example', { route: '/v1/domains/:name', status: 401, problem: 'unauthorized' }],
    ['HEAD', '/v1/domains/firm.example', { route: '/v1/domains/:name', status: 401 }],
    ['BREW', '/v1/domains/firm.example', { route: '/v1/domains/:name', status: 401 }],
    ['OPTIONS', '/v1/verify', { method: 'OPTIONS', status: 204 }],
    ['HEAD', '/healthz', { method: 'HEAD', route: '/healthz', status: 200 }],
    ['POST', '/', { route: '/', status: 403, problem: 'form_origin' }],
  ])('is told of in one line: %s %s', async (method, path, told) => {
    await request(path, { method });
    expect(line()).toMatchObject(told);
  });

  test('tells how long the steps took that took time', async () => {
    let tick = 0;
    services = async () => smallServices({ ...world, ports: { ...world.ports, nowMs: () => (tick += 5) } });
    await request('/v1/verify?email=ada@firm.example');
    const { steps } = line();
    expect(Object.keys(steps as object).sort()).toEqual(['memory', 'mx', 'probe']);
    for (const ms of Object.values(steps as object)) expect(ms).toBeGreaterThan(0);
  });

  test('leaves no address, no domain, no key, no query and no text of a server in the log', async () => {
    const spied = vi.spyOn(console, 'error').mockImplementation(() => {});
    const authorization = 'Bearer hunter2';
    for (const path of [
      '/v1/verify?email=nobody@firm.example&key=hunter2',
      '/v1/verify/stream?email=nobody@firm.example',
      '/v1/verify?email=ada@firm.example&deadline_ms=firm.example',
      '/v1/domains/firm.example',
      '/firm.example?hunter2',
    ]) {
      await (await request(path, { headers: { authorization } })).text();
    }
    services = () => Promise.reject(new Error('nobody@firm.example hunter2'));
    await request('/v1/verify?email=nobody@firm.example');
    expect(lines).toHaveLength(6);
    const logged = lines.join() + spied.mock.calls.join();
    spied.mockRestore();
    for (const secret of ['nobody', 'firm.example', 'hunter2', 'User unknown']) expect(logged).not.toContain(secret);
  });

  test('is logged at its end where the answer streams', async () => {
    const response = await request('/v1/verify/stream?email=ada@firm.example');
    await response.text();
    await expect.poll(() => lines).toHaveLength(1);
    expect(line()).toMatchObject({ route: '/v1/verify/stream', status: 200, reason: 'accepted' });
  });

  test('has its trace gone on with: in the log, at the nodes, and in the answer', async () => {
    const told: (string | undefined)[] = [];
    services = async () => {
      const small = smallServices(world);
      const probe: World['ports']['probe'] = (job, choice, signal, traceparent) => {
        told.push(traceparent);
        return world.ports.probe(job, choice, signal);
      };
      const warm: World['ports']['warm'] = async (_, __, traceparent) => void told.push(traceparent);
      return { ...small, ports: { ...small.ports, probe, warm } };
    };
    const headers = { traceparent: TRACEPARENT, 'content-type': 'application/json' };
    const verified = await request('/v1/verify?email=ada@firm.example', { headers });
    expect(line()).toMatchObject({ trace: TRACE_ID });
    expect(told).toEqual([toldTrace(verified)]);
    expect(told[0]).toMatch(new RegExp(`^00-${TRACE_ID}-`));
    const body = '{"domain":"firm.example"}';
    const warmed = await request('/v1/warm', { method: 'POST', headers, body });
    await world.settle();
    expect(told[1]).toBe(toldTrace(warmed));
  });

  test('has its own trace and its own times in the answer, however many are answered at once', async () => {
    const ids = Array.from({ length: 40 }, (_, index) => (index + 1).toString(16).padStart(32, 'a'));
    const emails = ['ada@firm.example', 'not-an-address', 'nobody@firm.example', 'a@mailinator.com'];
    const answers = await Promise.all(
      ids.map((id, index) =>
        request(`/v1/verify?email=${emails[index % emails.length]}`, {
          headers: { traceparent: `00-${id}-00f067aa0ba902b7-01` },
        }),
      ),
    );
    for (const [index, answer] of answers.entries()) {
      expect(toldTrace(answer)).toContain(ids[index]);
      const { steps } = (await answer.json()) as { steps: readonly { step: string; ms: number }[] };
      expect(timings(answer)).toEqual(steps.map(({ step, ms }) => `${step};dur=${ms.toFixed(1)}`));
    }
  });

  test('gets a trace where it has none, or one that is none', async () => {
    const first = toldTrace(await request('/healthz'));
    const second = toldTrace(await request('/healthz', { headers: { traceparent: 'x' } }));
    for (const made of [first, second]) expect(made).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-03$/);
    expect(first).not.toBe(second);
  });
});

describe('every answer', () => {
  test.each(['/v1/verify?email=ada@firm.example', '/v1/verify', '/nowhere', '/healthz', '/v1/domains'])(
    'of %s can be neither run nor framed nor sniffed',
    async (path) => {
      const { headers } = await request(path);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('referrer-policy')).toBe('no-referrer');
      expect(headers.get('strict-transport-security')).toMatch(/^max-age=/);
      const policy = headers.get('content-security-policy');
      expect(policy).toContain("default-src 'none'");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).not.toContain('unsafe');
    },
  );

  test.each(['/v1/verify?email=ada@firm.example', '/healthz'])(
    'of %s asks for TLS from then on over TLS, and says nothing of it over plain HTTP',
    async (path) => {
      const overTls = await request(`https://edge.example${path}`);
      expect(overTls.headers.get('strict-transport-security')).toBe('max-age=31536000');
      const plain = await request(`http://edge.example${path}`);
      expect(plain.headers.get('strict-transport-security')).toBeNull();
    },
  );

  test.each([
    ['/v1/verify?email=ada@firm.example', true],
    ['/healthz', false],
    ['/v1/nodes', false],
  ])('of %s lets pages of other origins read its times if they may read the answer: %s', async (path, mayRead) => {
    const { headers } = await request(path, { headers: { origin: 'https://shop.example' } });
    expect(headers.get('access-control-allow-origin')).toBe(mayRead ? '*' : null);
    expect(headers.get('timing-allow-origin')).toBe(mayRead ? '*' : null);
    expect(headers.get('access-control-expose-headers')?.includes('server-timing') === true).toBe(mayRead);
  });

  test('with a verdict says how long each step took, in the words of Server-Timing', async () => {
    const steps = timings(await request('/v1/verify?email=ada@firm.example&smtp=false'));
    expect(steps.map((step) => step.split(';')[0])).toEqual(
      expect.arrayContaining(['syntax', 'memory', 'mx', 'probe']),
    );
    for (const step of steps) expect(step).toMatch(/^[a-z_]+;dur=[0-9.]+$/);
    expect(timings(await request('/healthz'))).toEqual([]);
  });
});
