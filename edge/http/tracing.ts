/**
 * The trace of a request (W3C Trace Context): continued if the caller sends one, and told in the answer.
 *
 * A `traceparent` is a header of requests (Trace Context §3.2). The answer tells it as a metric of `Server-Timing` with a
 * description (Server Timing §3): monitors of pages look for it there, and scripts can read it. `c.var.trace` has it for
 * the log and for the requests to nodes.
 */
import type { Context } from 'hono';
import { createMiddleware } from 'hono/factory';
import { setMetric, timing } from 'hono/timing';
import type { StepReport } from '../../shared/answer.ts';
import { traceFrom } from '../../shared/trace.ts';
import type { App } from './context.ts';

/**
 * Writes `Server-Timing`. A page of another origin may read it only if the answer says so (Resource Timing §4.5): said if
 * the page may read the answer as well.
 */
export const serverTiming = timing({
  total: false,
  crossOrigin: (c) => c.res.headers.has('access-control-allow-origin'),
});

export const tracing = createMiddleware<App>(async (c, next) => {
  const trace = traceFrom(c.req.header('traceparent') ?? null, randomHex);
  c.set('trace', trace);
  setMetric(c, 'traceparent', trace.traceparent);
  await next();
});

/** Adds how many milliseconds each step of a verdict took. */
export function putStepTimes(c: Context<App>, steps: readonly StepReport[]): void {
  for (const { step, ms } of steps) setMetric(c, step, ms);
}

/** The end of a random UUID, random but for six bits (RFC 9562 §5.4). Trace Context asks for 56 random bits at the end. */
function randomHex(digits: 16 | 32): string {
  return crypto.randomUUID().replaceAll('-', '').slice(-digits);
}
