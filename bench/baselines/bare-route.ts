/** The least that a route can do: Hono, and the query as JSON. What the edge's own answers are measured against. */
import { Hono } from 'hono';

const app = new Hono();
app.get('/v1/verify', (c) => c.json(c.req.query()));

export default app;
