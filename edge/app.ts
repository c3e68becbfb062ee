/**
 * The edge's HTTP face: the whole route table, and the one place where faults become responses.
 *
 * Before it: worker.ts. After it: rim/around.ts (what lies around every request), routes/verify.ts, verify.ts.
 */
import { Hono } from 'hono';
import { Problem, toProblem } from '../shared/problem.ts';
import { requireAdmin } from './admin.ts';
import type { Env } from './env.ts';
import { around, type RimPorts, SILENT } from './rim/around.ts';
import { logFault } from './rim/fault-log.ts';
import { postBatch } from './routes/batch.ts';
import { getDocs } from './routes/docs.ts';
import { deleteDomain, getDomain, listDomains, putDomain } from './routes/domains.ts';
import { getHealth, getKeys, getOpenApi } from './routes/meta.ts';
import { deleteNode, getNodes, patchNode, postEnrol, postHeartbeat, postJoinToken } from './routes/nodes.ts';
import { streamVerify } from './routes/stream.ts';
import { getVerify, postVerify } from './routes/verify.ts';
import { postWarm } from './routes/warm.ts';
import type { App, Services } from './services.ts';

/**
 * @param servicesOf gives the services of an environment; it may throw a `misconfigured` Problem
 * @param rim clock and log of the requests
 */
export function createApp(servicesOf: (env: Env) => Promise<Services>, rim: RimPorts = SILENT): Hono<App> {
  const app = new Hono<App>();
  app.use(around(servicesOf, rim));

  app.get('/v1/verify/stream', streamVerify).all(onlyMethods('GET'));
  app.post('/v1/verify/batch', postBatch).all(onlyMethods('POST'));
  app.get('/v1/verify', getVerify).post(postVerify).all(onlyMethods('GET, HEAD, POST'));
  app.post('/v1/warm', postWarm).all(onlyMethods('POST'));
  app.use('/v1/domains/*', requireAdmin);
  app.get('/v1/domains', listDomains).all(onlyMethods('GET, HEAD'));
  app
    .get('/v1/domains/:name', getDomain)
    .put(putDomain)
    .delete(deleteDomain)
    .all(onlyMethods('GET, HEAD, PUT, DELETE'));
  app.get('/healthz', getHealth).all(onlyMethods('GET, HEAD'));
  app.get('/.well-known/jwks.json', getKeys).all(onlyMethods('GET, HEAD'));
  app.get('/openapi.json', getOpenApi).all(onlyMethods('GET, HEAD'));
  app.get('/docs', getDocs).all(onlyMethods('GET, HEAD'));
  app.get('/', (c) => c.redirect('/docs')).all(onlyMethods('GET, HEAD'));

  app.post('/v1/nodes/enrol', postEnrol).all(onlyMethods('POST'));
  app.post('/v1/nodes/heartbeat', postHeartbeat).all(onlyMethods('POST'));
  app.post('/v1/nodes/tokens', requireAdmin, postJoinToken).all(onlyMethods('POST'));
  app.get('/v1/nodes', requireAdmin, getNodes).all(onlyMethods('GET, HEAD'));
  app
    .patch('/v1/nodes/:id', requireAdmin, patchNode)
    .delete(requireAdmin, deleteNode)
    .all(onlyMethods('PATCH, DELETE'));

  app.notFound((c) => {
    c.var.log.problem = 'not_found';
    return new Problem('not_found', { detail: 'There is nothing here; see /openapi.json or /docs.' }).toResponse();
  });
  app.onError((error, c) => {
    const problem = toProblem(error);
    c.var.log.problem = problem.code;
    logFault(problem);
    return problem.toResponse();
  });
  return app;
}

function onlyMethods(allow: string): () => never {
  return () => {
    throw new Problem('method_not_allowed', { detail: `Use ${allow}.`, headers: { allow } });
  };
}
