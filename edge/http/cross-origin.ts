/**
 * CORS for the routes that pages of any origin may use. No cookie is ever read, so another origin has nothing to abuse.
 *
 * A preflight is answered here, before settings, memory or keys are needed, and browsers may remember it for a day
 * (Fetch standard §3.3).
 */
import { cors } from 'hono/cors';

const PREFLIGHT_SECONDS = 86_400;

export const forAnyOrigin = cors({
  origin: '*',
  allowMethods: ['GET', 'HEAD', 'POST'],
  allowHeaders: ['authorization', 'content-type', 'traceparent', 'tracestate'],
  exposeHeaders: ['ratelimit', 'ratelimit-policy', 'retry-after', 'server-timing', 'www-authenticate'],
  maxAge: PREFLIGHT_SECONDS,
});
