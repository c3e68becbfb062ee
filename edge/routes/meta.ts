/**
 * What the service says of itself: health, public keys, and the OpenAPI document.
 */
import type { Context } from 'hono';
import { liveKeys } from '../crypto/signing-keys.ts';
import type { App } from '../http/context.ts';
import { openApiDocument } from '../openapi/document.ts';

/** The worker runs and its settings are whole. */
export async function getHealth(c: Context<App>): Promise<Response> {
  return c.json({ status: 'ok' }, 200, { 'cache-control': 'no-store' });
}

/** The public half of every signing key that has not ended (RFC 7517 §5). */
export async function getKeys(c: Context<App>): Promise<Response> {
  const { publicKeys, ports } = c.var.services;
  return c.json({ keys: liveKeys(publicKeys, ports.nowMs()) }, 200, {
    'content-type': 'application/jwk-set+json',
    'cache-control': 'public, max-age=300',
  });
}

export function getOpenApi(c: Context<App>): Response {
  return c.json(openApiDocument(new URL(c.req.url).origin), 200, { 'cache-control': 'public, max-age=300' });
}
