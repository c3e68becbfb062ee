/**
 * One attempt to deliver a webhook, by the Standard Webhooks specification (standardwebhooks.com): an HMAC-SHA256 signature
 * for each secret that is in force, bounded time and size, no redirects.
 *
 * Before it: wiring/webhook-ports.ts. When to try again: schedule.ts. The URL is checked at each attempt, since a name that
 * was public when the webhook was set may lead elsewhere by now. The result holds nothing of URL, secrets or body.
 */
import { type AddressLookup, faultOfHost, type UrlSettings } from '../../dns/public-host.ts';

/** Milliseconds for the receiver to answer. */
const ANSWER_MS = 15_000;
/** Octets of a body. */
const BODY_OCTETS_MAX = 65_536;
/** The receiver wants no more of it (RFC 9110 §15.5.11). */
const GONE = 410;

export type Delivery = {
  readonly url: string;
  /** The same for each attempt, so that the receiver knows a message that comes twice. */
  readonly messageId: string;
  /** For example `list.done`. */
  readonly type: string;
  /** When the event took place: wall clock, milliseconds since 1970. */
  readonly happenedAtMs: number;
  readonly data: unknown;
  /** `whsec_...`; several while one follows another. */
  readonly secrets: readonly string[];
};

export type DeliveryPorts = {
  readonly fetch: typeof fetch;
  readonly lookUp: AddressLookup;
  readonly urls: UrlSettings;
  readonly nowMs: () => number;
};

/**
 * - `delivered`: the receiver took it (2xx)
 * - `failed`: worth another attempt; `fault` is a fixed word or the status
 * - `refused`: never to be tried again: the receiver said 410, or there is nothing to sign with
 */
export type DeliveryOutcome =
  | { readonly kind: 'delivered' }
  | { readonly kind: 'failed' | 'refused'; readonly fault: string };

/** What is wrong with the URL of a webhook, as the end of a sentence; null if it may be used. */
export async function faultOfWebhookUrl(
  text: string,
  { urls, lookUp }: Pick<DeliveryPorts, 'urls' | 'lookUp'>,
): Promise<string | null> {
  const url = URL.parse(text);
  if (url === null) return 'it is no URL; it must be like https://hooks.example.com/vrfy';
  if (url.username !== '' || url.password !== '') return 'it must hold no user name and no password';
  const fault = await faultOfHost(url, urls, lookUp);
  return fault?.detail ?? null;
}

/** @throws RangeError if the body is larger than a webhook may be */
export async function attemptDelivery(delivery: Delivery, ports: DeliveryPorts): Promise<DeliveryOutcome> {
  const { url, messageId, type, happenedAtMs, data, secrets } = delivery;
  const body = JSON.stringify({ type, timestamp: new Date(happenedAtMs).toISOString(), data });
  if (new TextEncoder().encode(body).length > BODY_OCTETS_MAX) throw new RangeError('the webhook is too large');
  if (secrets.length === 0) return { kind: 'refused', fault: 'no_secret' };
  if ((await faultOfWebhookUrl(url, ports)) !== null) return { kind: 'failed', fault: 'bad_url' };
  // Id, time and body are signed as one text, parted by full stops: an id without one leaves no doubt about which is which.
  const id = messageId.replaceAll('.', '_');
  const sentAt = new Date(ports.nowMs());
  try {
    const response = await ports.fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'user-agent': 'vrfy-webhooks',
        'webhook-id': id,
        'webhook-timestamp': String(Math.floor(sentAt.getTime() / 1000)),
        'webhook-signature': await signaturesOf(id, sentAt, body, secrets),
      },
      body,
      redirect: 'manual',
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    // Nothing that the receiver says is read.
    await response.body?.cancel();
    if (response.ok) return { kind: 'delivered' };
    return { kind: response.status === GONE ? 'refused' : 'failed', fault: `http_${response.status}` };
  } catch (error) {
    const isTimeout = error instanceof Error && error.name === 'TimeoutError';
    return { kind: 'failed', fault: isTimeout ? 'timeout' : 'unreachable' };
  }
}

async function signaturesOf(id: string, sentAt: Date, body: string, secrets: readonly string[]): Promise<string> {
  // Imported on demand: no verdict needs it, and an isolate starts without it.
  const { Webhook } = await import('standardwebhooks');
  return secrets.map((secret) => new Webhook(secret).sign(id, sentAt, body)).join(' ');
}
