/**
 * Who may administer: the holder of ADMIN_TOKEN, sent as `Authorization: Bearer TOKEN`. Middleware for every route that
 * changes or shows what belongs to the operator.
 *
 * Without the setting nobody may: such a route is never open. Both sides are hashed before they are compared, so that
 * neither the length of a guess nor how much of it was right shows in the time. The token is read from that header
 * alone, never from the query, which ends in logs. RFC 6750 §2.1 and §3.
 */
import type { MiddlewareHandler } from 'hono';
import { bearerOf } from '../../shared/bearer-token.ts';
import { Problem } from '../../shared/problem.ts';
import { ADMIN_TOKEN_LENGTH_MIN } from '../env.ts';
import type { App } from '../wiring/services.ts';

/** Longer than any token; nothing beyond is hashed. */
const TOKEN_LENGTH_MAX = 1024;

/** Lets a request of the operator through, and answers every other one with 401, or 403 where there is no token. */
export const requireAdmin: MiddlewareHandler<App> = async (c, next) => {
  const token = c.env.bindings.ADMIN_TOKEN ?? '';
  if (token.length < ADMIN_TOKEN_LENGTH_MIN) {
    throw new Problem('admin_off', { detail: 'This edge has no ADMIN_TOKEN, so nobody can administer it.' });
  }
  if (!(await isAdminToken(bearerOf(c.req.raw.headers), token))) {
    throw new Problem('unauthorized', {
      detail: 'This needs Authorization: Bearer with the ADMIN_TOKEN of this edge.',
      headers: { 'www-authenticate': 'Bearer realm="vrfy"' },
    });
  }
  await next();
};

/** True for the token of the operator; never where the edge has none. */
export async function isAdminToken(given: string | null, token: string | undefined): Promise<boolean> {
  if (given === null || given.length > TOKEN_LENGTH_MAX) return false;
  if (token === undefined || token.length < ADMIN_TOKEN_LENGTH_MIN) return false;
  return isSame(given, token);
}

async function isSame(given: string, token: string): Promise<boolean> {
  const [first, second] = await Promise.all([digest(given), digest(token)]);
  let difference = 0;
  for (const [index, octet] of first.entries()) difference |= octet ^ (second[index] ?? 0);
  return difference === 0;
}

async function digest(text: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)));
}
