/**
 * The result token: the verdict that a page got, signed for the server of its form. A JWS (RFC 7515) of EdDSA over Ed25519 (RFC 8037)
 * with the edge's newest key; client/verify-token.ts checks it offline against `/.well-known/jwks.json`.
 *
 * The same keys sign probe jobs. The header's `typ` (RFC 8725 §3.11) and the claims keep the two apart: a node takes no token without
 * `jti` and the hash of a body, and a form's server none of another `typ`.
 */
import { base64url, SignJWT } from 'jose';
import type { Answer } from '../../shared/answer.ts';
import type { SigningKey } from '../../shared/token.ts';

const RESULT_TOKEN_TYPE = 'vrfy-result+jwt';
/** Seconds; a person may take that long to fill in the rest of the form. */
const LIFETIME_SECONDS = 15 * 60;

/** Issuer and audience of the token: the origin of the edge, and the id of the key. */
export type TokenParties = { readonly issuer: string; readonly audience: string };

export async function signResult(
  { kid, key }: SigningKey,
  { issuer, audience }: TokenParties,
  { address, verdict, reason }: Pick<Answer, 'address' | 'verdict' | 'reason'>,
  nowMs: number,
): Promise<string> {
  const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(address));
  const issuedAt = Math.floor(nowMs / 1000);
  return new SignJWT({ address_sha256: base64url.encode(new Uint8Array(hash)), verdict, reason })
    .setProtectedHeader({ alg: 'EdDSA', kid, typ: RESULT_TOKEN_TYPE })
    .setIssuer(issuer)
    .setAudience(audience)
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + LIFETIME_SECONDS)
    .sign(key);
}
