/** Middleware that writes the request log: request-log.ts has the fields of a line. */
import type { MiddlewareHandler } from 'hono';
import { createMiddleware } from 'hono/factory';
import type { App } from './context.ts';
import type { IsolateLocation } from './location.ts';
import { type LogPorts, RequestLog } from './request-log.ts';
import type { RouteLookup } from './route-lookup.ts';

export type HttpPorts = LogPorts & { readonly location: IsolateLocation };

/** Sets `c.var.log`, and writes its line when the answer is there. */
export function logRequests({ routeOf }: RouteLookup, { location, ...ports }: HttpPorts): MiddlewareHandler<App> {
  return createMiddleware<App>(async (c, next) => {
    location.see(c.req.raw);
    const log = new RequestLog(c.get('trace').id, ports);
    c.set('log', log);
    await next();
    log.answered({ method: c.req.method, route: routeOf(c), status: c.res.status, colo: location.colo() });
  });
}
