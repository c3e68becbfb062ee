/**
 * Which route a path belongs to, and which methods are known there: read off the router itself, so that the route table
 * says everything once. A handler of its own for every other method would be met by every request.
 */
import type { Hono } from 'hono';
import type { App } from '../wiring/services.ts';

/** In the order in which `Allow` names them. */
const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;

/** What HEAD is refused for: a conversation would be held that nobody hears of. */
const HEARD_AS_STREAM = '/v1/verify/stream';

/** Where there is no route. */
const NOWHERE = '/*';

export type Places = {
  /** The route as it stands in the table; a method that is not known there belongs to it as well. */
  readonly routeOf: (method: string, path: string) => string;
  /** The methods that are known at a path, as `Allow` names them; none where there is nothing. */
  readonly methodsAt: (path: string) => readonly string[];
};

export function placesOf({ router }: Hono<App>): Places {
  /** The last that matches is the route itself; what stands before it, or has no method of its own, is middleware. */
  const routeAt = (method: string, path: string) => {
    const route = router.match(method, path)[0].at(-1)?.[0][1];
    return route?.method === method ? route : null;
  };
  const knownAt = (path: string) => METHODS.flatMap((method) => routeAt(method, path) ?? []);
  return {
    routeOf: (method, path) => (routeAt(method === 'HEAD' ? 'GET' : method, path) ?? knownAt(path)[0])?.path ?? NOWHERE,
    methodsAt: (path) =>
      knownAt(path).flatMap(({ method }) => (method === 'GET' && path !== HEARD_AS_STREAM ? ['GET', 'HEAD'] : method)),
  };
}
