/** The part of Node's crypto that is used: workerd has it, and of WebCrypto nothing works without waiting for each address. */
declare module 'node:crypto' {
  type Hash = {
    update(data: string | Uint8Array): Hash;
    digest(): Uint8Array;
    digest(encoding: 'base64url' | 'hex'): string;
  };
  export function createHash(algorithm: 'sha256'): Hash;
  export function createHmac(algorithm: 'sha256', key: Uint8Array): Hash;
  type Cipher = {
    setAutoPadding(isPadded: boolean): Cipher;
    update(data: Uint8Array): Uint8Array;
  };
  export function createCipheriv(algorithm: 'aes-256-ecb', key: Uint8Array, iv: null): Cipher;
}
