/** Lists over real HTTP, against a small edge that keeps the uploads. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createClient } from '../../client/create-client.ts';
import { PART_OCTETS } from '../../client/lists.ts';
import { type Arrived, type Loopback, startLoopback } from '../edge/loopback.ts';
import { sendJson, sendProblem } from './answers.ts';
import { collect } from './bodies.ts';

/** No whole number of them makes a part. */
const CHUNK_OCTETS = 3_000_000;

type Answer = Parameters<typeof startLoopback>[0];

let edge: Loopback;
let arrived: Arrived[];
let answer: Answer;
const lists = () => createClient({ edge: edge.url, key: 'vrfy_sk_x' }).lists;

beforeEach(async () => {
  arrived = [];
  answer = (_, response) => sendJson(response, { id: 'L1', state: 'reading' }, 202);
  edge = await startLoopback((request, response) => {
    arrived.push(request);
    return answer(request, response);
  });
});
afterEach(() => edge.close());

const calls = () => arrived.map(({ method, path }) => `${method} ${path}`);
const textOf = (request: Arrived | undefined): string => new TextDecoder().decode(request?.body);

describe('a list is made', () => {
  test.each([
    ['a text', 'text/csv', 'a@good.test\n'],
    ['a Blob of a type', 'text/plain', new Blob(['a@good.test\n'], { type: 'text/plain' })],
    ['octets', 'text/csv', new TextEncoder().encode('a@good.test\n')],
    ['a stream', 'text/csv', new Blob(['a@good', '.test\n']).stream()],
  ])('of %s in one request', async (_, type, content) => {
    expect(await lists().create(content, { name: 'Autumn', column: 2 })).toEqual({ id: 'L1', state: 'reading' });
    expect(calls()).toEqual(['POST /v1/lists?name=Autumn&column=2']);
    expect(arrived[0]?.headers).toMatchObject({ 'content-type': type, 'idempotency-key': expect.any(String) });
    expect(textOf(arrived[0])).toBe('a@good.test\n');
  });

  test('of addresses as JSON', async () => {
    await lists().create(['a@good.test', 'b@good.test']);
    expect(arrived[0]?.headers['content-type']).toBe('application/json');
    expect(JSON.parse(textOf(arrived[0]))).toEqual({ emails: ['a@good.test', 'b@good.test'] });
  });

  test('once, although the answer was lost: the request is repeated with the same key', async () => {
    answer = (_, response) => (arrived.length === 1 ? response.destroy() : sendJson(response, { id: 'L1' }, 202));
    await lists().create('a@good.test\n');
    const keys = arrived.map(({ headers }) => headers['idempotency-key']);
    expect(keys).toHaveLength(2);
    expect(new Set(keys).size).toBe(1);
  });

  test('with the key, the type and the encoding that the caller says', async () => {
    const options = { idempotencyKey: 'k', type: 'text/plain', encoding: 'gzip' } as const;
    await lists().create(new Uint8Array([31, 139]), options);
    expect(arrived[0]).toMatchObject({
      path: '/v1/lists',
      headers: { 'idempotency-key': 'k', 'content-type': 'text/plain', 'content-encoding': 'gzip' },
    });
  });

  test('of nothing, and the answer of the edge decides', async () => {
    answer = (_, response) => sendProblem(response, 400, 'invalid_request');
    await expect(lists().create('')).rejects.toMatchObject({ code: 'invalid_request' });
    expect(calls()).toEqual(['POST /v1/lists']);
  });
});

describe('a list that is larger than a part', () => {
  const large = new Uint8Array(2 * PART_OCTETS + 5).map((_, index) => index % 251);
  const pieces = (): ReadableStream<Uint8Array> => {
    let at = 0;
    return new ReadableStream({
      pull(controller) {
        controller.enqueue(large.subarray(at, at + CHUNK_OCTETS));
        at += CHUNK_OCTETS;
        if (at >= large.length) controller.close();
      },
    });
  };

  test.each([
    ['a Blob', () => new Blob([large])],
    ['a stream', pieces],
  ])('goes up in parts: %s', async (_, content) => {
    expect(await lists().create(content(), { dedupe: 'exact' })).toMatchObject({ id: 'L1' });
    expect(calls()).toEqual([
      'POST /v1/lists?dedupe=exact&parts=true',
      'PUT /v1/lists/L1/parts/1',
      'PUT /v1/lists/L1/parts/2',
      'PUT /v1/lists/L1/parts/3',
      'POST /v1/lists/L1/complete',
    ]);
    expect(arrived.map(({ body }) => body.length)).toEqual([0, PART_OCTETS, PART_OCTETS, 5, 0]);
    expect(Buffer.concat(arrived.map(({ body }) => body)).equals(large)).toBe(true);
  });

  test('sends a part again if its way was broken', async () => {
    answer = (request, response) =>
      request.path.endsWith('/2') && arrived.length === 3 ? response.destroy() : sendJson(response, { id: 'L1' });
    await lists().create(new Blob([large]));
    expect(calls().filter((call) => call.endsWith('/parts/2'))).toHaveLength(2);
  });

  test.each([
    ['a Blob', () => new Blob([large])],
    ['a stream', pieces],
  ])('goes up in one request if it is compressed: %s', async (_, content) => {
    await lists().create(content(), { encoding: 'gzip' });
    expect(calls()).toEqual(['POST /v1/lists']);
    expect(Buffer.from(arrived[0]?.body ?? []).equals(large)).toBe(true);
  });

  test('is read no further if the edge refuses it', async () => {
    answer = (_, response) => sendProblem(response, 401, 'key_unknown');
    let isCancelled = false;
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new Uint8Array(PART_OCTETS)),
      cancel: () => {
        isCancelled = true;
      },
    });
    await expect(lists().create(endless)).rejects.toMatchObject({ code: 'key_unknown' });
    expect(isCancelled).toBe(true);
  });
});

test('a list is looked at, started, cancelled and deleted, whatever its id holds', async () => {
  const { get, list, start, cancel, delete: remove } = lists();
  answer = ({ method }, response) => (method === 'DELETE' ? response.writeHead(204).end() : sendJson(response, {}));
  await get('a/b', { keep: ['role', 'catch_all'] });
  await list({ cursor: 'c&' });
  await start('L1');
  await cancel('L1');
  expect(await remove('L1')).toBeUndefined();
  expect(calls()).toEqual([
    'GET /v1/lists/a%2Fb?keep=role%2Ccatch_all',
    'GET /v1/lists?cursor=c%26',
    'POST /v1/lists/L1/start',
    'POST /v1/lists/L1/cancel',
    'DELETE /v1/lists/L1',
  ]);
});

describe('the events of a list', () => {
  const event = (name: string, id: string, done: number): string =>
    `event: ${name}\nid: ${id}\ndata: ${JSON.stringify({ id: 'L1', done })}\n\n`;
  const idsAsked = () => arrived.map(({ headers }) => headers['last-event-id'] ?? null);

  test('end with the list', async () => {
    answer = (_, response) => response.end(`: hello\n\n${event('progress', '1', 5)}${event('done', '2', 9)}`);
    expect(await collect(lists().events('L1'))).toEqual([
      { id: 'L1', done: 5 },
      { id: 'L1', done: 9 },
    ]);
  });

  test('go on after a broken connection', async () => {
    const isRead = Promise.withResolvers<void>();
    answer = async (_, response) => {
      if (arrived.length > 1) return response.end(event('done', '8', 9));
      response.write(event('progress', '7', 5));
      await isRead.promise;
      return response.destroy();
    };
    const seen: number[] = [];
    for await (const { done } of lists().events('L1')) {
      seen.push(done);
      isRead.resolve();
    }
    expect(seen).toEqual([5, 9]);
    expect(idsAsked()).toEqual([null, '7']);
  });

  test('are over if there is nothing more', async () => {
    answer = (_, response) => response.writeHead(204).end();
    expect(await collect(lists().events('L1'))).toEqual([]);
    expect(edge.asked()).toBe(1);
  });

  test('are opened anew if they fall silent', async () => {
    answer = (_, response) => {
      if (arrived.length === 1) response.write(event('progress', '1', 1));
      else response.end(event('done', '2', 2));
    };
    expect(await collect(lists().events('L1', { timeoutMs: 200 }))).toHaveLength(2);
  });

  test('of a list that is not there are a problem', async () => {
    answer = (_, response) => sendProblem(response, 404, 'not_found');
    await expect(collect(lists().events('L1'))).rejects.toMatchObject({ code: 'not_found' });
  });
});

describe('the results of a list', () => {
  test('are the octets of the file', async () => {
    answer = (_, response) => response.writeHead(200, { 'content-type': 'text/csv' }).end('a,b\r\n1,2\r\n');
    const results = await lists().results('L1', { verdict: ['deliverable', 'risky'], duplicates: 'drop' });
    expect(await new Response(results).text()).toBe('a,b\r\n1,2\r\n');
    expect(arrived[0]).toMatchObject({
      path: '/v1/lists/L1/results?verdict=deliverable%2Crisky&duplicates=drop',
      headers: { accept: 'text/csv' },
    });
  });

  test('may take longer than a call may', async () => {
    const isLate = Promise.withResolvers<void>();
    answer = async (_, response) => {
      response.write('a\n');
      await isLate.promise;
      response.end('b\n');
    };
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const results = await lists()
      .results('L1')
      .finally(() => vi.advanceTimersByTime(3_600_000));
    vi.useRealTimers();
    isLate.resolve();
    expect(await new Response(results).text()).toBe('a\nb\n');
  });

  test('end with the signal of the caller', async () => {
    const controller = new AbortController();
    answer = (_, response) => response.write('a\n');
    const results = await lists().results('L1', { signal: controller.signal });
    controller.abort(new Error('enough'));
    await expect(new Response(results).text()).rejects.toThrow('enough');
  });

  test('end with a fault of this package if they break off', async () => {
    answer = (_, response) => response.write('a\n', () => response.destroy());
    const results = await lists().results('L1');
    await expect(new Response(results).text()).rejects.toMatchObject({ code: 'unreachable', status: 0 });
  });

  test('come row by row as objects', async () => {
    answer = (_, response) => response.end('{"vrfy_verdict":"risky"}\n{"vrfy_verdict":null}');
    expect(await collect(lists().rows('L1'))).toEqual([{ vrfy_verdict: 'risky' }, { vrfy_verdict: null }]);
    expect(arrived[0]?.headers.accept).toBe('application/x-ndjson');
  });
});
