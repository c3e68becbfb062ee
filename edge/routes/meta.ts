/**
 * What the service says of itself: health, public keys, and the OpenAPI document.
 */
import type { Context } from 'hono';
import { openApiDocument } from '../openapi.ts';
import type { App } from '../services.ts';

/** The worker runs and its settings are whole. */
export async function getHealth(c: Context<App>): Promise<Response> {
  await c.var.services();
  return c.json({ status: 'ok' }, 200, { 'cache-control': 'no-store' });
}

/** The public half of every signing key (RFC 7517 §5). */
export async function getKeys(c: Context<App>): Promise<Response> {
  const { publicKeys } = await c.var.services();
  return c.json({ keys: publicKeys }, 200, {
    'content-type': 'application/jwk-set+json',
    'cache-control': 'public, max-age=300',
  });
}

export function getOpenApi(c: Context<App>): Response {
  return c.json(openApiDocument(new URL(c.req.url).origin), 200, { 'cache-control': 'public, max-age=300' });
}
