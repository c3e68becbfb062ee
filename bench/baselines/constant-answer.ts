/**
 * The least that a route with the edge's manners can do: Hono, an answer that is always the same, the headers of a verdict
 * and a line in the log. What is left above it is the price of finding the verdict out.
 */
import { Hono } from 'hono';
import { createPattern } from '../../edge/http/headers.ts';

type Env = {
  readonly ANSWER: string;
  readonly SERVER_TIMING: string;
  readonly LINE: string;
};

const pattern = createPattern(false, false);

const app = new Hono<{ Bindings: Env }>();
app.get('/v1/verify', ({ env }) => {
  pattern.headers.set('server-timing', env.SERVER_TIMING);
  console.log(env.LINE);
  return new Response(env.ANSWER, pattern);
});

export default app;
