/** The bearer token of a request, sent as `Authorization: Bearer TOKEN` (RFC 6750 §2.1). */
import { Problem } from './problem.ts';

/** Characters of a compact JWS (RFC 7515 §7.1). */
const SIGNED_TOKEN = /^[A-Za-z0-9._-]+$/;
const CHALLENGE = { 'www-authenticate': 'Bearer' };

/** The token, or null. A header given twice arrives joined by a comma and is none. */
export function bearerOf(headers: Headers): string | null {
  return /^Bearer +([^\s,]+)$/i.exec(headers.get('authorization') ?? '')?.[1] ?? null;
}

/** The token if it has the form of a signed one; its signature is not checked yet. Throws a Problem of status 401. */
export function signedBearerOf(headers: Headers): string {
  if (!headers.has('authorization')) throw new Problem('token_missing', { headers: CHALLENGE });
  const token = bearerOf(headers);
  if (token === null || !SIGNED_TOKEN.test(token)) throw new Problem('token_malformed', { headers: CHALLENGE });
  return token;
}
