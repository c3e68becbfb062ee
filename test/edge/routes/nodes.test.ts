/** The routes of nodes as the app serves them, over a registry in memory; the object itself is tested in workerd. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createApp } from '../../../edge/app.ts';
import type { EnrolPorts } from '../../../edge/nodes/registry/enrol.ts';
import { createRegistryLink } from '../../../edge/nodes/registry/registry-link.ts';
import { readRoster } from '../../../edge/nodes/registry/roster-copy.ts';
import { createIdentityEndpoint } from '../../../probe-node/http/identity-endpoint.ts';
import { createRegistryWorld, createTestNode, EDGE, heartbeatOf, type RegistryWorld } from '../nodes/registry-world.ts';
import { smallServices } from '../small-services.ts';
import { createWorld, type World } from '../small-world.ts';

const ADMIN_TOKEN = 'a-token-of-this-test-alone';
const fra1 = await createTestNode('fra1');

let world: World;
let registry: RegistryWorld;
let nodes: EnrolPorts;
const app = createApp(async () => ({ ...smallServices(world), nodes }));

beforeEach(async () => {
  world = await createWorld();
  registry = createRegistryWorld();
  const { id: nodeId, privateKey, url } = fra1;
  const front = createIdentityEndpoint({ nodeId, privateKey, url: () => url, edge: EDGE, handler: () => null });
  nodes = {
    registry: registry.service,
    screen: async () => null,
    lookUp: async (_, type) => (type === 'A' ? { kind: 'records', addresses: ['8.8.8.8'] } : { kind: 'nodata' }),
    urls: { allowsLoopback: false },
    fetch: async (input, init) => front.fetch(new Request(input, init)),
    makeNonce: () => crypto.randomUUID(),
  };
});

function ask(method: string, path: string, body?: unknown, cf?: unknown): Promise<Response> {
  const request = new Request(`${EDGE}${path}`, {
    method,
    headers: { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (cf !== undefined) Object.assign(request, { cf });
  const background = { waitUntil: () => {}, passThroughOnException: () => {}, props: {} };
  return Promise.resolve(app.fetch(request, { ADMIN_TOKEN } as never, background as never));
}

async function enrolFrom(cf: unknown): Promise<unknown> {
  const { token } = await registry.service.makeToken('eu-central', 3600);
  expect((await ask('POST', '/v1/nodes/enrol', fra1.request(token), cf)).status).toBe(201);
  return (await registry.service.list())[0]?.network;
}

describe('the network of a node', () => {
  test('is that which it joins from', async () => {
    expect(await enrolFrom({ asn: 64500 })).toBe('AS64500');
  });

  test.each([undefined, {}, { asn: '64500' }])('is its region where that is not known (%j)', async (cf) => {
    expect(await enrolFrom(cf)).toBe('eu-central');
  });

  test('is its region where nodes may stand on this machine: whoever calls from here has no network', async () => {
    nodes = { ...nodes, urls: { allowsLoopback: true } };
    expect(await enrolFrom({ asn: 64500 })).toBe('eu-central');
  });
});

describe('a node that is removed', () => {
  const forgotten = async () => readRoster(await registry.service.roster())?.forgotten;

  beforeEach(() => registry.join(fra1));

  test('is gone, and its word is still believed', async () => {
    expect((await ask('DELETE', '/v1/nodes/fra1')).status).toBe(204);
    expect((await ask('DELETE', '/v1/nodes/fra1')).status).toBe(404);
    expect(await forgotten()).toEqual([]);
  });

  test.each([
    ['2025-12-31T12:00:00Z', '2025-12-31T12:00:00.000Z'],
    ['2025-12-31T12:00:00.5%2B02:00', '2025-12-31T10:00:00.500Z'],
    ['2025-12-31T12:00:00+02:00', '2025-12-31T10:00:00.000Z'],
    ['2025-12-31', '2025-12-31T00:00:00.000Z'],
  ])('is not believed since %s, if that is asked for', async (text, since) => {
    expect((await ask('DELETE', `/v1/nodes/fra1?forget_since=${text}`)).status).toBe(204);
    expect(await forgotten()).toEqual([{ id: 'fra1', sinceMs: Date.parse(since), untilMs: registry.nowMs() + 90_000 }]);
    // Also once it is gone.
    expect((await ask('DELETE', '/v1/nodes/fra1?forget_since=2025-12-01')).status).toBe(204);
  });

  test.each([
    ['forget_since=', 'forget_since'],
    ['forget_since=yesterday', 'forget_since'],
    ['forget_since=2025-02-30', 'forget_since'],
    ['forget_since=1767225600', 'forget_since'],
    ['forget_since=2026-01-02', 'forget_since'],
    ['forget_since=2025-12-01&forget_since=2025-12-02', 'forget_since'],
    ['forget-since=2025-12-01', 'forget-since'],
  ])('stays if the time is none that has passed: %s', async (query, field) => {
    const response = await ask('DELETE', `/v1/nodes/fra1?${query}`);
    expect([response.status, await response.json()]).toEqual([
      400,
      expect.objectContaining({ code: 'invalid_request', errors: [expect.objectContaining({ field })] }),
    ]);
    expect(await registry.service.list()).toHaveLength(1);
  });

  test('is the operator’s to remove', async () => {
    const request = new Request(`${EDGE}/v1/nodes/fra1?forget_since=2025-12-01`, { method: 'DELETE' });
    const background = { waitUntil: () => {}, passThroughOnException: () => {}, props: {} };
    expect((await app.fetch(request, { ADMIN_TOKEN } as never, background as never)).status).toBe(401);
    expect(await registry.service.list()).toHaveLength(1);
  });
});

describe('a registry that is away', () => {
  const never = new Promise<never>(() => {});

  beforeEach(() => {
    // Its faults are logged, which is not what is looked at here.
    vi.spyOn(console, 'error').mockReturnValue(undefined);
  });

  afterEach(() => {
    vi.restoreAllMocks();
  });

  test.each<[string, () => Promise<never>]>([
    ['fails', async () => Promise.reject(new Error('object reset'))],
    ['hangs', () => never],
  ])('and %s is a 503 to who asks it, and nothing to a verify', async (_, call) => {
    const broken = new Proxy(registry.service, { get: () => call });
    nodes = { ...nodes, registry: createRegistryLink(() => broken, 20) };
    const { token } = await registry.service.makeToken('eu-central', 3600);
    for (const [method, path, body] of [
      ['GET', '/v1/nodes', undefined],
      ['POST', '/v1/nodes/tokens', { region: 'eu' }],
      ['PATCH', '/v1/nodes/fra1', { state: 'draining' }],
      ['DELETE', '/v1/nodes/fra1', undefined],
      ['POST', '/v1/nodes/enrol', fra1.request(token)],
      ['POST', '/v1/nodes/heartbeat', heartbeatOf(0)],
    ] as const) {
      const response = await ask(method, path, body);
      expect([path, response.status, response.headers.get('retry-after')]).toEqual([path, 503, '5']);
      expect(await response.json()).toMatchObject({ code: 'registry_unavailable' });
    }
    const verdict = await ask('GET', '/v1/verify?email=ada@firm.example');
    expect(await verdict.json()).toMatchObject({ verdict: 'deliverable' });
  });
});

test('a heartbeat of 64 KiB is read, one that is longer is not', async () => {
  const long = (octets: number): unknown => ({ pad: 'x'.repeat(octets) });
  expect((await ask('POST', '/v1/nodes/heartbeat', long(65_000))).status).toBe(401);
  const refused = await ask('POST', '/v1/nodes/heartbeat', long(66_000));
  expect([refused.status, await refused.json()]).toMatchObject([413, { code: 'body_too_large' }]);
});
