/**
 * The node's identity endpoint: proves the node's identity from the first moment, and passes every other request to the
 * handler for jobs (server.ts) as soon as there is one.
 *
 *   GET /v1/identity?nonce=   the challenge of the edge (shared/identity.ts)
 *   GET /healthz, /readyz     while the node is joining: it runs, and takes no jobs yet
 *
 * It needs no authorisation: the answer reveals nothing except the node's identity, and is bound to the nonce, the
 * node's own URL and its own edge.
 */
import { Hono } from 'hono';
import { NONCE, signIdentity } from '../../shared/identity.ts';
import { Problem, toProblem } from '../../shared/problem.ts';
import type { SigningKey } from '../../shared/token.ts';

/** Answers every request except the challenge. */
export type JobHandler = Pick<Hono, 'fetch'>;

export type IdentityEndpointPorts = {
  readonly nodeId: string;
  readonly privateKey: SigningKey['key'];
  /** URL at which the edge reaches this node, as the node has reported it. */
  readonly url: () => string;
  /** Origin of the edge that this node belongs to. */
  readonly edge: string;
  /** The handler for jobs, or null while the node is joining. */
  readonly handler: () => JobHandler | null;
};

export function createIdentityEndpoint(ports: IdentityEndpointPorts): Hono {
  const app = new Hono();
  app.get('/v1/identity', async (c) => {
    const nonce = c.req.query('nonce') ?? '';
    if (!NONCE.test(nonce))
      throw new Problem('invalid_request', { detail: 'nonce: must be 22 to 128 characters of base64url.' });
    const { nodeId, privateKey, edge } = ports;
    const statement = await signIdentity(privateKey, { id: nodeId, url: ports.url(), edge, nonce });
    return c.json({ statement }, 200, { 'cache-control': 'no-store' });
  });
  app.all('*', (c) => {
    const handler = ports.handler();
    if (handler !== null) return handler.fetch(c.req.raw, c.env);
    if (c.req.path === '/healthz') return c.json({ status: 'ok', node: ports.nodeId });
    if (c.req.path === '/readyz') return c.json({ status: 'joining' }, 503);
    throw new Problem('draining', { detail: 'The node is joining its edge.', headers: { 'retry-after': '5' } });
  });
  app.onError((error) => toProblem(error).toResponse());
  return app;
}
