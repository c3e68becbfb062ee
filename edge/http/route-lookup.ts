/**
 * Which route a path belongs to, and which methods it knows: read from Hono's router, so that the route table is the only
 * list of routes.
 */
import type { Hono } from 'hono';
import type { App } from './context.ts';

/** In the order in which `Allow` names them. */
const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;

/** HEAD is refused here: it would hold an SMTP conversation without telling anybody about it. */
const STREAM_ROUTE = '/v1/verify/stream';

/** Stands for a path without a route. */
const NOWHERE = '/*';

export type RouteLookup = {
  /** The route as it stands in the table, also if it does not know the method. */
  readonly routeOf: (method: string, path: string) => string;
  /** The methods that are known at a path, as `Allow` names them; none if there is no route. */
  readonly methodsAt: (path: string) => readonly string[];
};

export function createRouteLookup({ router }: Hono<App>): RouteLookup {
  /** The last match is the route itself; those before it, and those for all methods, are middleware. */
  const routeAt = (method: string, path: string) => {
    const route = router.match(method, path)[0].at(-1)?.[0][1];
    return route?.method === method ? route : null;
  };
  const knownAt = (path: string) => METHODS.flatMap((method) => routeAt(method, path) ?? []);
  return {
    routeOf: (method, path) => (routeAt(method === 'HEAD' ? 'GET' : method, path) ?? knownAt(path)[0])?.path ?? NOWHERE,
    methodsAt: (path) =>
      knownAt(path).flatMap(({ method }) => (method === 'GET' && path !== STREAM_ROUTE ? ['GET', 'HEAD'] : method)),
  };
}
