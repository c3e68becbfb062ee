/**
 * What lies around every request: its trace, its headers, its line in the log, and the answer to preflights. Around the app
 * and no middleware in it: a route without middleware is called by Hono at once, and that is what most requests need.
 *
 * Before it: app.ts. The routes find the trace and the log of their request in what it carries.
 */
import { getPath as pathOf } from 'hono/utils/url';
import { traceFrom } from '../../shared/trace.ts';
import { type MaybePromise, whenThere } from '../async/maybe-promise.ts';
import type { Env } from '../env.ts';
import type { Carried, Services } from '../wiring/services.ts';
import { answerPreflight, isPublicPath, putHeaders } from './headers.ts';
import { createPlace, type Place } from './location.ts';
import { createRandomHex } from './random-hex.ts';
import { type LogPorts, RequestLog } from './request-log.ts';

export type RimPorts = LogPorts & { readonly place: Place };

/** Requests of a pure test are neither timed nor logged. */
export const SILENT: RimPorts = { nowMs: () => 0, writeLine: () => {}, place: createPlace() };

type Background = { waitUntil(work: Promise<unknown>): void; passThroughOnException(): void; readonly props: unknown };

/** How the runtime has a request answered. */
export type Serve = (request: Request, env: Env, background?: Background) => MaybePromise<Response>;
/** How Hono has one answered, without what lies around it. */
type Route = (request: Request, carried: Carried, background?: Background) => MaybePromise<Response>;

/** @param routeOf the route that a request is logged by */
export function around(
  answer: Route,
  routeOf: (method: string, path: string) => string,
  servicesOf: (env: Env) => MaybePromise<Services>,
  ports: RimPorts,
): Serve {
  const randomHex = createRandomHex();
  const { place } = ports;
  return (request, bindings, background) => {
    place.see(request);
    const { method, url, headers } = request;
    const path = pathOf(request);
    const trace = traceFrom(headers.get('traceparent'), randomHex);
    const log = new RequestLog(trace.id, ports);
    const isFromPage = headers.has('origin');
    const services = () => servicesOf(bindings);
    const isSecure = url.startsWith('https:');
    const carried: Carried = {
      bindings,
      url,
      headers,
      path,
      isSecure,
      services,
      trace,
      log,
      isFromPage,
      isComplete: false,
    };
    const isPreflight = method === 'OPTIONS' && isPublicPath(path);
    return whenThere(isPreflight ? answerPreflight() : answer(request, carried, background), (response) => {
      if (!carried.isComplete) putHeaders(response.headers, carried);
      log.answered({ method, route: routeOf(method, path), status: response.status, colo: place.colo() });
      return response;
    });
  };
}
