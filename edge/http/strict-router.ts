/**
 * Hono's small router, that of `hono/tiny`, strict about a slash at the end. Alone of Hono's routers it takes `/v1/verify/` for
 * `/v1/verify`; an operator's rule for a path would not hold for that spelling.
 *
 * Hono's quick router cannot serve our table, in which `/v1/keys/request` stands beside `/v1/keys/:id`: Hono would fall back to
 * its tree of routes, which is larger and slower (`npm run bench -- --only edge`).
 */
import { METHOD_NAME_ALL, type Result } from 'hono/router';
import { PatternRouter } from 'hono/router/pattern-router';
import type { RouterRoute } from 'hono/types';

export class StrictRouter<Handler> extends PatternRouter<[Handler, RouterRoute]> {
  override match(method: string, path: string): Result<[Handler, RouterRoute]> {
    const found = super.match(method, path);
    if (path === '/' || !path.endsWith('/')) return found;
    // Middleware runs for a path without a route as well.
    const [handlers] = found;
    return [handlers.filter(([[, route]]) => route.method === METHOD_NAME_ALL)] as typeof found;
  }
}
