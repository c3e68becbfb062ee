/**
 * A recheck on its way through the queue: sealed, since it must name the address and a queue is storage.
 *
 * AES-256-GCM with a key derived from `CACHE_KEY` by HKDF-SHA256 (RFC 5869), a fresh nonce for each message. What cannot
 * be opened (an older key, a forged message) is null and is dropped.
 */
import * as z from 'zod';

const NONCE_OCTETS = 12;

const recheckSchema = z.object({
  address: z.string(),
  /** Node that was asked: greylisting wants the same client again. */
  node: z.string(),
  /** Rechecks made so far. */
  attempt: z.int().min(0).max(10),
  /** Milliseconds since 1970 when the recheck was planned; a verdict that is newer makes it needless. */
  planned_at_ms: z.number(),
});

export type Recheck = z.infer<typeof recheckSchema>;

export async function deriveSealKey(secret: Uint8Array<ArrayBuffer>): Promise<CryptoKey> {
  const material = await crypto.subtle.importKey('raw', secret, 'HKDF', false, ['deriveKey']);
  const info = new Uint8Array(new TextEncoder().encode('vrfy recheck v1'));
  return crypto.subtle.deriveKey(
    { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(32), info },
    material,
    { name: 'AES-GCM', length: 256 },
    false,
    ['encrypt', 'decrypt'],
  );
}

export async function seal(key: CryptoKey, recheck: Recheck): Promise<string> {
  const nonce = crypto.getRandomValues(new Uint8Array(NONCE_OCTETS));
  const plain = new TextEncoder().encode(JSON.stringify(recheck));
  const sealed = new Uint8Array(await crypto.subtle.encrypt({ name: 'AES-GCM', iv: nonce }, key, plain));
  return btoa(String.fromCharCode(...nonce, ...sealed));
}

export async function unseal(key: CryptoKey, message: unknown): Promise<Recheck | null> {
  if (typeof message !== 'string' || message.length > 4096) return null;
  try {
    const octets = Uint8Array.from(atob(message), (unit) => unit.charCodeAt(0));
    const iv = octets.slice(0, NONCE_OCTETS);
    const plain = await crypto.subtle.decrypt({ name: 'AES-GCM', iv }, key, octets.slice(NONCE_OCTETS));
    const parsed = recheckSchema.safeParse(JSON.parse(new TextDecoder().decode(plain)));
    return parsed.success ? parsed.data : null;
  } catch {
    // Sealed with another key, or by nobody: there is nothing to recheck.
    return null;
  }
}
