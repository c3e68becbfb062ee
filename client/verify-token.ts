/**
 * Checks a result token offline: the proof of a verdict that a page hands to the server of its form. A JWS (RFC 7515) of EdDSA over Ed25519
 * (RFC 8037), signed by the edge.
 *
 * The edge's keys (`/.well-known/jwks.json`) are fetched once and kept for an hour; a `kid` that is not among them has them
 * fetched again, at most every 30 s. Calls at the same time share one fetch. If the edge is away, known keys serve for a day.
 */
import type { Reason, Verdict } from './api-types.ts';
import { ask, type Connection, readJson } from './exchange.ts';
import { VrfyError } from './vrfy-error.ts';

/** The claims of a token that fits. */
export type ResultToken = {
  /** Origin of the edge. */
  readonly iss: string;
  /** Id of the key that the page asked with. */
  readonly aud: string;
  /** Seconds since 1970. */
  readonly iat: number;
  readonly exp: number;
  /** SHA-256 of the address as the answer has it, in base64url. */
  readonly address_sha256: string;
  readonly verdict: Verdict;
  readonly reason: Reason;
};

export type TokenOptions = Pick<Connection, 'edge' | 'fetch'> & {
  /** Id of your publishable key: a token for another key is refused. */
  readonly audience: string | readonly string[];
  /** The address that was submitted: a token about another one is refused. */
  readonly address: string;
  /** If the page reaches the edge under another origin than this server does. */
  readonly issuer?: string | undefined;
  /** Milliseconds since 1970; default: the clock. */
  readonly nowMs?: number | undefined;
};

/** `typ` of the header (RFC 8725 §3.11): the edge signs other tokens with the same keys. */
const TOKEN_TYPE = 'vrfy-result+jwt';
/** Characters; a real one has about 450. */
const TOKEN_LENGTH_MAX = 2_048;
/** Seconds by which two clocks may differ. */
const CLOCK_SKEW_SECONDS = 30;
const KEYS_FRESH_MS = 3_600_000;
const KEYS_USABLE_MS = 24 * KEYS_FRESH_MS;
/** Milliseconds from the begin of one fetch to that of the next. */
const REFETCH_MS = 30_000;
const FETCH_MS_MAX = 5_000;
const KEYS_MAX = 16;
const EDGES_MAX = 16;
/** A URL drops or decodes everything else: a path, a port, a line break, `%2E`. */
const DOMAIN = /^[\w.\u0080-\u{10ffff}-]+$/u;

type KeySet = {
  keys: ReadonlyMap<string, { readonly key: CryptoKey; readonly exp: number }>;
  fetchedMs: number;
  /** Start of the last fetch, failed or not. */
  triedMs: number;
  /** The fetch that is under way, and when it began. */
  flight: { readonly done: Promise<void>; readonly begunMs: number } | null;
};

const keySets = new Map<string, KeySet>();

/**
 * The claims of a token that is genuine, of this edge, for this key, about this address and in time; else a VrfyError.
 *
 * @param token the form's field as it arrived; anything but a string is `token_malformed`
 */
export async function verifyToken(token: unknown, options: TokenOptions): Promise<ResultToken> {
  const { edge, audience, address, issuer = new URL(edge).origin, nowMs = Date.now() } = options;
  const isText = typeof token === 'string' && token.length <= TOKEN_LENGTH_MAX;
  const [header = '', payload = '', signature = '', more] = isText ? token.split('.') : [];
  const { alg, typ, kid } = readPart<{ alg?: unknown; typ?: unknown; kid?: unknown }>(header);
  if (more !== undefined || alg !== 'EdDSA' || typ !== TOKEN_TYPE || typeof kid !== 'string') throw malformed();
  const key = await findKey(kid, options, nowMs);
  const signed = new TextEncoder().encode(`${header}.${payload}`);
  if (!(await crypto.subtle.verify('Ed25519', key, octetsOf(signature), signed))) {
    throw new VrfyError('token_signature', 'The signature of the token does not fit.');
  }
  const claims = readPart<ResultToken>(payload);
  const seconds = nowMs / 1000;
  if (claims.iss !== issuer) throw new VrfyError('token_issuer', 'The token is of another edge.');
  if (![audience].flat().includes(claims.aud)) throw new VrfyError('token_audience', 'The token is for another key.');
  if (!(claims.exp > seconds - CLOCK_SKEW_SECONDS)) throw new VrfyError('token_expired', 'The token has expired.');
  if (!(claims.iat < seconds + CLOCK_SKEW_SECONDS)) {
    throw new VrfyError('token_not_yet_valid', 'The token is not valid yet.');
  }
  if (claims.address_sha256 !== (await hashOf(address))) {
    throw new VrfyError('token_address', 'The token is about another address.');
  }
  return claims;
}

async function findKey(kid: string, { edge, fetch }: TokenOptions, nowMs: number): Promise<CryptoKey> {
  const url = new URL(edge).origin;
  let set = keySets.get(url);
  if (set === undefined) {
    if (keySets.size >= EDGES_MAX) keySets.clear();
    set = { keys: new Map(), fetchedMs: Number.NEGATIVE_INFINITY, triedMs: Number.NEGATIVE_INFINITY, flight: null };
    keySets.set(url, set);
  }
  const isDue = nowMs - set.fetchedMs > KEYS_FRESH_MS || !set.keys.has(kid);
  let cause: unknown;
  if (isDue && (set.keys.size === 0 || set.flight !== null || nowMs - set.triedMs > REFETCH_MS)) {
    await refetch(set, { edge, fetch, timeoutMs: FETCH_MS_MAX }, nowMs).catch((fault) => {
      cause = fault;
    });
  }
  const found = set.keys.get(kid);
  if (nowMs - set.fetchedMs > KEYS_USABLE_MS || (found === undefined && cause !== undefined)) {
    throw new VrfyError('keys_unavailable', 'The keys of the edge cannot be fetched.', { cause });
  }
  if (found === undefined || found.exp * 1000 <= nowMs) {
    throw new VrfyError('token_key_unknown', 'The token names no key of the edge.');
  }
  return found.key;
}

/** Joins the fetch that is under way; one that is older than it may be died with the request that began it. */
async function refetch(set: KeySet, connection: Connection, nowMs: number): Promise<void> {
  if (set.flight === null || nowMs - set.flight.begunMs > FETCH_MS_MAX) {
    set.triedMs = nowMs;
    const begun = (async () => {
      set.keys = await fetchKeys(connection);
      set.fetchedMs = nowMs;
    })();
    set.flight = { done: begun, begunMs: nowMs };
    await begun.finally(() => {
      set.flight = null;
    });
    return;
  }
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<void>((_, reject) => {
    timer = setTimeout(reject, FETCH_MS_MAX, new VrfyError('timeout', 'The keys did not come in time.'));
  });
  await Promise.race([set.flight.done, late]).finally(() => clearTimeout(timer));
}

async function fetchKeys(connection: Connection): Promise<KeySet['keys']> {
  type Jwk = {
    readonly kty: string;
    readonly crv: string;
    readonly x: string;
    readonly kid: string;
    readonly exp?: number;
  };
  const { keys } = await ask(connection, { path: '/.well-known/jwks.json' }, (response) =>
    readJson<{ readonly keys: readonly Jwk[] }>(response),
  );
  const found = keys.slice(0, KEYS_MAX).filter(({ crv }) => crv === 'Ed25519');
  const imported = found.map(async ({ kty, crv, x, kid, exp = Number.POSITIVE_INFINITY }) => {
    const key = await crypto.subtle.importKey('jwk', { kty, crv, x }, 'Ed25519', false, ['verify']);
    return [kid, { key, exp }] as const;
  });
  return new Map(await Promise.all(imported));
}

/** The address in the form that the edge hashes: without blanks around it, NFC, the domain in lower-case A-labels. */
async function hashOf(address: string): Promise<string> {
  const text = address.trim().normalize();
  const at = text.lastIndexOf('@');
  const domain = text.slice(at + 1);
  const url = `http://${domain}`;
  const isDomain = DOMAIN.test(domain) && URL.canParse(url);
  const normal = text.slice(0, at + 1) + (isDomain ? new URL(url).hostname : domain);
  const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(normal));
  return btoa(String.fromCharCode(...new Uint8Array(hash)))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
}

function readPart<T>(part: string): T {
  try {
    const value: T | null = JSON.parse(new TextDecoder().decode(octetsOf(part)));
    if (typeof value === 'object' && value !== null) return value;
  } catch {
    // The parser's own words would quote the token.
  }
  throw malformed();
}

function octetsOf(base64url: string): Uint8Array<ArrayBuffer> {
  if (!/^[\w-]*$/.test(base64url)) throw malformed();
  return Uint8Array.from(atob(base64url.replaceAll('-', '+').replaceAll('_', '/')), (unit) => unit.charCodeAt(0));
}

function malformed(): VrfyError {
  return new VrfyError('token_malformed', 'The token cannot be read.');
}
