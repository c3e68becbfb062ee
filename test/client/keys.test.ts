/** Keys over real HTTP: what is left of one, and a new one by mail. */
import { afterEach, expect, test } from 'vitest';
import { createClient } from '../../client/create-client.ts';
import { type Loopback, startLoopback } from '../edge/loopback.ts';
import { sendJson, sendProblem } from './answers.ts';

let edge: Loopback | undefined;
afterEach(() => edge?.close());

test('quota tells what the edge says of the key', async () => {
  const report = { caller: 'secret', daily_quota: 100, remaining: 98, reset_seconds: 60 };
  edge = await startLoopback(({ method, path, headers }, response) => {
    expect([method, path, headers.authorization]).toEqual(['GET', '/v1/quota', 'Bearer vrfy_sk_x']);
    return sendJson(response, report);
  });
  expect(await createClient({ edge: edge.url, key: 'vrfy_sk_x' }).quota()).toEqual(report);
});

test('requestKey sends the address in a body, and wants to hear nothing', async () => {
  const bodies: unknown[] = [];
  edge = await startLoopback(({ method, path, body }, response) => {
    bodies.push([method, path, JSON.parse(new TextDecoder().decode(body))]);
    return sendJson(response, { status: 'accepted' }, 202);
  });
  expect(await createClient({ edge: edge.url }).requestKey('ada@good.test')).toBeUndefined();
  expect(bodies).toEqual([['POST', '/v1/keys/request', { email: 'ada@good.test' }]]);
});

test('requestKey rejects with the problem of an address that no key is sent to', async () => {
  edge = await startLoopback((_, response) => sendProblem(response, 422, 'address_refused'));
  await expect(createClient({ edge: edge.url }).requestKey('info@good.test')).rejects.toMatchObject({
    code: 'address_refused',
    status: 422,
  });
});
