/** Secrets of webhooks, as the Standard Webhooks specification writes them: `whsec_` and 24 to 64 octets in base64. */

const PREFIX = 'whsec_';
const OCTETS = 32;

/** @param randomOctets fills its argument with random octets */
export function makeWebhookSecret(randomOctets: (octets: Uint8Array<ArrayBuffer>) => void): string {
  const octets = new Uint8Array(OCTETS);
  randomOctets(octets);
  return PREFIX + btoa(String.fromCharCode(...octets));
}
