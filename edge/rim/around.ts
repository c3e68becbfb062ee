/**
 * What lies around every request: its trace, its headers, its line in the log, and the answer to preflights. One middleware,
 * because each one more is paid by every request.
 *
 * Before it: app.ts. After it: the routes, which find the trace and the log of their request in the context.
 */
import type { Context, MiddlewareHandler } from 'hono';
import { routePath } from 'hono/route';
import { traceFrom } from '../../shared/trace.ts';
import type { App, Services } from '../services.ts';
import { answerPreflight, isPublicPath, putHeaders } from './headers.ts';
import { type LogPorts, openRequestLog, serverTiming } from './request-log.ts';

export type RimPorts = LogPorts;

/** Requests of a pure test are neither timed nor logged. */
export const SILENT: RimPorts = { nowMs: () => 0, writeLine: () => {} };

/** Random octets drawn at once: a call into the runtime for each request costs more than all else about its trace. */
const POOL_OCTETS = 3_072;

function createRandomPool(): (octets: Uint8Array<ArrayBuffer>) => void {
  const pool = new Uint8Array(POOL_OCTETS);
  let used = POOL_OCTETS;
  return (octets) => {
    if (used + octets.length > POOL_OCTETS) {
      crypto.getRandomValues(pool);
      used = 0;
    }
    octets.set(pool.subarray(used, used + octets.length));
    used += octets.length;
  };
}

export function around(
  servicesOf: (env: App['Bindings']) => Promise<Services>,
  ports: RimPorts,
): MiddlewareHandler<App> {
  const fill = createRandomPool();
  const placeOf = createPlace();
  return async (c, next) => {
    const trace = traceFrom(c.req.raw.headers.get('traceparent'), fill);
    const log = openRequestLog(trace.id, ports);
    c.set('services', () => servicesOf(c.env));
    c.set('trace', trace);
    c.set('log', log);
    if (isPreflight(c)) c.res = answerPreflight();
    else await next();
    const { headers, status } = c.res;
    putHeaders(headers, c.req.path);
    headers.set('traceparent', trace.traceparent);
    if (log.verdict !== null) headers.set('server-timing', serverTiming(log.verdict));
    log.answered({ method: c.req.method, route: routePath(c, -1), status, colo: placeOf(c.req.raw) });
  };
}

function isPreflight(c: Context<App>): boolean {
  return c.req.method === 'OPTIONS' && isPublicPath(c.req.path);
}

/** The place where this isolate runs. It never moves, and to look at `cf` costs microseconds: once is enough. */
function createPlace(): (request: Request) => string | null {
  let colo: string | null | undefined;
  return (request) => {
    if (colo === undefined) {
      const { cf } = request as Request & { readonly cf?: { readonly colo?: unknown } };
      colo = typeof cf?.colo === 'string' ? cf.colo : null;
    }
    return colo;
  };
}
