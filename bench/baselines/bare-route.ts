/**
 * A bare Hono route with the standard middleware of the edge, set as the edge sets it: the query as JSON. Its log has one
 * line for each request, as the edge's own has, and its request id stands for the edge's trace.
 */
import { Hono } from 'hono';
import { cors } from 'hono/cors';
import { logger } from 'hono/logger';
import { requestId } from 'hono/request-id';
import { secureHeaders } from 'hono/secure-headers';
import { timing } from 'hono/timing';

/** Hono's logger has a second line for the arrival of a request. */
function writeLine(line: string): void {
  if (line.startsWith('-->')) console.log(line);
}

const app = new Hono();
app.use(timing({ total: false }), requestId(), logger(writeLine));
app.use(
  secureHeaders({
    contentSecurityPolicy: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
    xDownloadOptions: false,
    xPermittedCrossDomainPolicies: false,
    xXssProtection: false,
    originAgentCluster: false,
    xDnsPrefetchControl: false,
  }),
);
app.use('/v1/*', cors());
app.get('/v1/verify', (c) => c.json(c.req.query()));

export default app;
