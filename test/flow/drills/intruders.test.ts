/**
 * Attempts to become a node, or to speak for one, at a running edge: they are refused, the registry keeps its nodes,
 * and verdicts are as before. Single refusals are tested in test/edge/nodes; here it is HTTP, workerd and the real
 * object.
 */
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { importJWK } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createIdentityEndpoint } from '../../../probe-node/http/identity-endpoint.ts';
import type { EnrolRequest, Heartbeat } from '../../../shared/enrolment.ts';
import { type SigningKey, signToken } from '../../../shared/token.ts';
import { startLoopback } from '../../edge/loopback.ts';
import { createTestNode, heartbeatOf, type TestNode } from '../../edge/nodes/registry-world.ts';
import { type Ground, openGround } from './ground.ts';
import { NOTHING_WRONG, tell } from './load.ts';
import { startRelay } from './relay.ts';

const WORKER = fileURLToPath(new URL('../../../edge/worker.ts', import.meta.url));
const closers: (() => Promise<void>)[] = [];

let ground: Ground;

beforeAll(async () => {
  ground = await openGround(['eu1', 'us1', 'ap1'].map((id) => ({ id, region: `${id}-region` })));
});

afterAll(async () => {
  await ground.close();
  await Promise.all(closers.map((close) => close()));
});

type Outcome = { readonly status: number; readonly code: string | undefined };

async function post(target: string, body: BodyInit, headers: Readonly<Record<string, string>> = {}): Promise<Outcome> {
  const response = await fetch(new URL(target, ground.url), {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
  });
  const { code } = (await response.json()) as { readonly code?: string };
  return { status: response.status, code };
}

const enrol = (request: EnrolRequest): Promise<Outcome> => post('/v1/nodes/enrol', JSON.stringify(request));

async function makeToken(): Promise<string> {
  const response = await ground.admin('POST', '/v1/nodes/tokens', { region: 'eu-central', ttl_s: 60 });
  return ((await response.json()) as { readonly token: string }).token;
}

/** An intruder with a key, which answers challenges at a URL of its own. */
async function openStranger(id: string): Promise<TestNode> {
  const server = await startLoopback(async ({ path: asked }, response) => {
    const answer = await front.fetch(new Request(new URL(asked, server.url)));
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(await answer.text());
  });
  closers.push(server.close);
  const node = await createTestNode(id, server.url.href);
  const { privateKey } = node;
  const front = createIdentityEndpoint({
    nodeId: id,
    privateKey,
    url: () => node.url,
    edge: ground.url,
    handler: () => null,
  });
  return node;
}

/** The key of a node, as it lies in its state folder. */
async function stolenKey(id: string): Promise<SigningKey> {
  const jwk = JSON.parse(await readFile(path.join(ground.stateDir, 'nodes', id, 'key.json'), 'utf8'));
  const key = await importJWK(jwk, 'EdDSA');
  if (key instanceof Uint8Array) throw new Error('that is no key pair');
  return { kid: id, key };
}

type Message = { readonly token: string; readonly body: Uint8Array<ArrayBuffer> };

async function sign(key: SigningKey, changes: Partial<Heartbeat> = {}, audience = ground.url): Promise<Message> {
  const body = new TextEncoder().encode(JSON.stringify(heartbeatOf(Date.now(), changes)));
  return { token: await signToken(key, audience, body, Date.now(), 30, key.kid), body };
}

const beat = ({ token, body }: Message): Promise<Outcome> =>
  post('/v1/nodes/heartbeat', body, { authorization: `Bearer ${token}` });

async function known(): Promise<readonly string[]> {
  const nodes = Object.values(await ground.listed());
  return nodes.map(({ id, state, url, region }) => `${id} ${state} ${region} ${url}`).toSorted();
}

async function knownIds(): Promise<readonly string[]> {
  return Object.keys(await ground.listed()).toSorted();
}

/** Performs an attempt, and checks that everything is as before. */
async function unmoved(intrude: () => Promise<unknown>): Promise<void> {
  const before = await known();
  expect(before).toHaveLength(3);
  await intrude();
  expect(await known()).toEqual(before);
}

async function verdictsStand(name: string, drill: string): Promise<void> {
  const load = ground.load({ name, count: ground.size.stretch });
  const startMs = performance.now();
  const report = await load.report;
  tell(drill, report, load.told(), startMs);
  expect(report).toMatchObject(NOTHING_WRONG);
}

describe('a join token', () => {
  test('a join token that five nodes use at once lets one of them in', async () => {
    const token = await makeToken();
    const strangers = await Promise.all(['x1', 'x2', 'x3', 'x4', 'x5'].map(openStranger));
    const outcomes = await Promise.all(strangers.map((stranger) => enrol(stranger.request(token))));
    expect(outcomes.map(({ code }) => code ?? 'joined').toSorted()).toEqual([
      'join_token_used',
      'join_token_used',
      'join_token_used',
      'join_token_used',
      'joined',
    ]);
    const joined = strangers[outcomes.findIndex(({ code }) => code === undefined)]?.id;
    expect(await knownIds()).toEqual(['ap1', 'eu1', 'us1', joined].toSorted());
    expect((await ground.admin('DELETE', `/v1/nodes/${joined}`)).status).toBe(204);
    await verdictsStand('tokens', 'one join token, five nodes at once');
  });

  test('a join token lets no node in over the URL of a relay to another node', async () => {
    const token = await makeToken();
    const stranger = await openStranger('x6');
    const relay = await startRelay(ground.nodes[0]?.url ?? '');
    closers.push(relay.close);
    await unmoved(async () => {
      expect(await enrol(stranger.request(token, { url: relay.url }))).toMatchObject({ code: 'node_url_unproven' });
      expect(await enrol(stranger.request(token, { url: ground.nodes[0]?.url ?? '' }))).toMatchObject({
        code: 'node_url_taken',
      });
    });
    await verdictsStand('relays', 'URLs that lead to another node');
  });
});

describe('a heartbeat', () => {
  test('a heartbeat that is replayed counts once', async () => {
    const key = await stolenKey('eu1');
    await unmoved(async () => {
      let message = await sign(key);
      // The node's own heartbeat may come between.
      await expect
        .poll(async () => {
          message = await sign(key);
          return beat(message);
        })
        .toMatchObject({ status: 200 });
      const again = await Promise.all(Array.from({ length: 5 }, () => beat(message)));
      expect(new Set(again.map(({ code }) => code))).toEqual(new Set(['heartbeat_stale']));
    });
  });

  test('a heartbeat that is forged changes nothing', async () => {
    const forger = await createTestNode('eu1');
    const own = { kid: 'eu1', key: forger.privateKey };
    const real = await sign(await stolenKey('us1'), { is_draining: false });
    const draining = new TextEncoder().encode(JSON.stringify(heartbeatOf(Date.now(), { is_draining: true })));
    await unmoved(async () => {
      expect(await beat(await sign(own, { is_draining: true }))).toEqual({ status: 401, code: 'token_signature' });
      expect(await beat(await sign({ ...own, kid: 'nobody' }))).toMatchObject({ code: 'node_unknown' });
      expect(await beat({ ...real, body: draining })).toEqual({ status: 401, code: 'token_body' });
      expect(await beat(await sign(await stolenKey('us1'), {}, 'http://other.test'))).toEqual({
        status: 401,
        code: 'token_audience',
      });
      // Its own key, and the URL of another node.
      const elsewhere = { url: ground.nodes[0]?.url ?? '' };
      expect(await beat(await sign(await stolenKey('us1'), elsewhere))).toMatchObject({ code: 'node_url_taken' });
    });
    await verdictsStand('forged', 'heartbeats replayed and forged');
  });
});

describe('an edge that accepts public URLs only', () => {
  /**
   * Addresses that are refused before anything else: this machine, and networks that cannot be reached from outside.
   */
  const INWARDS = [
    'http://127.0.0.1:8788/',
    'https://127.0.0.1/',
    'https://[::1]/',
    'https://localhost/',
    'https://10.0.0.1/',
    'https://loopback.test/',
    'https://private.test/',
    'https://metadata.test/',
  ];

  test('an edge that accepts public URLs only refuses an expired token, and every URL that leads inwards', async () => {
    const expired = await makeToken();
    const entrypoint = path.join(ground.stateDir, 'later.ts');
    await writeFile(entrypoint, laterWorker(61_000));
    await ground.reopenEdge({ entrypoint });
    const stranger = await createTestNode('x7', 'https://public.test/');
    expect(await enrol(stranger.request(expired))).toMatchObject({ code: 'join_token_expired' });
    const token = await makeToken();
    for (const url of INWARDS) {
      expect([url, await enrol(stranger.request(token, { url }))]).toMatchObject([url, { code: 'node_url_refused' }]);
    }
    await ground.reopenEdge({});
    expect(await knownIds()).toEqual(['ap1', 'eu1', 'us1']);
    await verdictsStand('inwards', 'an expired token, URLs that lead inwards, two changes of the edge');
  });

  /** The worker as it is, its clock ahead, and deployed for the world. */
  function laterWorker(aheadMs: number): string {
    return `const now = Date.now;
Date.now = () => now() + ${aheadMs};
import worker from ${JSON.stringify(WORKER)};
export * from ${JSON.stringify(WORKER)};
let outside;
export default { ...worker, fetch: (request, env, context) => {
  outside ??= { ...env, NODE_URLS: 'public' };
  return worker.fetch(request, outside, context);
} };
`;
  }
});

test('a removed node is refused from that moment on, for every signed request', async () => {
  const key = await stolenKey('ap1');
  expect(await beat(await sign(key))).toMatchObject({ status: 200 });
  expect((await ground.admin('DELETE', '/v1/nodes/ap1')).status).toBe(204);
  expect(await beat(await sign(key))).toMatchObject({ code: 'node_removed' });
  expect(await knownIds()).toEqual(['eu1', 'us1']);
  await verdictsStand('removed', 'a node removed');
});
