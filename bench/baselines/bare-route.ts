/**
 * A bare Hono route with the standard middleware of the edge, set as the edge sets it: the query as JSON. The edge's own
 * answers are compared with it.
 */
import { Hono } from 'hono';
import { cors } from 'hono/cors';
import { secureHeaders } from 'hono/secure-headers';
import { timing } from 'hono/timing';

const app = new Hono();
app.use(timing({ total: false }));
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
