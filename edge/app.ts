/**
 * The edge's HTTP face: the whole route table, and the one place where faults become responses.
 *
 * Before it: worker.ts. After it: http/around.ts (what lies around every request), routes/.
 */
import { type Context, Hono } from 'hono';
import { getPath as pathOf } from 'hono/utils/url';
import { Problem, toProblem } from '../shared/problem.ts';
import type { MaybePromise } from './async/maybe-promise.ts';
import type { Env } from './env.ts';
import { requireAdmin } from './http/admin-auth.ts';
import { around, type RimPorts, type Serve, SILENT } from './http/around.ts';
import { logFault } from './http/fault-log.ts';
import { placesOf } from './http/route-lookup.ts';
import { postBatch } from './routes/batch.ts';
import { getDocs } from './routes/docs.ts';
import { deleteDomain, getDomain, listDomains, putDomain } from './routes/domains.ts';
import { deleteKey, listKeys, postKey } from './routes/keys.ts';
import { getHealth, getKeys, getOpenApi } from './routes/meta.ts';
import { deleteNode, getNodes, patchNode, postEnrol, postHeartbeat, postJoinToken } from './routes/nodes.ts';
import { streamVerify } from './routes/stream.ts';
import { getVerify, postVerify } from './routes/verify.ts';
import { postWarm } from './routes/warm.ts';
import type { App, Services } from './wiring/services.ts';

/** What is served, and what there is to serve. */
export type EdgeApp = { readonly fetch: Serve; readonly routes: Hono<App>['routes'] };

/**
 * @param servicesOf gives the services of an environment; it may throw a `misconfigured` Problem
 * @param rim clock and log of the requests
 */
export function createApp(servicesOf: (env: Env) => MaybePromise<Services>, rim: RimPorts = SILENT): EdgeApp {
  const app = new Hono<App>({ getPath: (request, { env } = {}) => env?.path ?? pathOf(request) });

  app.get('/v1/verify/stream', streamVerify);
  app.post('/v1/verify/batch', postBatch);
  app.get('/v1/verify', getVerify).post(postVerify);
  app.post('/v1/warm', postWarm);
  app.use('/v1/domains/*', requireAdmin);
  app.get('/v1/domains', listDomains);
  app.get('/v1/domains/:name', getDomain).put(putDomain).delete(deleteDomain);
  app.use('/v1/keys/*', requireAdmin);
  app.get('/v1/keys', listKeys).post(postKey);
  app.delete('/v1/keys/:id', deleteKey);
  app.get('/healthz', getHealth);
  app.get('/.well-known/jwks.json', getKeys);
  app.get('/openapi.json', getOpenApi);
  app.get('/docs', getDocs);
  app.get('/', (c) => c.redirect('/docs'));

  app.post('/v1/nodes/enrol', postEnrol);
  app.post('/v1/nodes/heartbeat', postHeartbeat);
  app.post('/v1/nodes/tokens', requireAdmin, postJoinToken);
  app.get('/v1/nodes', requireAdmin, getNodes);
  app.patch('/v1/nodes/:id', requireAdmin, patchNode).delete(requireAdmin, deleteNode);

  const places = placesOf(app);
  app.notFound((c) => answerFault(nothingHere(places.methodsAt(c.req.path)), c));
  app.onError((error, c) => answerFault(toProblem(error), c));
  return { routes: app.routes, fetch: around(app.fetch, places.routeOf, servicesOf, rim) };
}

function answerFault(problem: Problem, c: Context<App>): Response {
  c.env.log.problem = problem.code;
  logFault(problem, c.env.trace.id);
  return problem.toResponse();
}

/** @param methods that are known at this path */
function nothingHere(methods: readonly string[]): Problem {
  if (methods.length === 0) {
    return new Problem('not_found', { detail: 'There is nothing here; see /openapi.json or /docs.' });
  }
  const allow = methods.join(', ');
  return new Problem('method_not_allowed', { detail: `Use ${allow}.`, headers: { allow } });
}
