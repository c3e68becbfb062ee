/**
 * Which route a path belongs to, and which methods it knows: read from Hono's router, so that the route table is the only
 * list of routes.
 */
import type { Context, Hono } from 'hono';
import { matchedRoutes } from 'hono/route';
import { METHOD_NAME_ALL } from 'hono/router';
import type { App } from './context.ts';

/** In the order in which `Allow` names them. */
const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;

/** HEAD is refused here: it would hold an SMTP conversation without telling anybody about it. */
const STREAM_ROUTE = '/v1/verify/stream';

/** Stands for a path without a route. */
const NOWHERE = '/*';

export type RouteLookup = {
  /** The route of a request as it stands in the table, also if it does not know the method. */
  readonly routeOf: (c: Context<App>) => string;
  /** The methods that are known at a path, as `Allow` names them; none if there is no route. */
  readonly methodsAt: (path: string) => readonly string[];
};

export function createRouteLookup({ router }: Hono<App>): RouteLookup {
  /** The last match is the route itself; those before it are middleware. */
  const routeAt = (method: string, path: string) => {
    const route = router.match(method, path)[0].at(-1)?.[0][1];
    return isMiddleware(route) ? undefined : route;
  };
  const knownAt = (path: string) => METHODS.flatMap((method) => routeAt(method, path) ?? []);
  return {
    routeOf: (c) => {
      const route = matchedRoutes(c).at(-1);
      return (isMiddleware(route) ? knownAt(c.req.path)[0] : route)?.path ?? NOWHERE;
    },
    methodsAt: (path) =>
      knownAt(path).flatMap(({ method }) => (method === 'GET' && path !== STREAM_ROUTE ? ['GET', 'HEAD'] : method)),
  };
}

function isMiddleware(route: { readonly method: string } | undefined): boolean {
  return route?.method === METHOD_NAME_ALL;
}
