import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { decode } from 'dns-packet';
import { afterEach, describe, expect, test } from 'vitest';
import { asInvocation, connection } from '../../../edge/async/connections.ts';
import { createDnsQuery, type DnsQuery } from '../../../edge/dns/doh.ts';
import type { HttpCache } from '../../../edge/memory/data-centre-cache.ts';
import { type Arrived, type Loopback, refusedUrl, startLoopback } from '../loopback.ts';
import { gate, START_MS } from '../small-world.ts';
import { mx, soa, wireReply } from './dns-message.ts';

const MEDIA_TYPE = 'application/dns-message';

type Answering = (arrived: Arrived, response: ServerResponse) => unknown;

const opened: Loopback[] = [];

afterEach(async () => {
  await Promise.all(opened.splice(0).map((server) => server.close()));
});

async function resolver(answer: Answering): Promise<Loopback> {
  const server = await startLoopback(answer);
  opened.push(server);
  return server;
}

function send(response: ServerResponse, body: Uint8Array, type = MEDIA_TYPE, status = 200): void {
  response.writeHead(status, { 'content-type': type }).end(body);
}

/** Answers every question with one MX record. */
const answers: Answering = ({ body }, response) => {
  const name = decode(Buffer.from(body)).questions?.[0]?.name ?? '';
  send(response, wireReply(name, 'MX', { answers: [mx(name, `mx.${name}`)] }));
};

const RECORDS = {
  kind: 'records',
  mx: [{ preference: 10, exchange: 'mx.firm.example' }],
  addresses: [],
  isAuthentic: false,
};

/** The Cache API in a Map, as far as it is used; it leaves the ending of lives to its reader. */
function cacheInMap(): HttpCache & { readonly entries: Map<string, Response> } {
  const entries = new Map<string, Response>();
  return {
    entries,
    match: async (url) => entries.get(url)?.clone(),
    put: async (url, response) => void entries.set(url, response),
  };
}

/** A runtime without a cache, in which nothing holds work back. */
const RUNTIME = { fetch, nowMs: () => performance.now(), cache: null, waitUntil: () => {} };

const patient = (): AbortSignal => new AbortController().signal;

function queryOf(urls: readonly URL[], sandboxUrl: URL | null = null) {
  return createDnsQuery({ urls, sandboxUrl }, RUNTIME);
}

describe('a question', () => {
  test('a question is POSTed in wire format, with id 0', async () => {
    const arrivals: Arrived[] = [];
    const server = await resolver((arrived, response) => {
      arrivals.push(arrived);
      return answers(arrived, response);
    });
    const url = new URL('/dns-query', server.url);
    expect(await queryOf([url])('firm.example', 'MX', patient())).toEqual(RECORDS);
    const [arrived] = arrivals;
    expect(arrived).toMatchObject({ method: 'POST', path: '/dns-query' });
    expect(arrived?.headers).toMatchObject({ 'content-type': MEDIA_TYPE, accept: MEDIA_TYPE });
    expect(decode(Buffer.from(arrived?.body ?? []))).toMatchObject({
      id: 0,
      type: 'query',
      questions: [{ name: 'firm.example', type: 'MX' }],
    });
  });

  test('a question goes to the first resolver alone if that one knows the answer', async () => {
    const [first, second] = await Promise.all([resolver(answers), resolver(answers)]);
    await queryOf([first.url, second.url])('firm.example', 'MX', patient());
    expect([first.asked(), second.asked()]).toEqual([1, 0]);
  });
});

describe('an absence at one resolver', () => {
  const missing: Answering = (_, response) => send(response, wireReply('firm.example', 'MX', { rcode: 3 }));
  const without: Answering = (_, response) => send(response, wireReply('firm.example', 'MX'));
  const failing: Answering = (_, response) => send(response, wireReply('firm.example', 'MX', { rcode: 2 }));
  const broken: Answering = (_, response) => response.destroy();

  test.each<[string, Answering, Answering, string]>([
    ['no such name, and another knows records', missing, answers, 'records'],
    ['no such record, and another knows some', without, answers, 'records'],
    ['no such name, and another knows the name', missing, without, 'nodata'],
    ['no such record, and another no such name', without, missing, 'nodata'],
    ['no such name, and another says the same', missing, missing, 'nxdomain'],
    ['no such name, and another fails', missing, failing, 'nxdomain'],
    ['no such name, and another breaks off', missing, broken, 'nxdomain'],
  ])(
    'an absence at one resolver is checked with a second one, and the answer with more knowledge counts: %s',
    async (_, first, second, kind) => {
      const resolvers = await Promise.all([resolver(first), resolver(second)]);
      const query = queryOf(resolvers.map(({ url }) => url));
      expect((await query('firm.example', 'MX', patient())).kind).toBe(kind);
      expect(resolvers.map((one) => one.asked())).toEqual([1, 1]);
    },
  );

  test('an absence at one resolver is checked with the one that is left, if another has failed before', async () => {
    const resolvers = await Promise.all([failing, missing, answers].map(resolver));
    const query = queryOf(resolvers.map(({ url }) => url));
    expect((await query('firm.example', 'MX', patient())).kind).toBe('records');
  });

  test('an absence at one resolver counts if there is no other', async () => {
    const only = await resolver(missing);
    expect((await queryOf([only.url])('firm.example', 'MX', patient())).kind).toBe('nxdomain');
    expect(only.asked()).toBe(1);
  });

  test('an absence at one resolver counts if the second is too slow', async () => {
    const [first, silent] = await Promise.all([resolver(missing), resolver(() => {})]);
    expect((await queryOf([first.url, silent.url])('firm.example', 'MX', patient())).kind).toBe('nxdomain');
  });

  test('an absence at one resolver does not count while the question to the second waits for a connection of ours', async () => {
    const [first, second] = await Promise.all([resolver(missing), resolver(answers)]);
    const query = queryOf([first.url, second.url]);
    const { kind } = await asInvocation(async () => {
      const four = [1, 2, 3, 4].map(() => connection('other'));
      const asked = query('firm.example', 'MX', patient());
      // The connection of the first question is wanted by another before that question is answered.
      const fifth = connection('other');
      const giveBack = await Promise.all([...four, fifth]);
      // Longer than a second resolver has for its word.
      await once(AbortSignal.timeout(1_100), 'abort');
      for (const give of giveBack) give();
      return asked;
    });
    expect(kind).toBe('records');
  });

  test('an absence is checked once and then remembered, by the data centre as well', async () => {
    const absent: Answering = (_, response) =>
      send(response, wireReply('firm.example', 'MX', { rcode: 3, authorities: [soa('example', 60, 60)] }));
    const resolvers = await Promise.all([resolver(absent), resolver(absent)]);
    const urls = resolvers.map(({ url }) => url);
    const cache = cacheInMap();
    const held: Promise<unknown>[] = [];
    const runtime = { ...RUNTIME, cache, waitUntil: (work: Promise<unknown>) => void held.push(work) };
    const create = () => createDnsQuery({ urls, sandboxUrl: null }, runtime);
    const isolate = create();
    for (const query of [isolate, isolate, create()]) {
      expect((await query('firm.example', 'MX', patient())).kind).toBe('nxdomain');
      await Promise.all(held.splice(0));
    }
    expect(resolvers.map((one) => one.asked())).toEqual([1, 1]);
  });
});

describe('the next resolver is asked when the first', () => {
  const failing: readonly (readonly [string, string, Answering])[] = [
    ['says SERVFAIL', 'servfail', (_, response) => send(response, wireReply('firm.example', 'MX', { rcode: 2 }))],
    ['answers with an HTTP error', 'http_503', (_, response) => send(response, new Uint8Array(), MEDIA_TYPE, 503)],
    [
      'answers with another content type',
      'other_content_type',
      (_, response) => send(response, Buffer.from('<html>'), 'text/html'),
    ],
    ['answers with bytes that are no message', 'malformed_message', (_, response) => send(response, Buffer.from('hi'))],
    ['answers another question', 'other_question', (_, response) => send(response, wireReply('firm.test', 'MX'))],
    [
      'announces more than a message can hold',
      'message_too_long',
      (_, response) => {
        response.writeHead(200, { 'content-type': MEDIA_TYPE, 'content-length': 65_536 });
        response.end(Buffer.alloc(65_536));
      },
    ],
    [
      'breaks off in the middle',
      'no_connection',
      (_, response) => {
        response.writeHead(200, { 'content-type': MEDIA_TYPE, 'content-length': 100 });
        response.write('half', () => response.destroy());
      },
    ],
  ];

  test.each(failing)(
    'the next resolver is asked when the first %s, and its fault counts if there is no other',
    async (_, fault, answer) => {
      const [first, second] = await Promise.all([resolver(answer), resolver(answers)]);
      expect(await queryOf([first.url, second.url])('firm.example', 'MX', patient())).toEqual(RECORDS);
      expect(second.asked()).toBe(1);
      expect(await queryOf([first.url])('firm.example', 'MX', patient())).toEqual({ kind: 'failure', fault });
    },
  );

  test('a redirect of a resolver is not followed: the next resolver is asked', async () => {
    const elsewhere = await resolver(answers);
    const first = await resolver((_, response) => response.writeHead(307, { location: elsewhere.url.href }).end());
    expect((await queryOf([first.url])('firm.example', 'MX', patient())).kind).toBe('failure');
    expect(elsewhere.asked()).toBe(0);
  });

  test('the next resolver is asked when the first refuses the connection', async () => {
    const second = await resolver(answers);
    const urls = [await refusedUrl(), second.url];
    expect(await queryOf(urls)('firm.example', 'MX', patient())).toEqual(RECORDS);
  });
});

describe('a resolver that never answers', () => {
  test('a question to a silent resolver ends when its caller gives up, and no other resolver is asked', async () => {
    const patience = new AbortController();
    const silent = await resolver(() => patience.abort());
    const second = await resolver(answers);
    const answer = await queryOf([silent.url, second.url])('firm.example', 'MX', patience.signal);
    expect(answer).toEqual({ kind: 'failure', fault: 'timeout' });
    expect(second.asked()).toBe(0);
  });
});

describe('memory', () => {
  /** A resolver with one MX record that lives for `ttl` seconds, or none and an SOA; and a clock that is set by hand. */
  async function remembering(ttl: number, rcode = 0, cache: HttpCache | null = null) {
    const clock = { nowMs: START_MS };
    const held: Promise<unknown>[] = [];
    const server = await resolver(({ body }, response) => {
      const name = decode(Buffer.from(body)).questions?.[0]?.name ?? '';
      const records = [{ ...mx(name, `mx.${name}`), ttl }];
      const absent = { rcode, authorities: [soa('example', ttl, ttl)] };
      send(response, wireReply(name, 'MX', rcode === 0 ? { answers: records } : absent));
    });
    const create = (): DnsQuery =>
      createDnsQuery(
        { urls: [server.url], sandboxUrl: null },
        { fetch, nowMs: () => clock.nowMs, cache, waitUntil: (work) => void held.push(work) },
      );
    return { clock, server, create, query: create(), settle: () => Promise.all(held.splice(0)) };
  }

  test.each([
    ['a record for as long as it lives', 0, 60, 60],
    ['a record for six hours at most', 0, 86_400, 6 * 3_600],
    ['a missing domain for as long as its SOA says', 3, 60, 60],
    ['a missing domain for a quarter of an hour at most', 3, 86_400, 900],
  ])('memory holds %s', async (_, rcode, ttl, seconds) => {
    const { clock, server, query } = await remembering(ttl, rcode);
    const first = await query('firm.example', 'MX', patient());
    clock.nowMs += seconds * 1000 - 1;
    expect(await query('FIRM.example', 'MX', patient())).toEqual(first);
    expect(server.asked()).toBe(1);
    clock.nowMs += 1;
    await query('firm.example', 'MX', patient());
    expect(server.asked()).toBe(2);
  });

  test('memory keeps names and types apart, and nothing with a life of zero', async () => {
    const { server, query } = await remembering(60);
    await query('firm.example', 'MX', patient());
    await query('other.example', 'MX', patient());
    await query('firm.example', 'A', patient());
    expect(server.asked()).toBe(3);
    const fleeting = await remembering(0);
    for (const _ of [1, 2]) await fleeting.query('firm.example', 'MX', patient());
    expect(fleeting.server.asked()).toBe(2);
  });

  test.each<[string, Answering]>([
    ['SERVFAIL', (_, response) => send(response, wireReply('firm.example', 'MX', { rcode: 2 }))],
    ['an HTTP error', (_, response) => send(response, new Uint8Array(), MEDIA_TYPE, 503)],
    ['bytes that are no message', (_, response) => send(response, Buffer.from('hi'))],
    ['a broken connection', (_, response) => response.destroy()],
    [
      'an absence that no SOA vouches for',
      (_, response) => send(response, wireReply('firm.example', 'MX', { rcode: 3 })),
    ],
  ])('memory holds nothing of %s', async (_, answer) => {
    const trouble = { isOver: false };
    const server = await resolver((arrived, response) => (trouble.isOver ? answers : answer)(arrived, response));
    const query = queryOf([server.url]);
    expect((await query('firm.example', 'MX', patient())).kind).not.toBe('records');
    trouble.isOver = true;
    expect(await query('firm.example', 'MX', patient())).toEqual(RECORDS);
  });

  test('memory is shared by the isolates of a data centre, for the rest of the life', async () => {
    const cache = cacheInMap();
    const { clock, server, create, query, settle } = await remembering(60, 0, cache);
    const first = await query('firm.example', 'MX', patient());
    await settle();
    expect([...cache.entries.keys()]).toEqual(['https://dns.vrfy.invalid/MX/firm.example']);
    clock.nowMs += 40_000;
    const other = create();
    expect(await other('firm.example', 'MX', patient())).toEqual(first);
    expect(server.asked()).toBe(1);
    clock.nowMs += 20_000;
    expect(await other('firm.example', 'MX', patient())).toEqual(first);
    expect(server.asked()).toBe(2);
  });

  test.each<[string, HttpCache]>([
    ['keeps nothing', { match: async () => undefined, put: async () => {} }],
    [
      'throws',
      { match: () => Promise.reject(new Error('no cache')), put: () => Promise.reject(new Error('no cache')) },
    ],
    ['never answers', { match: () => new Promise(() => {}), put: () => new Promise(() => {}) }],
    ['holds something that is not a message', { match: async () => new Response('hi'), put: async () => {} }],
    [
      'holds the answer to another question',
      {
        match: async () =>
          new Response(wireReply('evil.example', 'MX', { answers: [mx('evil.example', 'mx.evil.example')] }), {
            headers: { 'x-vrfy-until': String(START_MS + 60_000) },
          }),
        put: async () => {},
      },
    ],
  ])('a cache of the data centre that %s costs only itself', async (_, cache) => {
    const { query } = await remembering(60, 0, cache);
    expect(await query('firm.example', 'MX', patient())).toEqual(RECORDS);
  });

  test('a cache of the data centre never has a name of the sandbox', async () => {
    const cache = cacheInMap();
    const server = await resolver(answers);
    const query = createDnsQuery({ urls: [], sandboxUrl: server.url }, { ...RUNTIME, cache });
    await query('good.test', 'MX', patient());
    expect(cache.entries.size).toBe(0);
  });
});

describe('equal questions at the same time', () => {
  test('equal concurrent questions are asked once', async () => {
    const arrived = gate<void>();
    const server = await resolver(async (request, response) => {
      await arrived.passed;
      return answers(request, response);
    });
    const query = queryOf([server.url]);
    const asked = [1, 2, 3].map(() => query('firm.example', 'MX', patient()));
    arrived.open();
    expect(await Promise.all(asked)).toEqual([RECORDS, RECORDS, RECORDS]);
    expect(server.asked()).toBe(1);
  });
});

describe('two resolvers', () => {
  test('two resolvers are both asked if the first is silent, and the first is then aborted', async () => {
    const stopped = gate<void>();
    const silent = await resolver((_, response) => response.once('close', () => stopped.open()));
    const second = await resolver(answers);
    expect(await queryOf([silent.url, second.url])('firm.example', 'MX', patient())).toEqual(RECORDS);
    await stopped.passed;
    expect(second.asked()).toBe(1);
  });

  test('two resolvers change places after a failure of the first: the next question goes to the other alone', async () => {
    const failing = await resolver((_, response) => send(response, new Uint8Array(), MEDIA_TYPE, 503));
    const second = await resolver(answers);
    const query = queryOf([failing.url, second.url]);
    await query('firm.example', 'MX', patient());
    await query('other.example', 'MX', patient());
    expect([failing.asked(), second.asked()]).toEqual([1, 2]);
  });

  test('two resolvers keep their places if the first says SERVFAIL: that is about the name', async () => {
    const servfail = await resolver(({ body }, response) => {
      const name = decode(Buffer.from(body)).questions?.[0]?.name ?? '';
      send(response, wireReply(name, 'MX', { rcode: 2 }));
    });
    const second = await resolver(answers);
    const query = queryOf([servfail.url, second.url]);
    await query('firm.example', 'MX', patient());
    await query('other.example', 'MX', patient());
    expect([servfail.asked(), second.asked()]).toEqual([2, 2]);
  });
});

describe('a name under .test', () => {
  /** A fetch that must not be used. */
  const outside = (): never => {
    throw new Error('a question left the machine');
  };

  test('a name under .test is asked of the sandbox only', async () => {
    const [sandbox, other] = await Promise.all([resolver(answers), resolver(answers)]);
    const query = queryOf([other.url], sandbox.url);
    expect((await query('good.test', 'MX', patient())).kind).toBe('records');
    expect((await query('FINE.TEST', 'MX', patient())).kind).toBe('records');
    expect([sandbox.asked(), other.asked()]).toEqual([2, 0]);
  });

  test('a name under .test is asked of a resolver on this machine if there is no sandbox', async () => {
    const local = await resolver(answers);
    const urls = [new URL('https://dns.example/dns-query'), local.url];
    expect((await queryOf(urls)('good.test', 'MX', patient())).kind).toBe('records');
  });

  test.each(['good.test', 'TEST', 'a.b.Test'])(
    'the name %s does not exist for a deployed edge, which asks no resolver about it',
    async (name) => {
      const urls = [new URL('https://dns.example/dns-query')];
      const query = createDnsQuery({ urls, sandboxUrl: null }, { ...RUNTIME, fetch: outside });
      expect(await query(name, 'MX', patient())).toEqual({ kind: 'nxdomain' });
    },
  );

  test.each(['mytest', 'test.example', 'good.test.example'])(
    'the name %s is asked like any other, since it is not under .test',
    async (name) => {
      const [sandbox, other] = await Promise.all([resolver(answers), resolver(answers)]);
      await queryOf([other.url], sandbox.url)(name, 'MX', patient());
      expect([sandbox.asked(), other.asked()]).toEqual([0, 1]);
    },
  );
});

test('a resolver whose redirect cannot be cancelled has failed, and no caller waits for it', async () => {
  const body = (): ReadableStream =>
    new ReadableStream({
      cancel() {
        throw new Error('broken');
      },
    });
  const refusing: typeof fetch = async () => new Response(body(), { status: 500 });
  const settings = { urls: [new URL('https://dns.example/dns-query')], sandboxUrl: null };
  const query = createDnsQuery(settings, { ...RUNTIME, fetch: refusing });
  expect(await query('firm.example', 'MX', patient())).toEqual({ kind: 'failure', fault: 'no_connection' });
});
