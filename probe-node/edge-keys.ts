/**
 * The public keys of the edge, fetched from its `/.well-known/jwks.json` and kept; an unknown `kid` is reason to look
 * again, at most every few seconds, so that a key is known as soon as it signs and a stranger cannot make us fetch.
 */
import { createRemoteJWKSet, errors } from 'jose';
import { Problem } from '../shared/problem.ts';
import type { KeyFinder } from '../shared/token.ts';

const FETCH_TIMEOUT_MS = 3_000;
/** Between two looks for an unknown `kid`. */
const COOLDOWN_MS = 5_000;
const AGE_MAX_MS = 600_000;

/** A finder that answers null for a `kid` the edge does not publish; throws `keys_unavailable` where it cannot ask. */
export function createEdgeKeys(edge: URL): KeyFinder {
  const keys = createRemoteJWKSet(new URL('/.well-known/jwks.json', edge), {
    timeoutDuration: FETCH_TIMEOUT_MS,
    cooldownDuration: COOLDOWN_MS,
    cacheMaxAge: AGE_MAX_MS,
  });
  return async (kid) => {
    try {
      return await keys({ alg: 'EdDSA', kid });
    } catch (error) {
      if (error instanceof errors.JWKSNoMatchingKey) return null;
      throw new Problem('keys_unavailable', { cause: error, headers: { 'retry-after': '5' } });
    }
  };
}
