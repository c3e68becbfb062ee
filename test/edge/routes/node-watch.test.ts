/** The routes that the operators' console looks at, over a registry in memory. */
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { readEvents } from '../../../client/read-events.ts';
import { createApp } from '../../../edge/app.ts';
import { type NodeEvent, nodeEventSchema, nodeHistorySchema } from '../../../shared/enrolment.ts';
import {
  createRegistryWorld,
  createTestNode,
  EDGE,
  nobodysNodes,
  type RegistryWorld,
} from '../nodes/registry-world.ts';
import { smallServices } from '../small-services.ts';
import { createWorld, type World } from '../small-world.ts';

const ADMIN_TOKEN = 'a-token-of-this-test-alone';
const fra1 = await createTestNode('fra1');

let world: World;
let registry: RegistryWorld;
const app = createApp(async () => ({
  ...smallServices(world),
  nodes: { ...nobodysNodes(), registry: registry.service },
}));

beforeEach(async () => {
  world = await createWorld();
  registry = createRegistryWorld();
});

async function ask(path: string, token = ADMIN_TOKEN, method = 'GET'): Promise<Response> {
  const request = new Request(`${EDGE}${path}`, { method, headers: { authorization: `Bearer ${token}` } });
  const background = { waitUntil: () => {}, passThroughOnException: () => {}, props: {} };
  return app.fetch(request, { ADMIN_TOKEN } as never, background as never);
}

describe('GET /v1/nodes/events', () => {
  test('tells all nodes first, then those that have changed, and which are there', async () => {
    await registry.join(fra1);
    const many = await Promise.all(Array.from({ length: 9 }, (_, index) => createTestNode(`iad${index}`)));
    for (const node of many) await registry.join(node);
    const response = await ask('/v1/nodes/events');
    expect([response.status, response.headers.get('content-type'), response.headers.get('cache-control')]).toEqual([
      200,
      'text/event-stream',
      'no-store',
    ]);
    const events = readEvents(response.body);
    const next = async (): Promise<NodeEvent> => {
      const { value } = await events.next();
      expect(value).toMatchObject({ event: 'nodes', id: expect.stringMatching(/^[0-9]+$/) });
      return nodeEventSchema().parse(JSON.parse(value?.data ?? ''));
    };
    const [first, second] = [await next(), await next()];
    expect([first.ids, first.nodes.length, second.nodes.length]).toEqual([undefined, 8, 2]);
    expect(second.ids).toEqual(['fra1', ...many.map(({ id }) => id)]);
    await registry.beat(fra1);
    expect(await next()).toMatchObject({ nodes: [{ id: 'fra1', state: 'active' }], ids: second.ids });
    await registry.service.remove('fra1', null);
    expect(await next()).toEqual({ nodes: [], ids: many.map(({ id }) => id) });
    await events.return();
  });

  test('tells of an edge without nodes that there are none', async () => {
    const events = readEvents((await ask('/v1/nodes/events')).body);
    expect(JSON.parse((await events.next()).value?.data ?? '')).toEqual({ nodes: [], ids: [] });
    await events.return();
  });

  test('ends with a problem if the registry goes away, and begins with one if it is away', async () => {
    // Its faults are logged, which is not what is looked at here.
    vi.spyOn(console, 'error').mockReturnValue(undefined);
    const changes = vi.spyOn(registry.service, 'changes');
    const events = readEvents((await ask('/v1/nodes/events')).body);
    await events.next();
    changes.mockRejectedValue(new Error('away'));
    const { value } = await events.next();
    expect([value?.event, JSON.parse(value?.data ?? '').status]).toEqual(['problem', 500]);
    expect((await events.next()).done).toBe(true);
    expect((await ask('/v1/nodes/events')).status).toBe(500);
  });
});

describe('GET /v1/nodes/history', () => {
  test.each([
    ['', 60],
    ['?span=hour', 60],
    ['?span=day', 96],
  ])('has a point for each step: %s', async (query, points) => {
    const response = await ask(`/v1/nodes/history${query}`);
    expect(response.status).toBe(200);
    expect(nodeHistorySchema().parse(await response.json()).points).toHaveLength(points);
  });

  test.each(['?span=week', '?span=', '?span=hour&span=day', '?spam=hour'])('refuses %s', async (query) => {
    expect((await ask(`/v1/nodes/history${query}`)).status).toBe(400);
  });
});

test.each(['/v1/nodes/events', '/v1/nodes/history'])('%s is for the operator', async (path) => {
  expect((await ask(path, 'another-token')).status).toBe(401);
});

test('HEAD opens no stream', async () => {
  expect((await ask('/v1/nodes/events', ADMIN_TOKEN, 'HEAD')).status).toBe(405);
});
