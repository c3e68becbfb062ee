/**
 * The edge's HTTP face: middleware order, the whole route table, and the one place where faults become responses.
 *
 * Before it: worker.ts. After it: routes/verify.ts, verify.ts.
 */
import { Hono, type MiddlewareHandler } from 'hono';
import { cors } from 'hono/cors';
import { secureHeaders } from 'hono/secure-headers';
import { Problem, toProblem } from '../shared/problem.ts';
import { requireAdmin } from './admin.ts';
import type { Env } from './env.ts';
import { deleteDomain, getDomain, listDomains, putDomain } from './routes/domains.ts';
import { getHealth, getKeys, getOpenApi } from './routes/meta.ts';
import { streamVerify } from './routes/stream.ts';
import { getVerify, postVerify } from './routes/verify.ts';
import { postWarm } from './routes/warm.ts';
import type { App, Services } from './services.ts';

/** How long a browser may remember what a preflight was told; browsers cut it to their own maximum. */
const PREFLIGHT_SECONDS = 86_400;

/** @param servicesOf gives the services of an environment; it may throw a `misconfigured` Problem */
export function createApp(servicesOf: (env: Env) => Promise<Services>): Hono<App> {
  const app = new Hono<App>();
  app.use(secureHeaders());
  app.use(async (c, next) => {
    c.set('services', () => servicesOf(c.env));
    await next();
  });
  app.use('/v1/verify/*', publicToBrowsers());
  app.use('/v1/warm', publicToBrowsers());

  app.get('/v1/verify/stream', streamVerify).all(onlyMethods('GET'));
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

  app.notFound(() => new Problem('not_found').toResponse());
  app.onError((error) => {
    const problem = toProblem(error);
    if (problem.status >= 500) logFault(problem);
    return problem.toResponse();
  });
  return app;
}

/** Forms on any page may ask; no cookie is ever looked at, so there is nothing that another origin could abuse. */
function publicToBrowsers(): MiddlewareHandler {
  return cors({
    origin: '*',
    allowMethods: ['GET', 'POST'],
    allowHeaders: ['authorization', 'content-type'],
    exposeHeaders: ['retry-after'],
    maxAge: PREFLIGHT_SECONDS,
  });
}

function onlyMethods(allow: string): () => never {
  return () => {
    throw new Problem('method_not_allowed', { detail: `Use ${allow}.`, headers: { allow } });
  };
}

/** The code and where it broke; a message could quote an address. */
function logFault({ code, cause }: Problem): void {
  const at = cause instanceof Error ? `${cause.name} ${cause.stack?.split('\n')[1]?.trim() ?? ''}` : null;
  console.error(JSON.stringify({ event: 'fault', code, at }));
}
