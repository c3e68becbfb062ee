/** One call over real HTTP: retries, time-outs and faults. */
import { afterEach, describe, expect, test } from 'vitest';
import { ask, type Call, type Connection, readJson } from '../../client/exchange.ts';
import { VrfyError } from '../../client/vrfy-error.ts';
import { type Arrived, type Loopback, refusedUrl, startLoopback } from '../edge/loopback.ts';
import { sendJson, sendProblem } from './answers.ts';

type Step = Parameters<typeof startLoopback>[0];

let edge: Loopback;
let arrived: Arrived[];
afterEach(() => edge?.close());

/** An edge that answers one request after the other; the last answer stays. */
async function edgeWith(...steps: readonly Step[]): Promise<void> {
  arrived = [];
  edge = await startLoopback((request, response) => {
    arrived.push(request);
    return steps[Math.min(arrived.length, steps.length) - 1]?.(request, response);
  });
}

const fine: Step = (_, response) => sendJson(response, { fine: true });
const problem =
  (status: number, code: string, headers = {}): Step =>
  (_, response) =>
    sendProblem(response, status, code, headers);
const hangUp: Step = (_, response) => response.destroy();
const silence: Step = () => {};

const get = (call: Partial<Call> = {}, connection: Partial<Connection> = {}) =>
  ask({ edge: edge.url, ...connection }, { path: '/v1/thing', ...call }, (response) => readJson(response));
const faultOf = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => 'no fault',
    (fault: unknown) => fault,
  );

describe('a call', () => {
  test('carries a secret key in the header, and JSON as JSON', async () => {
    await edgeWith(fine);
    const connection = { key: 'vrfy_sk_x' };
    expect(await get({ method: 'POST', json: { a: 1 }, query: { b: true, c: undefined } }, connection)).toEqual({
      fine: true,
    });
    expect(arrived).toMatchObject([
      {
        method: 'POST',
        path: '/v1/thing?b=true',
        headers: { authorization: 'Bearer vrfy_sk_x', 'content-type': 'application/json' },
      },
    ]);
  });

  test('of a page needs no preflight: its key stands in the URL and its JSON is called text', async () => {
    await edgeWith(fine);
    await get({ method: 'POST', json: { a: 1 } }, { key: 'vrfy_pk_x' });
    expect(arrived[0]?.path).toBe('/v1/thing?key=vrfy_pk_x');
    expect(arrived[0]?.headers).not.toHaveProperty('authorization');
    expect(arrived[0]?.headers['content-type']).toBe('text/plain');
  });

  test('uses the fetch that it is given', async () => {
    await edgeWith(fine);
    const urls: string[] = [];
    const own: Connection['fetch'] = (url, init) => {
      urls.push(url);
      return fetch(url, init);
    };
    await get({}, { fetch: own });
    expect(urls).toEqual([new URL('/v1/thing', edge.url).href]);
  });
});

describe('a problem', () => {
  test('is an error with code, status, words and fields', async () => {
    const errors = [{ field: 'email', rule: 'required', detail: 'must be given' }];
    await edgeWith((_, response) => sendJson(response, { code: 'invalid_request', detail: 'Bad.', errors }, 400));
    const fault = await faultOf(get());
    expect(fault).toBeInstanceOf(VrfyError);
    expect(fault).toMatchObject({ name: 'VrfyError', code: 'invalid_request', status: 400, message: 'Bad.', errors });
  });

  test('that is none of ours is told with its status', async () => {
    await edgeWith((_, response) => response.writeHead(404, { 'content-type': 'text/html' }).end('<p>secret'));
    expect(await faultOf(get())).toMatchObject({ code: 'bad_answer', status: 404, message: 'The edge answered 404.' });
  });

  test('is an answer that is no JSON, and its words are not quoted', async () => {
    await edgeWith((_, response) => response.end('<p>secret'));
    const fault = await faultOf(get());
    expect(fault).toMatchObject({ code: 'bad_answer', status: 0 });
    expect(String(fault)).not.toContain('secret');
  });
});

describe('a retry', () => {
  test.each([
    ['a connection that breaks', hangUp],
    ['an edge that is overloaded', problem(503, 'overloaded', { 'retry-after': '0' })],
    ['a caller that is too fast', problem(429, 'too_many_requests', { 'retry-after': '0' })],
    ['a gateway without an edge', problem(502, 'bad', { 'retry-after': '0' })],
  ])('follows %s', async (_, first) => {
    await edgeWith(first, first, fine);
    expect(await get()).toEqual({ fine: true });
    expect(edge.asked()).toBe(3);
  });

  test('follows at most twice', async () => {
    await edgeWith(problem(503, 'overloaded', { 'retry-after': '0' }));
    expect(await faultOf(get())).toMatchObject({ code: 'overloaded', retryAfter: 0 });
    expect(edge.asked()).toBe(3);
  });

  test('follows no POST, unless it may be repeated', async () => {
    await edgeWith(hangUp, fine);
    expect(await faultOf(get({ method: 'POST', json: {} }))).toMatchObject({ code: 'unreachable', status: 0 });
    expect(edge.asked()).toBe(1);
    await edge.close();
    await edgeWith(hangUp, fine);
    expect(await get({ method: 'POST', json: {}, repeatable: true })).toEqual({ fine: true });
  });

  test.each([400, 401, 404, 409, 422, 500])('does not follow status %d', async (status) => {
    await edgeWith(problem(status, 'code'));
    expect(await faultOf(get())).toMatchObject({ status });
    expect(edge.asked()).toBe(1);
  });

  test('does not wait until tomorrow for a quota', async () => {
    await edgeWith(problem(429, 'quota_exceeded', { 'retry-after': '40000' }));
    expect(await faultOf(get())).toMatchObject({ code: 'quota_exceeded', retryAfter: 40_000 });
    expect(edge.asked()).toBe(1);
  });

  test('that would come too late leaves the problem as it is, at once', async () => {
    await edgeWith(problem(503, 'overloaded', { 'retry-after': '20' }));
    expect(await faultOf(get({ timeoutMs: 20_000 }))).toMatchObject({ code: 'overloaded', retryAfter: 20 });
    expect(edge.asked()).toBe(1);
  });
});

describe('a time-out', () => {
  test('ends a call that is not answered', async () => {
    await edgeWith(silence);
    expect(await faultOf(get({ timeoutMs: 50 }))).toMatchObject({ code: 'timeout', status: 0 });
  });

  test('ends an answer whose body does not come', async () => {
    await edgeWith((_, response) => response.writeHead(200, { 'content-type': 'application/json' }).write('{"a":'));
    expect(await faultOf(get({ timeoutMs: 100 }))).toMatchObject({ code: 'timeout' });
  });

  test('is that of the connection if the call says nothing', async () => {
    await edgeWith(silence);
    expect(await faultOf(get({}, { timeoutMs: 50 }))).toMatchObject({ message: 'No answer within 50 ms.' });
  });
});

describe('the signal of a caller', () => {
  test('ends the call with its own reason', async () => {
    const controller = new AbortController();
    await edgeWith(() => controller.abort(new Error('changed my mind')));
    expect(await faultOf(get({ signal: controller.signal }))).toMatchObject({ message: 'changed my mind' });
    expect(edge.asked()).toBe(1);
  });

  test('ends the wait for a retry', async () => {
    const controller = new AbortController();
    await edgeWith((_, response) => {
      response.on('finish', () => setImmediate(() => controller.abort()));
      sendProblem(response, 503, 'overloaded', { 'retry-after': '20' });
    });
    expect(await faultOf(get({ signal: controller.signal }))).toMatchObject({ name: 'AbortError' });
  });

  test('that has ended already has nothing asked', async () => {
    await edgeWith(fine);
    expect(await faultOf(get({ signal: AbortSignal.abort() }))).toMatchObject({ name: 'AbortError' });
    expect(edge.asked()).toBe(0);
  });
});

test('an edge that is not there is unreachable, with the cause', async () => {
  const url = await refusedUrl();
  const fault = await faultOf(ask({ edge: url }, { method: 'POST', path: '/' }, () => null));
  expect(fault).toMatchObject({ code: 'unreachable', status: 0, cause: expect.any(Error) });
});
