/**
 * Encrypts stored texts: AES-256-GCM with a key per purpose, derived from `CACHE_KEY` by HKDF-SHA256 (RFC 5869), and a
 * fresh nonce per text. A text that cannot be opened (an older key, a forgery) is null.
 */

const NONCE_OCTETS = 12;

/** @param purpose a text that is unique to the purpose */
export async function deriveSealKey(secret: Uint8Array<ArrayBuffer>, purpose: string): Promise<CryptoKey> {
  const material = await crypto.subtle.importKey('raw', secret, 'HKDF', false, ['deriveKey']);
  const info = new Uint8Array(new TextEncoder().encode(purpose));
  return crypto.subtle.deriveKey(
    { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(32), info },
    material,
    { name: 'AES-GCM', length: 256 },
    false,
    ['encrypt', 'decrypt'],
  );
}

export async function sealText(key: CryptoKey, text: string): Promise<string> {
  const nonce = crypto.getRandomValues(new Uint8Array(NONCE_OCTETS));
  const plain = new TextEncoder().encode(text);
  const sealed = new Uint8Array(await crypto.subtle.encrypt({ name: 'AES-GCM', iv: nonce }, key, plain));
  return btoa(String.fromCharCode(...nonce, ...sealed));
}

export async function openText(key: CryptoKey, sealed: string): Promise<string | null> {
  try {
    const octets = Uint8Array.from(atob(sealed), (unit) => unit.charCodeAt(0));
    const iv = octets.slice(0, NONCE_OCTETS);
    const plain = await crypto.subtle.decrypt({ name: 'AES-GCM', iv }, key, octets.slice(NONCE_OCTETS));
    return new TextDecoder().decode(plain);
  } catch {
    // Sealed with another key, or forged.
    return null;
  }
}
