import { exportJWK, generateKeyPair } from 'jose';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  createIdentityEndpoint,
  type IdentityEndpointPorts,
  type JobHandler,
} from '../../../probe-node/http/identity-endpoint.ts';
import type { PublicKey } from '../../../shared/enrolment.ts';
import { checkIdentity } from '../../../shared/identity.ts';

const IDENTITY = { id: 'fra1', url: 'https://fra1.example/', edge: 'https://edge.example' };
const NONCE = 'a-nonce-of-this-test-alone';

let publicKey: PublicKey;
let ports: IdentityEndpointPorts;
let handler: JobHandler | null = null;

beforeAll(async () => {
  const pair = await generateKeyPair('EdDSA', { crv: 'Ed25519' });
  const { x = '' } = await exportJWK(pair.publicKey);
  publicKey = { kty: 'OKP', crv: 'Ed25519', x };
  const { id: nodeId, edge } = IDENTITY;
  ports = { nodeId, edge, privateKey: pair.privateKey, url: () => IDENTITY.url, handler: () => handler };
});

const ask = async (path: string, method = 'GET'): Promise<Response> =>
  createIdentityEndpoint(ports).fetch(new Request(`http://127.0.0.1${path}`, { method }));

describe('the identity endpoint of a node', () => {
  test('the identity endpoint of a node signs a nonce together with its identity', async () => {
    const response = await ask(`/v1/identity?nonce=${NONCE}`);
    expect([response.status, response.headers.get('cache-control')]).toEqual([200, 'no-store']);
    const { statement } = await response.json();
    expect(await checkIdentity(statement, publicKey, { ...IDENTITY, nonce: NONCE })).toBeNull();
  });

  test.each(['', '?nonce=', '?nonce=short', `?nonce=${'x'.repeat(129)}`, '?nonce=%0d%0a%0d%0aaaaaaaaaaaaaaaaaaaaaaa'])(
    'signs nothing for %j',
    async (query) => {
      const response = await ask(`/v1/identity${query}`);
      expect([response.status, (await response.json()).code]).toEqual([400, 'invalid_request']);
    },
  );

  test('the identity endpoint of a node is healthy and not ready while it joins, and takes no jobs', async () => {
    handler = null;
    expect(await (await ask('/healthz')).json()).toEqual({ status: 'ok', node: 'fra1' });
    const [ready, job] = [await ask('/readyz'), await ask('/v1/probe', 'POST')];
    expect([ready.status, (await ready.json()).status]).toEqual([503, 'joining']);
    expect([job.status, job.headers.get('retry-after')]).toEqual([503, '5']);
  });

  test('the identity endpoint of a node lets everything but the challenge through once there is a handler', async () => {
    handler = { fetch: (request: Request) => new Response(`handled ${new URL(request.url).pathname}`) };
    for (const [path, method] of [
      ['/healthz', 'GET'],
      ['/readyz', 'GET'],
      ['/v1/probe', 'POST'],
      ['/elsewhere', 'GET'],
    ] as const) {
      expect(await (await ask(path, method)).text()).toBe(`handled ${path}`);
    }
    expect((await ask(`/v1/identity?nonce=${NONCE}`)).headers.get('content-type')).toContain('application/json');
  });
});
