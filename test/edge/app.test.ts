import { beforeEach, describe, expect, test, vi } from 'vitest';
import { createApp } from '../../edge/app.ts';
import type { DnsAnswer } from '../../edge/dns/answer.ts';
import type { Services } from '../../edge/wiring/services.ts';
import { answerSchema } from '../../shared/answer.ts';
import { PROBLEMS, Problem, type ProblemCode } from '../../shared/problem.ts';
import { PROVIDERS } from '../../shared/providers.ts';
import { askApp } from './ask-app.ts';
import { smallServices } from './small-services.ts';
import { createWorld, gate, mxTo, type World, type WorldSettings } from './small-world.ts';

const PUBLIC_KEY = { kty: 'OKP', crv: 'Ed25519', x: 'of-this-test', kid: 'edge-1', alg: 'EdDSA', use: 'sig' };

/** Mail host of a provider that accepts every RCPT, its customers' domains as well. */
const ACCEPTS_ALL_MX = `mx.${PROVIDERS.find(({ rcptHosted }) => rcptHosted === 'accepts_all')?.mx[0]}`;

let world: World;
let services: () => Promise<Services>;
const app = createApp(() => services());

beforeEach(async () => {
  world = await createWorld();
  services = async () => smallServices(world, [PUBLIC_KEY]);
});

function request(path: string, init?: RequestInit & { duplex?: 'half' }): Promise<Response> {
  const background = { waitUntil: world.ports.waitUntil, passThroughOnException: () => {}, props: {} };
  return Promise.resolve(askApp(app, path, init, {}, background));
}

function post(body: BodyInit | null, type: string | null = 'application/json', path = '/v1/verify'): Promise<Response> {
  return request(path, { method: 'POST', body, headers: type === null ? {} : { 'content-type': type } });
}

type Told = { readonly code: ProblemCode; readonly detail: string; readonly errors: readonly Record<string, string>[] };

/** Reads a problem and checks the properties that every problem has. */
async function problemOf(response: Response): Promise<Told> {
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  expect(response.headers.get('cache-control')).toBe('no-store');
  const body = await response.json();
  const row = PROBLEMS[body.code as ProblemCode];
  expect(body).toMatchObject({ type: `urn:vrfy:problem:${body.code}`, title: row.title, status: row.status });
  expect(response.status).toBe(row.status);
  return { errors: [], ...body };
}

const good = { email: 'ada@firm.example' };
const json = (fields: unknown): string => JSON.stringify(fields);

describe('GET /v1/verify', () => {
  test('GET /v1/verify answers with 200 for every verdict', async () => {
    for (const email of ['ada@firm.example', 'nobody@firm.example', 'no address', '']) {
      const response = await request(`/v1/verify?email=${encodeURIComponent(email)}`);
      expect(response.status).toBe(200);
      expect(response.headers.get('content-type')).toBe('application/json');
      expect(response.headers.get('cache-control')).toBe('no-store');
      expect(response.headers.get('x-content-type-options')).toBe('nosniff');
      expect(answerSchema().parse(await response.json()).email).toBe(email);
    }
  });

  test('the fragment of a URL, which a caller over a service binding may leave there, is not part of the address', async () => {
    const { email, reason } = await (await request('/v1/verify?email=ada@firm.example#top?email=b')).json();
    expect([email, reason]).toEqual(['ada@firm.example', 'accepted']);
    expect((await request('/v1/verify#?email=ada@firm.example')).status).toBe(400);
  });

  test('GET /v1/verify reads a literal plus as a plus, encoded or not, and a space only if it is encoded', async () => {
    const emailOf = async (query: string): Promise<string> =>
      (await (await request(`/v1/verify?${query}`)).json()).email;
    expect(await emailOf('email=ada%2Btag@firm.example')).toBe('ada+tag@firm.example');
    expect(await emailOf('email=ada+tag@firm.example')).toBe('ada+tag@firm.example');
    expect(await emailOf('max_age=0&email=+ada+tag+more%40firm.example')).toBe('+ada+tag+more@firm.example');
    expect(await emailOf('email=ada%20tag@firm.example')).toBe('ada tag@firm.example');
  });

  test.each([
    ['ada@gmail', 'ada@gmail.com', 'The domain needs a dot, as in example.com.'],
    ['ada@gmailcom', 'ada@gmail.com', 'The domain needs a dot, as in example.com.'],
    ['ada@gmail.com.', 'ada@gmail.com', 'The domain may not end with a dot (at character 14).'],
    ['Ada <ada@firm.example>', 'ada@firm.example', 'The address has a space in it (at character 4).'],
    ['mailto:ada@firm.example', 'ada@firm.example', 'Give the address alone, without the word before it.'],
    ['ada＠firm.example', 'ada@firm.example', 'The @ is a look-alike of another alphabet; type a plain one.'],
    [
      'a\u037Eda@firm.example',
      null,
      'The part before the @ has a character that is not allowed there (at character 2).',
    ],
    ['ada@fi\u200Drm.example', 'ada@firm.example', 'The address has an invisible character in it (at character 7).'],
    ['ada@b.example, bob@b.example', null, 'There is more than one address; give one at a time.'],
    ['aaa..bbb@docomo.ne.jp', null, expect.stringMatching(/^Old addresses of this provider may have dots/)],
  ])('GET /v1/verify refuses %j, and suggests the intended address', async (email, did_you_mean, detail) => {
    const answer = await (await request(`/v1/verify?email=${encodeURIComponent(email)}`)).json();
    expect(answer).toMatchObject({ email, verdict: 'invalid', reason: 'syntax', did_you_mean, detail });
    expect([world.queries, world.jobs]).toEqual([[], []]);
  });

  test('GET /v1/verify asks about a legal address even if a plainer one may be meant', async () => {
    const answer = await (await request(`/v1/verify?email=${encodeURIComponent('o’brien@firm.example')}`)).json();
    expect(answer).toMatchObject({ address: 'o’brien@firm.example', did_you_mean: "o'brien@firm.example" });
    expect(answer.reason).not.toBe('syntax');
  });

  test('GET /v1/verify takes the options of POST', async () => {
    const response = await request('/v1/verify?email=ada@firm.example&deadline_ms=100&max_age=0&smtp=false');
    expect(await response.json()).toMatchObject({ reason: 'not_probed' });
  });

  test('GET /v1/verify reads one address alike, encoded or not, and beside any other parameter', async () => {
    for (const query of [
      'email=ada@firm.example',
      'email=ada%40firm.example',
      'email=%61da@firm.example',
      'email=ada@firm.example&x=1',
      'x=1&email=ada@firm.example',
      '&email=ada@firm.example',
    ]) {
      expect([query, (await (await request(`/v1/verify?${query}`)).json()).email]).toEqual([query, 'ada@firm.example']);
    }
    for (const query of ['xemail=ada@firm.example', 'email', 'a?email=ada@firm.example']) {
      const response = await request(`/v1/verify?${query}`);
      expect([query, response.status === 400 || (await response.json()).reason === 'syntax']).toEqual([query, true]);
    }
  });

  test('GET /v1/verify ignores parameters that resemble none it knows', async () => {
    const response = await request(
      '/v1/verify?email=ada@firm.example&utm_source=x&_=1&ts=2&id=3&__proto__=y&constructor=z',
    );
    expect(response.status).toBe(200);
  });

  test('HEAD /v1/verify has the same head and no body', async () => {
    const response = await request('/v1/verify?email=ada@firm.example', { method: 'HEAD' });
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'application/json']);
    expect(await response.text()).toBe('');
  });

  const ada = 'email=ada@firm.example';
  test.each<[string, string, string, string]>([
    ['no email', '', 'email', 'required'],
    ['email twice', `${ada}&email=bob@firm.example`, 'email', 'given_twice'],
    ['a deadline twice', `${ada}&deadline_ms=100&deadline_ms=100`, 'deadline_ms', 'given_twice'],
    ['a deadline that is no number', `${ada}&deadline_ms=soon`, 'deadline_ms', 'invalid_type'],
    ['an empty deadline', `${ada}&deadline_ms=`, 'deadline_ms', 'invalid_type'],
    ['a fraction as deadline', `${ada}&deadline_ms=100.5`, 'deadline_ms', 'invalid_type'],
    ['a deadline in another notation', `${ada}&deadline_ms=0x3e8`, 'deadline_ms', 'invalid_type'],
    ['too short a deadline', `${ada}&deadline_ms=99`, 'deadline_ms', 'too_small'],
    ['too long a deadline', `${ada}&deadline_ms=60001`, 'deadline_ms', 'too_big'],
    ['a negative age', `${ada}&max_age=-1`, 'max_age', 'too_small'],
    ['an age in words', `${ada}&max_age=1h`, 'max_age', 'invalid_type'],
    ['a number for smtp', `${ada}&smtp=0`, 'smtp', 'invalid_type'],
    ['an empty smtp', `${ada}&smtp=`, 'smtp', 'invalid_type'],
    ['a name that is nearly its own', `${ada}&max_agee=0`, 'max_agee', 'unknown'],
    ['a name in another spelling', `${ada}&maxAge=0`, 'maxAge', 'unknown'],
    ['a name without its unit', `${ada}&deadline=500`, 'deadline', 'unknown'],
    ['a name with letters swapped', 'emial=ada@firm.example', 'emial', 'unknown'],
    ['only names of the prototype', '__proto__=x&constructor=y&toString=z', 'email', 'required'],
  ])('GET /v1/verify refuses %s, by field and rule', async (_, query, field, rule) => {
    const { code, errors, detail } = await problemOf(await request(`/v1/verify?${query}`));
    expect(code).toBe('invalid_request');
    expect(errors).toMatchObject([{ field, rule }]);
    expect(detail.startsWith(`${field}: `)).toBe(true);
  });

  test.each(['100', '60000'])('GET /v1/verify takes a deadline of %s ms', async (deadline) => {
    expect((await request(`/v1/verify?${ada}&deadline_ms=${deadline}`)).status).toBe(200);
  });
});

describe('POST /v1/verify', () => {
  test('POST /v1/verify answers with 200 for every verdict', async () => {
    const response = await post(json({ ...good, deadline_ms: 100, max_age: 0, smtp: true }));
    expect(response.status).toBe(200);
    expect(answerSchema().parse(await response.json())).toMatchObject({ reason: 'accepted' });
  });

  test.each(['application/json', 'Application/JSON; charset=utf-8', ' application/json ;x=y'])(
    'POST /v1/verify takes %j as JSON',
    async (type) => {
      expect((await post(json(good), type)).status).toBe(200);
    },
  );

  test('POST /v1/verify takes a byte order mark before the JSON, and characters of every plane', async () => {
    const response = await post(`\ufeff${json({ email: '🦄@firm.example' })}`);
    expect(await response.json()).toMatchObject({ email: '🦄@firm.example' });
  });

  test("POST /v1/verify ignores fields that resemble none it knows, the prototype's among them", async () => {
    const body = '{"email":"ada@firm.example","__proto__":{"smtp":false},"constructor":{"prototype":{}},"more":[1]}';
    expect(await (await post(body)).json()).toMatchObject({ reason: 'accepted' });
    expect({}).not.toHaveProperty('smtp');
  });

  test.each<[string, unknown, string, string]>([
    ['no email', {}, 'email', 'required'],
    ['null for email', { email: null }, 'email', 'invalid_type'],
    ['a number for email', { email: 7 }, 'email', 'invalid_type'],
    ['a list for email', { email: ['ada@firm.example'] }, 'email', 'invalid_type'],
    ['a text as deadline', { ...good, deadline_ms: '1000' }, 'deadline_ms', 'invalid_type'],
    ['a fraction as deadline', { ...good, deadline_ms: 100.5 }, 'deadline_ms', 'invalid_type'],
    ['too short a deadline', { ...good, deadline_ms: 99 }, 'deadline_ms', 'too_small'],
    ['too long a deadline', { ...good, deadline_ms: 60_001 }, 'deadline_ms', 'too_big'],
    ['a negative age', { ...good, max_age: -1 }, 'max_age', 'too_small'],
    ['null for an age', { ...good, max_age: null }, 'max_age', 'invalid_type'],
    ['a text for smtp', { ...good, smtp: 'false' }, 'smtp', 'invalid_type'],
    ['a name that is nearly its own', { ...good, 'max-age': 0 }, 'max-age', 'unknown'],
    ['a list as body', [good], '', 'invalid_type'],
    ['a text as body', 'ada@firm.example', '', 'invalid_type'],
    ['null as body', null, '', 'invalid_type'],
    ['an email in the prototype', JSON.parse('{"__proto__":{"email":"ada@firm.example"}}'), 'email', 'required'],
  ])('POST /v1/verify refuses %s, by field and rule', async (_, body, field, rule) => {
    const { code, errors } = await problemOf(await post(json(body)));
    expect(code).toBe('invalid_request');
    expect(errors).toMatchObject([{ field, rule }]);
  });

  test('POST /v1/verify names every field that is wrong', async () => {
    const { errors } = await problemOf(await post(json({ email: 7, deadline_ms: 1, smtp: 'no' })));
    expect(errors.map(({ field }) => field)).toEqual(['email', 'deadline_ms', 'smtp']);
  });

  test.each<[string, BodyInit | null]>([
    ['no body', null],
    ['an empty body', ''],
    ['half of JSON', '{"email":"ada@firm'],
    ['a form', 'email=ada@firm.example'],
    ['two values', '{} {}'],
    [
      'a text that is not UTF-8',
      Buffer.concat([Buffer.from('{"email":"'), Buffer.of(0xff, 0xfe), Buffer.from('@firm.example"}')]),
    ],
    ['UTF-8 that is cut off', Buffer.concat([Buffer.from(json(good)), Buffer.of(0xc3)])],
    ['nesting without end', '['.repeat(60_000)],
  ])('POST /v1/verify refuses %s as no JSON', async (_, body) => {
    expect((await problemOf(await post(body))).code).toBe('invalid_json');
  });

  test.each(['text/html', 'application/x-www-form-urlencoded', 'application/jsonp', 'application/problem+json'])(
    'POST /v1/verify refuses a body of type %j',
    async (type) => {
      expect((await problemOf(await post(json(good), type))).code).toBe('unsupported_media_type');
    },
  );

  test.each(['gzip', 'br', 'deflate, gzip', 'x'])(
    'POST /v1/verify refuses a body with Content-Encoding %s',
    async (encoding) => {
      const headers = { 'content-type': 'application/json', 'content-encoding': encoding };
      const response = await request('/v1/verify', { method: 'POST', body: json(good), headers });
      expect(response.headers.get('accept-encoding')).toBe('identity');
      expect((await problemOf(response)).code).toBe('unsupported_media_type');
      expect(world.jobs).toEqual([]);
    },
  );

  test('POST /v1/verify takes a body with an empty Content-Encoding', async () => {
    const headers = { 'content-type': 'application/json', 'content-encoding': 'identity' };
    expect((await request('/v1/verify', { method: 'POST', body: json(good), headers })).status).toBe(200);
  });

  test('POST /v1/verify never quotes the body', async () => {
    for (const body of [json({ email: { secret: 'hunter2' } }), '{"email": hunter2']) {
      expect(json(await problemOf(await post(body)))).not.toContain('hunter2');
    }
  });
});

describe('POST /v1/warm', () => {
  const postWarm = (fields: unknown, type?: string | null): Promise<Response> => post(json(fields), type, '/v1/warm');

  test('POST /v1/warm answers 202 at once, before the domain is looked up', async () => {
    const lookUp = gate<DnsAnswer>();
    world = await createWorld({ query: () => lookUp.passed });
    const response = await postWarm({ domain: 'firm.example' });
    expect([response.status, await response.json()]).toEqual([202, { status: 'accepted' }]);
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(world.warmed).toEqual([]);
    lookUp.open(mxTo('mx.firm.example'));
    await world.settle();
    expect(world.warmed.map(({ domain }) => domain)).toEqual(['firm.example']);
  });

  test.each([
    [' Firm.EXAMPLE ', 'firm.example'],
    ['bücher.example', 'xn--bcher-kva.example'],
    ['good.test', 'good.test'],
  ])('POST /v1/warm takes %j as %s', async (written, domain) => {
    world = await createWorld({ zone: { [`${domain} MX`]: mxTo('mx.firm.example') } });
    expect((await postWarm({ domain: written })).status).toBe(202);
    await world.settle();
    expect(world.warmed.map((job) => job.domain)).toEqual([domain]);
  });

  test.each<[string, unknown, string, string]>([
    ['no domain', {}, 'domain', 'required'],
    ['a number', { domain: 7 }, 'domain', 'invalid_type'],
    ['an empty domain', { domain: '' }, 'domain', 'custom'],
    ['a domain without a dot', { domain: 'localhost' }, 'domain', 'custom'],
    ['an address', { domain: 'ada@firm.example' }, 'domain', 'custom'],
    ['an IP address', { domain: '192.0.2.1' }, 'domain', 'custom'],
    ['an IP address in brackets', { domain: '[192.0.2.1]' }, 'domain', 'custom'],
    ['a URL', { domain: 'https://firm.example/' }, 'domain', 'custom'],
    ['a command of SMTP', { domain: 'firm.example\r\nMAIL FROM:<>' }, 'domain', 'custom'],
    ['a domain that is too long', { domain: `${'a.'.repeat(130)}example` }, 'domain', 'too_big'],
    ['a list as body', ['firm.example'], '', 'invalid_type'],
    ['null as body', null, '', 'invalid_type'],
  ])('POST /v1/warm refuses %s, by field and rule, and looks up nothing', async (_, body, field, rule) => {
    world = await createWorld();
    const { code, errors } = await problemOf(await postWarm(body));
    expect(code).toBe('invalid_request');
    expect(errors).toMatchObject([{ field, rule }]);
    await world.settle();
    expect([world.queries, world.warmed]).toEqual([[], []]);
  });

  test('POST /v1/warm refuses a body that is not JSON, by content and by type', async () => {
    expect((await problemOf(await post('{', undefined, '/v1/warm'))).code).toBe('invalid_json');
    expect((await problemOf(await postWarm({ domain: 'firm.example' }, 'text/html'))).code).toBe(
      'unsupported_media_type',
    );
  });

  test('POST /v1/warm warms a domain once in a short time', async () => {
    for (let times = 0; times < 3; times += 1) {
      expect((await postWarm({ domain: 'firm.example' })).status).toBe(202);
      await world.settle();
    }
    expect([world.queries, world.warmed.length]).toEqual([['firm.example MX'], 1]);
  });

  test('POST /v1/warm bounds each client address, and says when to come again', async () => {
    const from = (ip: string, domain: string): Promise<Response> =>
      request('/v1/warm', {
        method: 'POST',
        body: json({ domain }),
        headers: { 'content-type': 'application/json', 'cf-connecting-ip': ip },
      });
    for (let index = 0; index < 30; index += 1) {
      expect((await from('192.0.2.1', `d${index}.example`)).status).toBe(202);
    }
    const refused = await from('192.0.2.1', 'one-more.example');
    expect(refused.headers.get('retry-after')).toBe('60');
    expect((await problemOf(refused)).code).toBe('too_many_requests');
    expect((await from('192.0.2.2', 'one-more.example')).status).toBe(202);
  });

  test('POST /v1/warm refuses a body of more than 64 KiB', async () => {
    const body = { domain: 'firm.example', pad: 'x'.repeat(65_536) };
    expect((await problemOf(await postWarm(body))).code).toBe('body_too_large');
  });

  test.each<[string, WorldSettings]>([
    ['is a disposable domain', { disposable: ['firm.example'] }],
    ['is served by a disposable provider', { zone: { 'firm.example MX': mxTo('mx.mailinator.com') } }],
    ['is served by a provider that accepts everybody', { zone: { 'firm.example MX': mxTo(ACCEPTS_ALL_MX) } }],
    ['does not exist', { zone: { 'firm.example MX': { kind: 'nxdomain' } } }],
    ['takes no mail', { zone: { 'firm.example MX': mxTo('.') } }],
  ])('POST /v1/warm answers alike and asks no node if the domain %s', async (_, settings) => {
    world = await createWorld(settings);
    expect((await postWarm({ domain: 'firm.example' })).status).toBe(202);
    await world.settle();
    expect(world.warmed).toEqual([]);
  });
});

describe('a body that is too large', () => {
  const OCTETS_MAX = 65_536;
  const bodyOf = (octets: number): string => {
    const frame = json({ ...good, pad: '' });
    return json({ ...good, pad: 'x'.repeat(octets - frame.length) });
  };

  /** A body that never ends by itself, and tells how much of it was taken. */
  function endless(): { readonly body: ReadableStream<Uint8Array>; readonly taken: () => number } {
    let octets = 0;
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        octets += 4_096;
        controller.enqueue(new Uint8Array(4_096).fill(0x20));
      },
    });
    return { body, taken: () => octets };
  }

  test('a body of one octet more than 64 KiB is too large', async () => {
    expect((await post(bodyOf(OCTETS_MAX))).status).toBe(200);
    expect((await problemOf(await post(bodyOf(OCTETS_MAX + 1)))).code).toBe('body_too_large');
  });

  test('a body that is too large is refused with a length header as well as without one, and with a wrong one', async () => {
    for (const length of ['1', String(OCTETS_MAX + 1), null]) {
      const headers = { 'content-type': 'application/json', ...(length === null ? {} : { 'content-length': length }) };
      const response = await request('/v1/verify', { method: 'POST', body: bodyOf(OCTETS_MAX + 1), headers });
      expect((await problemOf(response)).code).toBe('body_too_large');
    }
  });

  test('a body that is too large is not read to its end', async () => {
    const { body, taken } = endless();
    const headers = { 'content-type': 'application/json' };
    const response = await request('/v1/verify', { method: 'POST', body, headers, duplex: 'half' });
    expect((await problemOf(response)).code).toBe('body_too_large');
    // Some is dropped unread, so that the client hears the answer; then no more.
    expect(taken()).toBeLessThan(10 * 1024 * 1024);
  });

  test('a body that is too large is refused for that before it is refused for not being UTF-8', async () => {
    const code = (await problemOf(await post(new Uint8Array(OCTETS_MAX + 1).fill(0xff)))).code;
    expect(['body_too_large', 'invalid_json']).toContain(code);
  });
});

describe('a method that a resource does not allow', () => {
  test.each([
    ['PUT', '/v1/verify', 'GET, HEAD, POST'],
    ['DELETE', '/v1/verify', 'GET, HEAD, POST'],
    ['PATCH', '/v1/verify', 'GET, HEAD, POST'],
    ['OPTIONS', '/healthz', 'GET, HEAD'],
    ['BREW', '/v1/verify', 'GET, HEAD, POST'],
    ['HEAD', '/v1/verify/stream', 'GET'],
    ['DELETE', '/v1/verify/stream', 'GET, POST'],
    ['GET', '/v1/warm', 'POST'],
    ['DELETE', '/v1/warm', 'POST'],
    ['POST', '/healthz', 'GET, HEAD'],
    ['POST', '/.well-known/jwks.json', 'GET, HEAD'],
    ['PUT', '/', 'GET, HEAD, POST'],
    ['POST', '/lists/x', 'GET, HEAD'],
  ])('an unknown method gets the allowed ones: %s %s', async (method, path, allow) => {
    const response = await request(path, { method });
    if (method === 'HEAD') expect([response.status, await response.text()]).toEqual([405, '']);
    else expect((await problemOf(response)).code).toBe('method_not_allowed');
    expect(response.headers.get('allow')).toBe(allow);
    expect(world.jobs).toEqual([]);
  });
});

describe('an unknown path', () => {
  test.each([
    '/v1',
    '/v1/verify/',
    '/v1/verify/x',
    '/V1/verify',
    '/__proto__',
    '/%',
    '/v1/verify%00',
    '/v1/warm/',
    '//v1/verify',
  ])('the unknown path %s is not found', async (path) => {
    expect((await problemOf(await request(`http://edge.example${path}`))).code).toBe('not_found');
  });

  test('an unknown path is not found with any method', async () => {
    for (const method of ['POST', 'DELETE']) {
      expect((await problemOf(await request('/nowhere', { method }))).code).toBe('not_found');
    }
    expect((await request('/nowhere', { method: 'HEAD' })).status).toBe(404);
  });
});

describe("the service's own documents", () => {
  test('the service reports its health', async () => {
    const response = await request('/healthz');
    expect([response.status, await response.json()]).toEqual([200, { status: 'ok' }]);
    expect(response.headers.get('cache-control')).toBe('no-store');
  });

  test('the service publishes its public keys, as a JWK set that may be cached', async () => {
    const response = await request('/.well-known/jwks.json');
    expect(response.headers.get('content-type')).toBe('application/jwk-set+json');
    expect(response.headers.get('cache-control')).toBe('public, max-age=300');
    expect(await response.json()).toEqual({ keys: [PUBLIC_KEY] });
  });
});

describe('a fault of ours', () => {
  /** The log of the edge about a fault, and the problem that it answers with. */
  async function faultOf(error: unknown, path: string): Promise<{ told: Told; logged: string }> {
    services = () => Promise.reject(error);
    const log = vi.spyOn(console, 'error').mockImplementation(() => {});
    const told = await problemOf(await request(path));
    const logged = log.mock.calls.flat().join('\n');
    log.mockRestore();
    return { told, logged };
  }

  test('a fault in our settings is reported, on every resource that needs them', async () => {
    for (const path of ['/healthz', '/.well-known/jwks.json', '/v1/verify?email=ada@firm.example']) {
      const { told } = await faultOf(new Problem('misconfigured', { detail: 'CACHE_KEY is missing.' }), path);
      expect(told).toMatchObject({ code: 'misconfigured', detail: 'CACHE_KEY is missing.' });
    }
  });

  test('any other fault of ours keeps its message inside, and the log has no address either', async () => {
    const error = new Error('cannot take ada@firm.example');
    const { told, logged } = await faultOf(error, '/v1/verify?email=ada@firm.example');
    expect(told).toMatchObject({ code: 'internal', detail: 'An error occurred on our side.' });
    expect(json(told) + logged).not.toContain('ada@');
    expect(JSON.parse(logged)).toMatchObject({ event: 'fault', code: 'internal' });
  });

  test('a fault of ours does not take a preflight away', async () => {
    services = () => Promise.reject(new Problem('misconfigured'));
    expect((await request('/v1/verify', { method: 'OPTIONS' })).status).toBe(204);
  });
});

describe('a list of the same isolate', () => {
  test('gives way to a form that waits until it has its answer, and to a batch not at all', async () => {
    const told: string[] = [];
    const claim = (): (() => void) => {
      told.push('claim');
      return () => void told.push('leave');
    };
    const rightOfWay = { claim, giveWay: async () => {}, standBack: () => null };
    services = async () => smallServices(world, [PUBLIC_KEY], { rightOfWay });
    const toldBy = async (ask: () => Promise<Response>): Promise<readonly string[]> => {
      told.length = 0;
      await (await ask()).text();
      return told;
    };
    expect(await toldBy(() => request('/v1/verify?email=ada@firm.example'))).toEqual(['claim', 'leave']);
    expect(await toldBy(() => post(json({ email: 'grace@firm.example' })))).toEqual(['claim', 'leave']);
    expect(await toldBy(() => request('/v1/verify/stream?email=mary@firm.example'))).toEqual(['claim', 'leave']);
    // Nothing to wait for.
    expect(await toldBy(() => request('/v1/verify?email=no-address'))).toEqual([]);
    expect(await toldBy(() => request('/v1/verify?nothing=of-the-kind'))).toEqual([]);
    const batch = json({ emails: ['alan@firm.example'] });
    expect(await toldBy(() => post(batch, 'application/json', '/v1/verify/batch'))).toEqual([]);
  });
});
