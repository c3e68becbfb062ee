/**
 * The job token: the edge signs a job, a node checks it (RFC 7519, RFC 8037); both halves in one file.
 *
 * A token is a JWT of EdDSA over Ed25519 with `kid`, `iss`, `aud` (the node's id), `jti`, `iat`, `exp` (at most 60 s
 * ahead) and `bod`, the SHA-256 of the request body in base64url: it lets one body be posted to one node once. The node
 * remembers each `jti` and refuses it the second time (probe-node/http/replay-guard.ts).
 *
 * A heartbeat is signed in the same way by the node for the edge: `kid` and `iss` are the node's id, `aud` the edge's
 * origin.
 *
 * Every failure is a Problem of status 401 whose code names the claim; no message ever carries the token.
 */
import {
  base64url,
  type CryptoKey,
  decodeProtectedHeader,
  errors,
  type JWK,
  type JWTPayload,
  jwtVerify,
  SignJWT,
} from 'jose';
import { Problem, type ProblemCode } from './problem.ts';

export const TOKEN_ISSUER = 'vrfy-edge';
/** Seconds a token may live. */
export const TOKEN_LIFETIME_SECONDS_MAX = 60;
/** Seconds by which two clocks may differ. */
export const CLOCK_TOLERANCE_SECONDS = 5;
/** Characters of a token; a real one has about 500. */
export const TOKEN_LENGTH_MAX = 4096;

export type SigningKey = { readonly kid: string; readonly key: CryptoKey };

/** Finds the public key of a `kid`, or null if none is known. */
export type KeyFinder = (kid: string) => Promise<CryptoKey | Uint8Array | JWK | null>;

/** Claims of a checked token. */
export type TokenClaims = {
  readonly jti: string;
  readonly issuedAtSeconds: number;
  readonly expiresAtSeconds: number;
};

/** Claims that can be checked before the body is there. */
export type UnboundClaims = {
  readonly claims: TokenClaims;
  /** SHA-256 in base64url of the one body that the token is for. */
  readonly bodyHash: string;
};

async function hashOf(body: Uint8Array<ArrayBuffer>): Promise<string> {
  return base64url.encode(new Uint8Array(await crypto.subtle.digest('SHA-256', body)));
}

/**
 * Signs a body for one audience: a node, or for a heartbeat the edge.
 *
 * @param nowMs wall clock, milliseconds since 1970
 * @param lifetimeSeconds from `nowMs`; cut to TOKEN_LIFETIME_SECONDS_MAX
 */
export async function signToken(
  signingKey: SigningKey,
  audience: string,
  body: Uint8Array<ArrayBuffer>,
  nowMs: number,
  lifetimeSeconds = 30,
  issuer = TOKEN_ISSUER,
): Promise<string> {
  const issuedAt = Math.floor(nowMs / 1000);
  return new SignJWT({ bod: await hashOf(body) })
    .setProtectedHeader({ alg: 'EdDSA', kid: signingKey.kid, typ: 'JWT' })
    .setIssuer(issuer)
    .setAudience(audience)
    .setJti(crypto.randomUUID())
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + Math.min(lifetimeSeconds, TOKEN_LIFETIME_SECONDS_MAX))
    .sign(signingKey.key);
}

/** Checks everything about a token except replay. Throws a Problem of status 401. */
export async function verifyToken(
  token: string,
  findKey: KeyFinder,
  audience: string,
  body: Uint8Array<ArrayBuffer>,
  nowMs: number,
  issuer = TOKEN_ISSUER,
): Promise<TokenClaims> {
  return requireBody(await verifyClaims(token, findKey, audience, nowMs, issuer), await hashOf(body), nowMs);
}

/** The first half of `verifyToken`, before there is a body; `requireBody` is the second. */
export async function verifyClaims(
  token: string,
  findKey: KeyFinder,
  audience: string,
  nowMs: number,
  issuer = TOKEN_ISSUER,
): Promise<UnboundClaims> {
  const kid = readKid(token);
  const key = await findKey(kid);
  if (key === null) throw new Problem('token_key_unknown');
  const payload = await verifySignature(token, key, { issuer, audience }, nowMs);
  const { jti, iat, exp, bod } = payload;
  if (typeof jti !== 'string' || jti.length < 8 || jti.length > 128) throw new Problem('token_malformed');
  if (typeof iat !== 'number' || typeof exp !== 'number') throw new Problem('token_malformed');
  if (iat * 1000 > nowMs + CLOCK_TOLERANCE_SECONDS * 1000) throw new Problem('token_not_yet_valid');
  if (exp - iat > TOKEN_LIFETIME_SECONDS_MAX) throw new Problem('token_lifetime');
  if (exp * 1000 > nowMs + (TOKEN_LIFETIME_SECONDS_MAX + CLOCK_TOLERANCE_SECONDS) * 1000) {
    throw new Problem('token_lifetime');
  }
  if (typeof bod !== 'string') throw new Problem('token_body');
  return { claims: { jti, issuedAtSeconds: iat, expiresAtSeconds: exp }, bodyHash: bod };
}

/**
 * Checks that the token is for this body, and has not expired while the body came in.
 *
 * @param bodyHash SHA-256 of the body in base64url
 */
export function requireBody({ claims, ...told }: UnboundClaims, bodyHash: string, nowMs: number): TokenClaims {
  if (nowMs >= (claims.expiresAtSeconds + CLOCK_TOLERANCE_SECONDS) * 1000) throw new Problem('token_expired');
  if (told.bodyHash !== bodyHash) throw new Problem('token_body');
  return claims;
}

/** The `kid` that a token names, not yet verified. */
export function readKid(token: string): string {
  if (token.length > TOKEN_LENGTH_MAX) throw new Problem('token_malformed');
  let header: ReturnType<typeof decodeProtectedHeader>;
  try {
    header = decodeProtectedHeader(token);
  } catch {
    // jose's message would quote the token.
    throw new Problem('token_malformed');
  }
  if (header.alg !== 'EdDSA') throw new Problem('token_malformed', { detail: 'The token is not signed with EdDSA.' });
  if (typeof header.kid !== 'string' || header.kid.length > 128) throw new Problem('token_key_unknown');
  return header.kid;
}

async function verifySignature(
  token: string,
  key: CryptoKey | Uint8Array | JWK,
  parties: { readonly issuer: string; readonly audience: string },
  nowMs: number,
): Promise<JWTPayload> {
  try {
    const { payload } = await jwtVerify(token, key, {
      algorithms: ['EdDSA'],
      ...parties,
      requiredClaims: ['iss', 'aud', 'jti', 'iat', 'exp', 'bod'],
      clockTolerance: CLOCK_TOLERANCE_SECONDS,
      currentDate: new Date(nowMs),
    });
    return payload;
  } catch (error) {
    throw new Problem(problemCodeOf(error));
  }
}

function problemCodeOf(error: unknown): ProblemCode {
  if (error instanceof errors.JWTExpired) return 'token_expired';
  if (error instanceof errors.JWTClaimValidationFailed) {
    if (error.claim === 'iss') return 'token_issuer';
    if (error.claim === 'aud') return 'token_audience';
    if (error.claim === 'nbf') return 'token_not_yet_valid';
    return error.claim === 'bod' ? 'token_body' : 'token_malformed';
  }
  return error instanceof errors.JWSSignatureVerificationFailed ? 'token_signature' : 'token_malformed';
}
