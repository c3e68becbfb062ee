/** Who may have lists on an edge that is deployed. What a list does is tested in the whole system (test/flow/lists.test.ts). */
import { describe, expect, test } from 'vitest';
import { createApp } from '../../../edge/app.ts';
import type { Env } from '../../../edge/env.ts';
import { createListPorts } from '../../../edge/wiring/list-ports.ts';
import { askApp } from '../ask-app.ts';
import { noLists } from '../lists/no-lists.ts';
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

describe('an edge that lacks a binding of lists', () => {
  const ADMIN_TOKEN = 'a-token-of-this-test-alone';
  const LACKING: readonly (readonly [string, string, 'FILES' | 'LISTS'])[] = [...ROUTES, OPEN.split(' ')].flatMap(
    ([method = '', path = '']) => [[method, path, 'FILES'] as const, [method, path, 'LISTS'] as const],
  );

  test.each(LACKING)('answers %s %s with the name of the binding: %s', async (method, path, name) => {
    const world = await createWorld();
    const env = { ...noLists(), [name]: undefined } as Env;
    const lists = createListPorts(
      env,
      { allowsLoopbackNodes: false },
      {
        mac: async () => new Uint8Array(32),
        isDisposable: world.ports.isDisposable,
        attempt: async () => ({ kind: 'failed', fault: 'nobody' }),
        webhookSecretsOf: world.keyPorts.keyService.webhookSecretsOf,
        nowMs: world.ports.nowMs,
      },
    );
    const app = createApp(async () => smallServices(world, [], { lists }));
    const body = method === 'POST' || method === 'PUT' ? 'email\nada@good.example\n' : null;
    const headers = { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'text/csv' };
    const answer = await askApp(app, path, { method, body, headers }, { ADMIN_TOKEN });
    expect([answer.status, await answer.json()]).toMatchObject([
      500,
      { code: 'misconfigured', detail: expect.stringContaining(`binding ${name}`), errors: [{ field: name }] },
    ]);
  });
});
