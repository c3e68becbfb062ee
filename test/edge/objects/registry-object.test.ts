/** The registry as a real Durable Object in workerd, over HTTP: its refusals and its records. */
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { serve } from '@hono/node-server';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunningEdge, startEdge } from '../../../cli/start/edge.ts';
import { loadKeys } from '../../../cli/start/keys.ts';
import { readEvents } from '../../../client/read-events.ts';
import { createIdentityEndpoint } from '../../../probe-node/http/identity-endpoint.ts';
import {
  type Heartbeat,
  heartbeatAnswerSchema,
  nodeEventSchema,
  nodeHistorySchema,
  nodeReportSchema,
} from '../../../shared/enrolment.ts';
import { signToken } from '../../../shared/token.ts';
import { freePortRun } from '../../flow/system.ts';
import { createTestNode, heartbeatOf, type TestNode } from '../nodes/registry-world.ts';

const ADMIN_TOKEN = 'a-token-of-this-test-alone';

let stateDir: string;
let port: number;
let edge: RunningEdge;
let door: Server;
let node: TestNode;

async function openEdge(): Promise<RunningEdge> {
  const keys = { ...(await loadKeys(stateDir)), ADMIN_TOKEN };
  return startEdge({ port, stateDir, keys, sandboxDohUrl: null });
}

beforeAll(async () => {
  stateDir = await mkdtemp(path.join(tmpdir(), 'vrfy-registry-'));
  port = await freePortRun(1);
  edge = await openEdge();
  door = serve({
    fetch: (request: Request) => {
      const { id: nodeId, url, privateKey } = node;
      return createIdentityEndpoint({ nodeId, privateKey, url: () => url, edge: edge.url, handler: () => null }).fetch(
        request,
      );
    },
    hostname: '127.0.0.1',
    port: 0,
  }) as Server;
  await once(door, 'listening');
  node = await createTestNode('fra1', `http://127.0.0.1:${(door.address() as AddressInfo).port}/`);
});

afterAll(async () => {
  door.close();
  await edge.close();
  await rm(stateDir, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
});

type Answer = { readonly status: number; readonly body: Record<string, unknown> };

async function ask(method: string, route: string, body?: unknown, token: string | null = ADMIN_TOKEN): Promise<Answer> {
  const response = await fetch(`${edge.url}${route}`, {
    method,
    headers: {
      'content-type': 'application/json',
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: text === '' ? {} : JSON.parse(text) };
}

async function makeToken(): Promise<string> {
  const { body } = await ask('POST', '/v1/nodes/tokens', { region: 'eu-central' });
  return String(body['token']);
}

async function beat(changes: Partial<Heartbeat> = {}): Promise<Answer> {
  const body = JSON.stringify(heartbeatOf(Date.now(), { version: '9.9.9', ...changes }));
  const octets = new TextEncoder().encode(body);
  const token = await signToken({ kid: node.id, key: node.privateKey }, edge.url, octets, Date.now(), 30, node.id);
  return ask('POST', '/v1/nodes/heartbeat', body, token);
}

async function list(): Promise<readonly unknown[]> {
  const { body } = await ask('GET', '/v1/nodes');
  return nodeReportSchema().array().parse(body['nodes']);
}

describe('the registry', () => {
  test.each([
    ['GET', '/v1/nodes'],
    ['GET', '/v1/nodes/events'],
    ['GET', '/v1/nodes/history'],
    ['POST', '/v1/nodes/tokens'],
    ['PATCH', '/v1/nodes/fra1'],
    ['DELETE', '/v1/nodes/fra1'],
  ])('the registry opens %s %s to the operator only', async (method, route) => {
    const body = method === 'GET' ? undefined : {};
    expect(await ask(method, route, body, null)).toMatchObject({ status: 401, body: { code: 'unauthorized' } });
    expect((await ask(method, route, body, 'another-token-of-this-test')).status).toBe(401);
  });

  test.each<[string, string, string, unknown, number, string]>([
    ['a token for no region', 'POST', '/v1/nodes/tokens', {}, 400, 'invalid_request'],
    ['a token for a region that is no name', 'POST', '/v1/nodes/tokens', { region: 'EU 1' }, 400, 'invalid_request'],
    ['a token for a year', 'POST', '/v1/nodes/tokens', { region: 'eu', ttl_s: 31_536_000 }, 400, 'invalid_request'],
    ['another state', 'PATCH', '/v1/nodes/fra1', { state: 'lost' }, 400, 'invalid_request'],
    ['to drain an unknown node', 'PATCH', '/v1/nodes/nobody', { state: 'draining' }, 404, 'not_found'],
    ['to remove an unknown node', 'DELETE', '/v1/nodes/nobody', undefined, 404, 'not_found'],
    ['an enrolment of no node', 'POST', '/v1/nodes/enrol', { token: 'x' }, 400, 'invalid_request'],
    ['an unsigned heartbeat', 'POST', '/v1/nodes/heartbeat', heartbeatOf(0), 401, 'token_malformed'],
    ['another method', 'PUT', '/v1/nodes/enrol', {}, 405, 'method_not_allowed'],
  ])('the registry refuses %s', async (_, method, route, body, status, code) => {
    expect(await ask(method, route, body)).toMatchObject({ status, body: { code } });
  });

  test('the registry enrols a node, accepts its heartbeat, and lists it', async () => {
    const token = await makeToken();
    const enrolled = await ask('POST', '/v1/nodes/enrol', node.request(token), null);
    expect(enrolled).toEqual({ status: 201, body: { id: 'fra1', region: 'eu-central' } });
    const { status, body } = await beat();
    expect([status, heartbeatAnswerSchema.parse(body).state]).toEqual([200, 'active']);
    const jwks = await ask('GET', '/.well-known/jwks.json', undefined, null);
    expect(body['key_ids']).toEqual((jwks.body['keys'] as { kid: string }[]).map(({ kid }) => kid));
    expect(await list()).toMatchObject([{ id: 'fra1', url: node.url, state: 'active', version: '9.9.9' }]);
  });

  test('keeps the minutes that a node reports, each once, and tells of changes', async () => {
    const token = await makeToken();
    await ask('POST', '/v1/nodes/enrol', node.request(token), null);
    const minute = Math.floor(Date.now() / 60_000) - 1;
    const minutes = [
      {
        minute,
        jobs: 4,
        accepted: 3,
        doubtful: 8,
        mailbox_refused: 2,
        deferred: 1,
        blocked: 5,
        no_reply: 6,
        held_back: 7,
      },
    ];
    const sum = async () => {
      const { points } = nodeHistorySchema().parse((await ask('GET', '/v1/nodes/history')).body);
      const { at: _, ...counts } = points.find(({ jobs }) => jobs > 0) ?? { at: '' };
      return counts;
    };
    await beat({ minutes });
    const { minute: _, ...counts } = minutes[0] ?? { minute: 0 };
    expect(await sum()).toEqual(counts);
    await beat({ minutes });
    expect(await sum()).toEqual(counts);
    const response = await fetch(`${edge.url}/v1/nodes/events`, {
      headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
    });
    const events = readEvents(response.body);
    const next = async () => nodeEventSchema().parse(JSON.parse((await events.next()).value?.data ?? ''));
    expect(await next()).toMatchObject({ nodes: [{ id: 'fra1' }], ids: ['fra1'] });
    await beat({ running_jobs: 3 });
    expect(await next()).toMatchObject({ nodes: [{ id: 'fra1', running_jobs: 3 }] });
    await events.return();
  });

  test('the registry keeps nodes and tokens when the edge restarts', async () => {
    const [unused, used] = [await makeToken(), await makeToken()];
    await ask('POST', '/v1/nodes/enrol', node.request(used), null);
    await edge.close();
    edge = await openEdge();
    expect(await list()).toMatchObject([{ id: 'fra1', url: node.url, state: 'active', version: '9.9.9' }]);
    const stranger = await createTestNode('fra2', node.url);
    expect((await ask('POST', '/v1/nodes/enrol', stranger.request(used), null)).body['code']).toBe('join_token_used');
    expect((await ask('POST', '/v1/nodes/enrol', node.request(unused), null)).status).toBe(201);
    expect((await beat()).status).toBe(200);
  });

  test('the registry forgets a node that is removed, and refuses its key', async () => {
    expect((await ask('DELETE', '/v1/nodes/fra1')).status).toBe(204);
    expect(await beat()).toMatchObject({ status: 403, body: { code: 'node_removed' } });
    expect(await list()).toEqual([]);
  });
});
