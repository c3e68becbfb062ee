/** The form on Node, with Express. `EDGE`, `KEY` and `KEY_ID` come from the environment. */
import express, { type Express } from 'express';
import { pageOf, policyOf, type Settings, signUp } from './sign-up.ts';

export function createServer(settings: Settings): Express {
  const app = express();
  app.get('/', (_, response) => {
    response.set('content-security-policy', policyOf(settings)).type('html').send(pageOf(settings));
  });
  app.post('/', express.urlencoded({ extended: false, limit: '16kb' }), async (request, response) => {
    const { status, text } = await signUp(request.body ?? {}, settings);
    response.status(status).type('text').send(text);
  });
  return app;
}

if (import.meta.main) {
  const { EDGE = 'http://127.0.0.1:8787', KEY = '', KEY_ID = '', PORT = '3000' } = process.env;
  createServer({ EDGE, KEY, KEY_ID }).listen(Number(PORT), '127.0.0.1');
}
