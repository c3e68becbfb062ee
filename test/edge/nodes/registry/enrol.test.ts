/** How nodes get in: real doors of nodes behind a pretend fetch, over a registry in memory. */
import { describe, expect, test } from 'vitest';
import { type EnrolPorts, enrolNode, report } from '../../../../edge/nodes/registry/enrol.ts';
import { createIdentityEndpoint } from '../../../../probe-node/http/identity-endpoint.ts';
import { createRegistryWorld, createTestNode, EDGE, heartbeatOf, type TestNode } from '../registry-world.ts';

type Internet = Readonly<Record<string, (request: Request) => Response | Promise<Response>>>;

/** The door of a node that has this URL for its own. */
function doorOf(node: TestNode, changes: { url?: string; edge?: string } = {}): Internet[string] {
  const { id: nodeId, privateKey } = node;
  const { url = node.url, edge = EDGE } = changes;
  const front = createIdentityEndpoint({ nodeId, privateKey, url: () => url, edge, handler: () => null });
  return (request) => front.fetch(request);
}

function createWorld(internet: Internet) {
  const registry = createRegistryWorld();
  const fetched: string[] = [];
  const ports: EnrolPorts = {
    registry: registry.service,
    screen: async () => null,
    lookUp: async (name, type) =>
      name.endsWith('.private.example') || type === 'AAAA'
        ? { kind: 'records', addresses: [type === 'A' ? '10.0.0.1' : '2a00:1450:4001::1'] }
        : { kind: 'records', addresses: ['8.8.8.8'] },
    urls: { allowsLoopback: false },
    fetch: async (input, init) => {
      const request = new Request(input, init);
      fetched.push(request.url);
      const answer = internet[new URL('/', request.url).href];
      if (answer === undefined) throw new TypeError('connection refused');
      return answer(request);
    },
    makeNonce: () => crypto.randomUUID(),
  };
  const join = async (node: TestNode, changes: Parameters<TestNode['request']>[1] = {}) => {
    const { token } = await registry.service.makeToken('eu-central', 3600);
    const ask = () => enrolNode(node.request(token, changes), EDGE, 'AS64500', ports);
    return { token, outcome: await ask(), again: ask };
  };
  return { registry, ports, fetched, join };
}

const [fra1, ams1] = await Promise.all([createTestNode('fra1'), createTestNode('ams1')]);

describe('a node that joins', () => {
  test('a node that joins is enrolled once it has answered over its URL, in any spelling of it', async () => {
    const { join, registry, fetched } = createWorld({ [fra1.url]: doorOf(fra1) });
    const { outcome } = await join(fra1, { url: 'https://FRA1.example' });
    expect(outcome).toEqual({ kind: 'member', id: 'fra1', region: 'eu-central' });
    expect(await registry.service.list()).toMatchObject([
      { id: 'fra1', url: fra1.url, network: 'AS64500', state: 'joining' },
    ]);
    expect(fetched).toEqual([
      expect.stringMatching(/^https:\/\/fra1\.example\/v1\/identity\?nonce=[A-Za-z0-9_-]{22,}$/),
    ]);
  });

  test('a node that joins is not challenged before its token is valid', async () => {
    const { ports, fetched } = createWorld({ [fra1.url]: doorOf(fra1) });
    const outcome = await enrolNode(fra1.request(`vrfy_join_${'x'.repeat(43)}`), EDGE, null, ports);
    expect([outcome, fetched]).toMatchObject([{ code: 'join_token_unknown' }, []]);
  });

  test.each<[string, string, string, Internet]>([
    ['at a URL without a server', 'node_url_unproven', 'could not be reached', {}],
    ['at the URL of another node', 'node_url_unproven', 'answered by another node', { [fra1.url]: doorOf(ams1) }],
    [
      'at the URL of a relay to it',
      'node_url_unproven',
      'for another URL or edge',
      { [fra1.url]: doorOf(fra1, { url: 'https://hidden.example/' }) },
    ],
    [
      'but belongs to another edge',
      'node_url_unproven',
      'for another URL or edge',
      { [fra1.url]: doorOf(fra1, { edge: 'https://other.example' }) },
    ],
    ['at the URL of a web page', 'node_url_unproven', 'no probe node', { [fra1.url]: () => new Response('<html>') }],
    [
      'at the URL of another JSON',
      'node_url_unproven',
      'no probe node',
      { [fra1.url]: () => Response.json({ statement: 7 }) },
    ],
    [
      'at a URL that is not found',
      'node_url_unproven',
      'status 404',
      { [fra1.url]: () => new Response('', { status: 404 }) },
    ],
    [
      'at a URL that redirects',
      'node_url_unproven',
      'status 302',
      { [fra1.url]: () => new Response(null, { status: 302, headers: { location: ams1.url } }) },
    ],
    [
      'at a URL whose answer does not end',
      'node_url_unproven',
      'no probe node',
      { [fra1.url]: () => new Response('x'.repeat(100_000)) },
    ],
  ])('a node that joins %s is refused (%s), and its token stays valid', async (_, code, detail, internet) => {
    const fixed: Record<string, Internet[string]> = { ...internet };
    const { join, registry } = createWorld(fixed);
    const { outcome, again } = await join(fra1);
    expect(outcome).toEqual({ kind: 'refused', code, detail: expect.stringContaining(detail) });
    expect(await registry.service.list()).toEqual([]);
    fixed[fra1.url] = doorOf(fra1);
    expect(await again()).toMatchObject({ kind: 'member' });
  });

  test('a node that joins with a URL that leads inwards is refused and not challenged; its token stays valid', async () => {
    const { join, fetched } = createWorld({ [fra1.url]: doorOf(fra1) });
    const { outcome } = await join(fra1, { url: 'https://fra1.private.example/' });
    expect([outcome, fetched]).toMatchObject([{ code: 'node_url_refused' }, []]);
  });

  test('a node that joins with the URL of a live node is refused and not challenged', async () => {
    const { join, fetched } = createWorld({ [fra1.url]: doorOf(fra1), [ams1.url]: doorOf(ams1) });
    await join(fra1);
    expect((await join(ams1, { url: fra1.url })).outcome).toMatchObject({ code: 'node_url_taken' });
    expect(fetched).toHaveLength(1);
  });
});

describe('a node that has moved', () => {
  const url = 'https://moved.example/';

  test('a node that has moved is challenged at its new URL, and its heartbeat counts then', async () => {
    const { join, ports, registry } = createWorld({ [fra1.url]: doorOf(fra1), [url]: doorOf(fra1, { url }) });
    await join(fra1);
    const { token, body } = await fra1.message(heartbeatOf(registry.nowMs(), { url }), registry.nowMs());
    expect(await report({ token, body, edge: EDGE }, ports)).toMatchObject({ kind: 'heard', state: 'active' });
    expect(await registry.service.list()).toMatchObject([{ url, state: 'active' }]);
  });

  test.each<[string, Internet]>([
    ['no server answers', {}],
    ['another node answers', { [url]: doorOf(ams1, { url }) }],
  ])('a node that has moved keeps its old URL if %s at the new one', async (_, internet) => {
    const { join, ports, registry } = createWorld({ [fra1.url]: doorOf(fra1), ...internet });
    await join(fra1);
    const { token, body } = await fra1.message(heartbeatOf(registry.nowMs(), { url }), registry.nowMs());
    expect(await report({ token, body, edge: EDGE }, ports)).toMatchObject({ code: 'node_url_unproven' });
    expect(await registry.service.list()).toMatchObject([{ url: fra1.url, state: 'joining' }]);
  });
});
