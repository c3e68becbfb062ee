import type { ServerResponse } from 'node:http';
import { decode } from 'dns-packet';
import { afterEach, describe, expect, test } from 'vitest';
import { createDnsQuery, isLoopback } from '../../../edge/dns/doh.ts';
import { type Arrived, type Loopback, refusedUrl, startLoopback } from '../loopback.ts';
import { mx, wireReply } from './dns-message.ts';

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

const RECORDS = { kind: 'records', mx: [{ preference: 10, exchange: 'mx.firm.example' }], addresses: [] };

const patient = (): AbortSignal => new AbortController().signal;

function queryOf(urls: readonly URL[], sandboxUrl: URL | null = null) {
  return createDnsQuery({ urls, sandboxUrl }, { fetch });
}

describe('a question', () => {
  test('is POSTed in wire format, with id 0', async () => {
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

  test('goes to the first resolver alone where that one knows the answer', async () => {
    const [first, second] = await Promise.all([resolver(answers), resolver(answers)]);
    await queryOf([first.url, second.url])('firm.example', 'MX', patient());
    expect([first.asked(), second.asked()]).toEqual([1, 0]);
  });

  test('goes to the first resolver alone where that one says that the domain does not exist', async () => {
    const missing = await resolver((_, response) => send(response, wireReply('firm.example', 'MX', { rcode: 3 })));
    const second = await resolver(answers);
    const answer = await queryOf([missing.url, second.url])('firm.example', 'MX', patient());
    expect([answer.kind, second.asked()]).toEqual(['nxdomain', 0]);
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

  test.each(failing)('%s, and its fault counts where there is no other', async (_, fault, answer) => {
    const [first, second] = await Promise.all([resolver(answer), resolver(answers)]);
    expect(await queryOf([first.url, second.url])('firm.example', 'MX', patient())).toEqual(RECORDS);
    expect(second.asked()).toBe(1);
    expect(await queryOf([first.url])('firm.example', 'MX', patient())).toEqual({ kind: 'failure', fault });
  });

  test('sends the asker elsewhere; nobody follows', async () => {
    const elsewhere = await resolver(answers);
    const first = await resolver((_, response) => response.writeHead(307, { location: elsewhere.url.href }).end());
    expect((await queryOf([first.url])('firm.example', 'MX', patient())).kind).toBe('failure');
    expect(elsewhere.asked()).toBe(0);
  });

  test('refuses the connection', async () => {
    const second = await resolver(answers);
    const urls = [await refusedUrl(), second.url];
    expect(await queryOf(urls)('firm.example', 'MX', patient())).toEqual(RECORDS);
  });
});

describe('a resolver that never answers', () => {
  test('is left when the asker gives up, and no other is troubled', async () => {
    const patience = new AbortController();
    const silent = await resolver(() => patience.abort());
    const second = await resolver(answers);
    const answer = await queryOf([silent.url, second.url])('firm.example', 'MX', patience.signal);
    expect(answer).toEqual({ kind: 'failure', fault: 'timeout' });
    expect(second.asked()).toBe(0);
  });
});

describe('a name under .test', () => {
  /** A fetch that must not be used. */
  const outside = (): never => {
    throw new Error('a question left the machine');
  };

  test('is asked of the sandbox and of nobody else', async () => {
    const [sandbox, other] = await Promise.all([resolver(answers), resolver(answers)]);
    const query = queryOf([other.url], sandbox.url);
    expect((await query('good.test', 'MX', patient())).kind).toBe('records');
    expect((await query('GOOD.TEST', 'MX', patient())).kind).toBe('records');
    expect([sandbox.asked(), other.asked()]).toEqual([2, 0]);
  });

  test('is asked of a resolver on this machine where there is no sandbox', async () => {
    const local = await resolver(answers);
    const urls = [new URL('https://dns.example/dns-query'), local.url];
    expect((await queryOf(urls)('good.test', 'MX', patient())).kind).toBe('records');
  });

  test.each(['good.test', 'TEST', 'a.b.Test'])(
    '%s does not exist for a deployed edge, which asks nobody',
    async (name) => {
      const urls = [new URL('https://dns.example/dns-query')];
      const query = createDnsQuery({ urls, sandboxUrl: null }, { fetch: outside });
      expect(await query(name, 'MX', patient())).toEqual({ kind: 'nxdomain' });
    },
  );

  test.each(['mytest', 'test.example', 'good.test.example'])(
    'is not %s: that is asked like any other',
    async (name) => {
      const [sandbox, other] = await Promise.all([resolver(answers), resolver(answers)]);
      await queryOf([other.url], sandbox.url)(name, 'MX', patient());
      expect([sandbox.asked(), other.asked()]).toEqual([0, 1]);
    },
  );
});

describe('loopback', () => {
  test.each(['http://127.0.0.1:53/', 'http://127.9.9.9/', 'http://localhost:80/', 'http://[::1]:80/', 'http://127.1/'])(
    'is %s',
    (url) => {
      expect(isLoopback(new URL(url))).toBe(true);
    },
  );

  test.each([
    'https://dns.example/',
    'http://127.0.0.1.example/',
    'http://localhost.example/',
    'http://10.0.0.1/',
    'http://127.example.com/',
    'http://[2001:db8::1]/',
  ])('is not %s', (url) => {
    expect(isLoopback(new URL(url))).toBe(false);
  });
});
