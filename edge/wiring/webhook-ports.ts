/**
 * Webhooks as lists reach them: the URL is checked, a secret is made, one attempt is delivered. Wiring only; before it:
 * services.ts, after it: lists/webhooks/.
 */
import {
  attemptDelivery,
  type Delivery,
  type DeliveryOutcome,
  type DeliveryPorts,
  faultOfWebhookUrl,
} from '../lists/webhooks/delivery.ts';
import { makeWebhookSecret } from '../lists/webhooks/secret.ts';

export type WebhookPorts = {
  /** For what is made without a key; a key has its own (key-ports.ts). */
  readonly makeSecret: () => string;
  /** What is wrong with a URL, as the end of a sentence, or null. */
  readonly faultOfUrl: (url: string) => Promise<string | null>;
  readonly attempt: (delivery: Delivery) => Promise<DeliveryOutcome>;
};

export function createWebhookPorts(ports: DeliveryPorts): WebhookPorts {
  return {
    makeSecret: () => makeWebhookSecret((octets) => crypto.getRandomValues(octets)),
    faultOfUrl: (url) => faultOfWebhookUrl(url, ports),
    attempt: (delivery) => attemptDelivery(delivery, ports),
  };
}
