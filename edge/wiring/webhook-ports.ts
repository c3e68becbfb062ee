/**
 * Webhooks for lists: checks the URL, makes a secret, delivers one attempt. Wiring only; before it:
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
  /** For a list that is made without a key; a key has its own (key-ports.ts). */
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
