/**
 * CORS for the routes that pages of any origin may use. No cookie is ever read, so another origin has nothing to abuse.
 *
 * A preflight is answered here, before settings, memory or keys are needed, and browsers may remember it for a day
 * (Fetch standard §3.3).
 */
import type { MiddlewareHandler } from 'hono';
import { cors } from 'hono/cors';

const PREFLIGHT_SECONDS = 86_400;

const readable = cors({
  origin: '*',
  allowMethods: ['GET', 'HEAD', 'POST'],
  allowHeaders: ['authorization', 'content-type', 'traceparent', 'tracestate'],
  exposeHeaders: ['ratelimit', 'ratelimit-policy', 'retry-after', 'server-timing', 'www-authenticate'],
  maxAge: PREFLIGHT_SECONDS,
});

/**
 * CORS, and for `navigator.sendBeacon`, which asks without it, a Cross-Origin-Resource-Policy: with the strict one browsers
 * report a beacon as blocked.
 */
export const forAnyOrigin: MiddlewareHandler = async (c, next) => {
  const preflight = await readable(c, next);
  if (preflight !== undefined) return preflight;
  c.header('cross-origin-resource-policy', 'cross-origin');
};
