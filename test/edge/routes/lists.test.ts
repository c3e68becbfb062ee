/** Who may have lists on an edge that is deployed. What a list does is tested in the whole system (test/flow/lists.test.ts). */
import { describe, expect, test } from 'vitest';
import { createApp } from '../../../edge/app.ts';
import { askApp } from '../ask-app.ts';
import { smallServices } from '../small-services.ts';
import { createWorld } from '../small-world.ts';

const ID = 'abcdefghijklmnopqrstuv';
/** For the operator alone: test/flow/lists.test.ts. */
const OPEN = 'GET /v1/lists/open';
const ROUTES: readonly [string, string][] = [
  ['POST', '/v1/lists'],
  ['GET', '/v1/lists'],
  ['GET', `/v1/lists/${ID}`],
  ['DELETE', `/v1/lists/${ID}`],
  ['GET', `/v1/lists/${ID}/results`],
  ['GET', `/v1/lists/${ID}/events`],
  ['PUT', `/v1/lists/${ID}/parts/1`],
  ['POST', `/v1/lists/${ID}/complete`],
  ['POST', `/v1/lists/${ID}/start`],
  ['POST', `/v1/lists/${ID}/cancel`],
];

describe('a deployed edge', () => {
  test('has no route of lists that this test does not know', () => {
    const app = createApp(async () => smallServices(await createWorld()));
    const known = app.routes.filter(({ path, method }) => path.startsWith('/v1/lists') && method !== 'ALL');
    const plain = known.map(({ method, path }) => [method, path.replace(':id', ID).replace(':part', '1')].join(' '));
    expect(plain.sort()).toEqual([OPEN, ...ROUTES.map((route) => route.join(' '))].sort());
  });

  test.each(ROUTES)('refuses %s %s without a key, and with one that nobody has', async (method, path) => {
    const app = createApp(async () => smallServices(await createWorld()));
    const body = method === 'POST' || method === 'PUT' ? 'email\n' : null;
    const init = { method, body, headers: { 'content-type': 'text/csv' } };
    const answer = await askApp(app, path, init);
    expect([answer.status, await answer.json()]).toMatchObject([401, { code: 'unauthorized' }]);
    const authorization = `Bearer vrfy_sk_${'x'.repeat(43)}`;
    const stranger = await askApp(app, path, { ...init, headers: { ...init.headers, authorization } });
    expect(stranger.status).toBe(401);
  });
});
