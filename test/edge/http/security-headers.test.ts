import { Hono } from 'hono';
import { expect, test } from 'vitest';
import { securityHeaders } from '../../../edge/http/security-headers.ts';

const OWN = { 'content-security-policy': "script-src 'self'", 'cross-origin-resource-policy': 'cross-origin' };

const app = new Hono();
app.use(securityHeaders);
app.get('/page', (c) => c.html('<p>', 200, OWN));
app.get('/json', (c) => c.json({}));

test('a handler that sets a header itself keeps its own, and has the others as well', async () => {
  const { headers } = await app.request('https://edge.example/page');
  for (const [name, value] of Object.entries(OWN)) expect(headers.get(name)).toBe(value);
  expect(headers.get('x-content-type-options')).toBe('nosniff');
});

test('an answer without headers of its own can be neither framed nor read by other origins', async () => {
  const { headers } = await app.request('https://edge.example/json');
  expect(headers.get('content-security-policy')).toBe("default-src 'none'; frame-ancestors 'none'");
  expect(headers.get('x-frame-options')).toBe('DENY');
  expect(headers.get('cross-origin-resource-policy')).toBe('same-origin');
});
