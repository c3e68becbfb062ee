/**
 * The keys that sign probe jobs: imported once, the newest first. Rotation has no gap, because every key is published
 * until its `exp`, and a node fetches the keys again when it meets an unknown `kid`.
 *
 * To rotate: put the new key in front and give the old one an `exp` a day ahead; remove it once that has passed.
 */
import { calculateJwkThumbprint, importJWK, type JWK } from 'jose';
import { Problem } from '../../shared/problem.ts';
import type { SigningKey } from '../../shared/token.ts';
import type { SigningJwk } from '../env.ts';

export type SigningKeys = {
  readonly publicKeys: readonly JWK[];
  /** The newest key that has not expired; throws `misconfigured` if all have. */
  readonly signingKey: (nowMs: number) => SigningKey;
};

export async function importSigningKeys(jwks: readonly SigningJwk[]): Promise<SigningKeys> {
  const keys = await Promise.all(jwks.map(importKey));
  if (new Set(keys.map(({ kid }) => kid)).size < keys.length) throw misconfigured('gives two keys the same kid');
  return {
    publicKeys: keys.map(({ publicJwk }) => publicJwk),
    signingKey: (nowMs) => {
      const [newest] = keys.filter(({ publicJwk }) => isLive(publicJwk, nowMs));
      if (newest === undefined) throw misconfigured('holds no key that has not ended');
      return newest;
    },
  };
}

export function liveKeys(publicKeys: readonly JWK[], nowMs: number): readonly JWK[] {
  return publicKeys.filter((key) => isLive(key, nowMs));
}

function isLive({ exp }: JWK & { readonly exp?: unknown }, nowMs: number): boolean {
  return typeof exp !== 'number' || exp * 1000 > nowMs;
}

async function importKey(jwk: SigningJwk): Promise<SigningKey & { readonly publicJwk: JWK }> {
  const { kty, crv, x, exp } = jwk;
  const kid = jwk.kid ?? (await calculateJwkThumbprint({ kty, crv, x }));
  const key = await importJWK({ ...jwk, alg: 'EdDSA' } as JWK, 'EdDSA').catch(() => null);
  // WebCrypto's message says nothing more, and must not look like a fault of the worker.
  if (key === null || key instanceof Uint8Array) throw misconfigured('is not an Ed25519 key');
  const publicJwk = { kty, crv, x, kid, alg: 'EdDSA', use: 'sig', ...(exp === undefined ? {} : { exp }) };
  return { kid, key, publicJwk };
}

function misconfigured(fault: string): Problem {
  return new Problem('misconfigured', { detail: `The edge cannot work: PROBE_SIGNING_KEY ${fault}.` });
}
