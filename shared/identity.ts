/**
 * How a node proves that a URL is its own: a statement over the edge's nonce, both halves in one file.
 *
 * The edge asks `GET /v1/identity?nonce=` over the URL that a node claims. The answer is a JWT signed with the node's
 * key: `iss` its id, `aud` the origin of its edge, `nonce`, and `url`, its own URL as the node knows it. If another
 * node answers at the URL, the signature differs; if a proxy there passes the question on to a node elsewhere, the URL
 * in the statement differs. No clock is needed: the nonce is fresh.
 */
import { importJWK, jwtVerify, SignJWT } from 'jose';
import type { PublicKey } from './enrolment.ts';
import type { SigningKey } from './token.ts';

/** The edge's random text for one challenge. */
export const NONCE = /^[A-Za-z0-9_-]{22,128}$/;

/** Keeps the statement apart from every other token signed with the key. */
const TYPE = 'vrfy-identity+jwt';

export type Identity = {
  readonly id: string;
  readonly url: string;
  /** Origin of the edge. */
  readonly edge: string;
  readonly nonce: string;
};

export function signIdentity(key: SigningKey['key'], { id, url, edge, nonce }: Identity): Promise<string> {
  return new SignJWT({ nonce, url })
    .setProtectedHeader({ alg: 'EdDSA', typ: TYPE })
    .setIssuer(id)
    .setAudience(edge)
    .sign(key);
}

/**
 * - `other_key`: another key signed the answer
 * - `other_claims`: the node answers, but for another URL, edge or nonce
 */
export type IdentityFault = 'other_key' | 'other_claims';

/** Null if the statement is the node's, with exactly these claims. */
export async function checkIdentity(
  statement: string,
  publicKey: PublicKey,
  expected: Identity,
): Promise<IdentityFault | null> {
  const key = await importJWK({ ...publicKey, alg: 'EdDSA' }, 'EdDSA').catch(() => null);
  if (key === null) return 'other_key';
  const checked = await jwtVerify(statement, key, { algorithms: ['EdDSA'], typ: TYPE }).catch(() => null);
  if (checked === null) return 'other_key';
  const { iss, aud, nonce, url } = { nonce: null, url: null, ...checked.payload };
  const isExpected = iss === expected.id && aud === expected.edge && nonce === expected.nonce && url === expected.url;
  return isExpected ? null : 'other_claims';
}
