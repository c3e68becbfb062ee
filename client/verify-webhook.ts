/**
 * Webhooks by the Standard Webhooks specification (standardwebhooks.com): HMAC-SHA256 over `id.timestamp.body`, several
 * signatures while a secret is being changed. Compared by WebCrypto, in constant time.
 */
import { parse } from './exchange.ts';
import { VrfyError } from './vrfy-error.ts';

export type WebhookOptions = {
  /** `whsec_...`; several while one follows the other. */
  readonly secret: string | readonly string[];
  /** Milliseconds since 1970; default: the clock. */
  readonly nowMs?: number | undefined;
};

/** The message; `data` is the list in the form of `GET /v1/lists/:id`. */
export type WebhookEvent = { readonly type: string; readonly timestamp: string; readonly data: unknown };

/** Of a request, or as Node and its frameworks have them. */
export type WebhookHeaders = Headers | Readonly<Record<string, string | readonly string[] | undefined>>;

/** Seconds that a message may be old, or ahead of our clock. */
const TOLERANCE_SECONDS = 300;
const SIGNATURES_MAX = 16;
const SECRET_PREFIX = 'whsec_';

/**
 * The event of a message that is genuine and fresh; else a VrfyError. A message may come twice: `webhook-id` tells.
 *
 * @param body as it came, not parsed
 */
export async function verifyWebhook(
  body: string | Uint8Array,
  headers: WebhookHeaders,
  { secret, nowMs = Date.now() }: WebhookOptions,
): Promise<WebhookEvent> {
  const [id, timestamp, signatures] = ['webhook-id', 'webhook-timestamp', 'webhook-signature'].map((name) => {
    const value = headers instanceof Headers ? headers.get(name) : headers[name];
    return typeof value === 'string' ? value : '';
  });
  if (!id || !/^\d{1,12}$/.test(timestamp ?? '') || !signatures) {
    throw new VrfyError('webhook_malformed', 'The message lacks the headers of a webhook.');
  }
  const encoder = new TextEncoder();
  const head = encoder.encode(`${id}.${timestamp}.`);
  const octets = typeof body === 'string' ? encoder.encode(body) : body;
  const signed = new Uint8Array(head.length + octets.length);
  signed.set(head);
  signed.set(octets, head.length);
  const given = signatures
    .split(' ')
    .slice(0, SIGNATURES_MAX)
    .filter((entry) => entry.startsWith('v1,'));
  let isGenuine = false;
  for (const one of [secret].flat()) {
    const raw = octetsOf(one.startsWith(SECRET_PREFIX) ? one.slice(SECRET_PREFIX.length) : one);
    if (raw === null) throw new VrfyError('webhook_secret', 'The secret of the webhook cannot be read.');
    const key = await crypto.subtle.importKey('raw', raw, { name: 'HMAC', hash: 'SHA-256' }, false, ['verify']);
    for (const entry of given) {
      const signature = octetsOf(entry.slice(3));
      if (signature !== null && (await crypto.subtle.verify('HMAC', key, signature, signed))) isGenuine = true;
    }
  }
  if (!isGenuine) throw new VrfyError('webhook_signature', 'No signature of the message fits.');
  if (Math.abs(nowMs / 1000 - Number(timestamp)) > TOLERANCE_SECONDS) {
    throw new VrfyError('webhook_stale', 'The message is too old, or the clocks differ.');
  }
  return parse(new TextDecoder().decode(octets));
}

function octetsOf(base64: string): Uint8Array<ArrayBuffer> | null {
  try {
    return Uint8Array.from(atob(base64), (unit) => unit.charCodeAt(0));
  } catch {
    return null;
  }
}
