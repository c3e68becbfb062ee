/**
 * The edge's HTTP API: the route table, and the one place that turns faults into responses.
 *
 * Before it: worker.ts. After it: http/ (the middleware), routes/.
 */
import type { Context } from 'hono';
import { createMiddleware } from 'hono/factory';
import { Hono } from 'hono/tiny';
import { Problem, toProblem } from '../shared/problem.ts';
import { asInvocation } from './async/connections.ts';
import type { Env } from './env.ts';
import { requireAdmin } from './http/admin-auth.ts';
import type { App } from './http/context.ts';
import { forAnyOrigin } from './http/cross-origin.ts';
import { logFault } from './http/fault-log.ts';
import { createLocation } from './http/location.ts';
import { type HttpPorts, logRequests } from './http/log-requests.ts';
import { requireOwnForm } from './http/own-forms.ts';
import { createRouteLookup } from './http/route-lookup.ts';
import { securityHeaders } from './http/security-headers.ts';
import { StrictRouter } from './http/strict-router.ts';
import { serverTiming, tracing } from './http/tracing.ts';
import { getBackup, postRestore } from './routes/backup.ts';
import { postBatch } from './routes/batch.ts';
import { authenticate } from './routes/caller.ts';
import { deleteDomain, getDomain, listDomains, putDomain } from './routes/domains.ts';
import { getConfirm, postConfirm, postFreeKeyRequest } from './routes/free-keys.ts';
import { deleteKey, listKeys, patchKey, postKey, postWebhookSecret } from './routes/keys.ts';
import {
  cancelList,
  completeList,
  deleteList,
  getList,
  getListResults,
  listLists,
  postList,
  putListPart,
  startList,
  streamList,
} from './routes/lists.ts';
import { getHealth, getKeys } from './routes/meta.ts';
import { getNodeHistory, streamNodes } from './routes/node-watch.ts';
import { deleteNode, getNodes, patchNode, postEnrol, postHeartbeat, postJoinToken } from './routes/nodes.ts';
import { listOpenLists } from './routes/open-lists.ts';
import { getHome, getListPage, postHome } from './routes/pages.tsx';
import { getQuota } from './routes/quota.ts';
import { postStream, streamVerify } from './routes/stream.ts';
import { getVerify, postVerify } from './routes/verify.ts';
import { postWarm } from './routes/warm.ts';
import type { Services } from './wiring/services.ts';

/** Requests of a pure test are neither timed nor logged. */
const SILENT: HttpPorts = { nowMs: () => 0, writeLine: () => {}, location: createLocation() };

/**
 * @param servicesOf gives the services of an environment; it may throw a `misconfigured` Problem
 * @param ports clock and log of the requests
 */
export function createApp(servicesOf: (env: Env) => Promise<Services>, ports: HttpPorts = SILENT): Hono<App> {
  const app = new Hono<App>();
  app.router = new StrictRouter();
  const routes = createRouteLookup(app);
  const withServices = createMiddleware<App>(async (c, next) => {
    c.set('services', await servicesOf(c.env));
    await next();
  });
  // Begins to read them, if it must: the flow waits, and only once it needs them.
  const withNames = createMiddleware<App>(async (c, next) => {
    c.set('names', c.var.services.freshenNames());
    await next();
  });

  app.use((_, next) => asInvocation(next));
  app.use(serverTiming, tracing, logRequests(routes, ports), securityHeaders);
  app.use('/v1/verify/*', forAnyOrigin);
  app.use('/v1/warm', forAnyOrigin);
  app.use('/keys/*', withServices);
  // Open to all, so it comes before the rest of /v1/keys, which is for the operator.
  app.post('/v1/keys/request', withServices, withNames, postFreeKeyRequest);
  app.use('/v1/domains/*', requireAdmin);
  app.use('/v1/keys/*', requireAdmin);
  app.use('/v1/backup', requireAdmin);
  app.use('/v1/restore', requireAdmin);
  app.use('/v1/lists/open', requireAdmin);
  app.use('/v1/*', withServices);
  app.use('/v1/verify/*', withNames);
  app.use('/v1/warm', withNames);
  app.use('/healthz', withServices);
  app.use('/.well-known/*', withServices);

  app.get('/v1/verify', authenticate('pages'), getVerify);
  app.post('/v1/verify', authenticate('pages'), postVerify);
  app.get('/v1/verify/stream', authenticate('pages'), streamVerify);
  app.post('/v1/verify/stream', authenticate('pages'), postStream);
  app.post('/v1/verify/batch', authenticate('servers'), postBatch);
  app.post('/v1/warm', authenticate('pages'), postWarm);

  app.get('/v1/quota', authenticate('servers'), getQuota);

  app.get('/v1/lists/open', listOpenLists);
  app.use('/v1/lists/*', authenticate('servers'));
  app.get('/v1/lists', listLists).post(postList);
  app.get('/v1/lists/:id', getList).delete(deleteList);
  app.put('/v1/lists/:id/parts/:part', putListPart);
  app.post('/v1/lists/:id/complete', completeList);
  app.post('/v1/lists/:id/start', startList);
  app.post('/v1/lists/:id/cancel', cancelList);
  app.get('/v1/lists/:id/events', streamList);
  app.get('/v1/lists/:id/results', getListResults);

  app.get('/v1/domains', listDomains);
  app.get('/v1/domains/:name', getDomain).put(putDomain).delete(deleteDomain);
  app.get('/v1/keys', listKeys).post(postKey);
  app.patch('/v1/keys/:id', patchKey).delete('/v1/keys/:id', deleteKey);
  app.get('/keys/confirm', getConfirm).post(postConfirm);
  app.post('/v1/keys/:id/webhook-secret', postWebhookSecret);

  app.post('/v1/nodes/enrol', postEnrol);
  app.post('/v1/nodes/heartbeat', postHeartbeat);
  app.post('/v1/nodes/tokens', requireAdmin, postJoinToken);
  app.get('/v1/nodes', requireAdmin, getNodes);
  app.get('/v1/nodes/events', requireAdmin, streamNodes);
  app.get('/v1/nodes/history', requireAdmin, getNodeHistory);
  app.patch('/v1/nodes/:id', requireAdmin, patchNode);
  app.delete('/v1/nodes/:id', requireAdmin, deleteNode);

  app.get('/v1/backup', getBackup);
  app.post('/v1/restore', postRestore);

  app.get('/', getHome).post(requireOwnForm, withServices, withNames, authenticate('pages'), postHome);
  app.get('/lists/:id', getListPage);

  app.get('/healthz', getHealth);
  app.get('/.well-known/jwks.json', getKeys);

  app.notFound((c) => answerFault(noSuchRoute(routes.methodsAt(c.req.path)), c));
  app.onError((error, c) => answerFault(toProblem(error), c));
  return app;
}

function answerFault(problem: Problem, c: Context<App>): Response {
  const { log, trace } = c.var;
  log.problem = problem.code;
  logFault(problem, trace.id);
  return problem.toResponse();
}

/** @param methods that are known at this path */
function noSuchRoute(methods: readonly string[]): Problem {
  if (methods.length === 0) {
    return new Problem('not_found', { detail: 'There is nothing here; see /openapi.json or /docs.' });
  }
  const allow = methods.join(', ');
  return new Problem('method_not_allowed', { detail: `Use ${allow}.`, headers: { allow } });
}
