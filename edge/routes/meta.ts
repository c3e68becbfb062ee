/**
 * Facts about the service itself: health and public keys.
 */
import type { Context } from 'hono';
import { liveKeys } from '../crypto/signing-keys.ts';
import type { App } from '../http/context.ts';

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
