/**
 * The operator's token: `Authorization: Bearer ADMIN_TOKEN` (RFC 6750 §2.1), by Hono's `bearerAuth`. Middleware for every
 * route that shows or changes the operator's own things.
 *
 * Without the setting these routes are shut. Both sides are hashed before they are compared, so that the time tells
 * neither the length of a guess nor how much of it was right. The token is read from that header only, never from the
 * query, which ends in logs.
 */
import type { Context } from 'hono';
import { bearerAuth } from 'hono/bearer-auth';
import { timingSafeEqual } from 'hono/utils/buffer';
import { Problem } from '../../shared/problem.ts';
import { ADMIN_TOKEN_LENGTH_MIN } from '../env.ts';
import type { App } from './context.ts';

/** Longer than any token; a longer text is not hashed. */
const TOKEN_LENGTH_MAX = 1024;

/** Lets a request of the operator through; else throws `unauthorized`, or `admin_off` without the setting. */
export const requireAdmin = bearerAuth<App>({
  verifyToken: (token, c) => isAdminToken(token, c.env.ADMIN_TOKEN),
  noAuthenticationHeader: { message: refuse },
  invalidAuthenticationHeader: { message: refuse },
  invalidToken: { message: refuse },
});

/** True for the operator's token; never if the edge has none. */
export async function isAdminToken(given: string | null, token: string | undefined): Promise<boolean> {
  if (given === null || given.length > TOKEN_LENGTH_MAX || !isOn(token)) return false;
  return timingSafeEqual(given, token);
}

function isOn(token: string | undefined): token is string {
  return token !== undefined && token.length >= ADMIN_TOKEN_LENGTH_MIN;
}

function refuse(c: Context<App>): never {
  if (!isOn(c.env.ADMIN_TOKEN)) {
    throw new Problem('admin_off', { detail: 'This edge has no ADMIN_TOKEN, so nobody can administer it.' });
  }
  throw new Problem('unauthorized', {
    detail: 'This needs Authorization: Bearer with the ADMIN_TOKEN of this edge.',
    headers: { 'www-authenticate': 'Bearer realm="vrfy"' },
  });
}
