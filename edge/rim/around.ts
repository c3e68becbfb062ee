/**
 * What lies around every request: its trace, its headers, its line in the log, and the answer to preflights. Around the app
 * and no middleware in it: a route without middleware is called by Hono at once, and that is what most requests need.
 *
 * Before it: app.ts. After it: the routes, which find the trace and the log of their request in what it carries.
 */
import { getPath as pathOf } from 'hono/utils/url';
import { traceFrom } from '../../shared/trace.ts';
import type { Env } from '../env.ts';
import type { Carried, Services } from '../services.ts';
import { answerPreflight, isPublicPath, putHeaders } from './headers.ts';
import { createPlace, type Place } from './place.ts';
import { type LogPorts, openRequestLog, serverTiming } from './request-log.ts';

export type RimPorts = LogPorts & { readonly place: Place };

/** Requests of a pure test are neither timed nor logged. */
export const SILENT: RimPorts = { nowMs: () => 0, writeLine: () => {}, place: createPlace() };

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

type Background = { waitUntil(work: Promise<unknown>): void; passThroughOnException(): void; readonly props: unknown };

/** How the runtime has a request answered. */
export type Serve = (request: Request, env: Env, background?: Background) => Promise<Response>;
/** How Hono has one answered, without what lies around it. */
type Route = (request: Request, carried: Carried, background?: Background) => Response | Promise<Response>;

/** @param routeOf the route that a request is logged by */
export function around(
  answer: Route,
  routeOf: (method: string, path: string) => string,
  servicesOf: (env: Env) => Promise<Services>,
  ports: RimPorts,
): Serve {
  const fill = createRandomPool();
  const { place } = ports;
  return async (request, bindings, background) => {
    place.see(request);
    const { method } = request;
    const path = pathOf(request);
    const trace = traceFrom(request.headers.get('traceparent'), fill);
    const log = openRequestLog(trace.id, ports);
    const carried = { bindings, path, services: () => servicesOf(bindings), trace, log };
    const isPreflight = method === 'OPTIONS' && isPublicPath(path);
    const response = isPreflight ? answerPreflight() : await answer(request, carried, background);
    const { headers, status } = response;
    putHeaders(headers, path);
    headers.set('traceparent', trace.traceparent);
    if (log.verdict !== null) headers.set('server-timing', serverTiming(log.verdict));
    log.answered({ method, route: routeOf(method, path), status, colo: place.colo() });
    return response;
  };
}
