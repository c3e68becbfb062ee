/** The form on a Worker, with Hono. */
import { Hono } from 'hono';
import { pageOf, policyOf, type Settings, signUp } from './sign-up.ts';

const app = new Hono<{ Bindings: Settings }>();

app.get('/', (c) => c.html(pageOf(c.env), 200, { 'content-security-policy': policyOf(c.env) }));

app.post('/', async (c) => {
  const { status, text } = await signUp(await c.req.parseBody(), c.env);
  return c.text(text, status);
});

export default app;
