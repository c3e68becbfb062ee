/**
 * The caller of a request: anonymous, or the holder of an API key. A key is read from `Authorization: Bearer KEY`
 * (RFC 6750 §2.1), or from `?key=` if it is a publishable one. Any other credential is refused: its sender must not be
 * served as an anonymous caller without noticing.
 *
 * No fault quotes what was sent.
 */

import type { Context, MiddlewareHandler } from 'hono';
import { createMiddleware } from 'hono/factory';
import type { Answer } from '../../shared/answer.ts';
import { type KeyKind, kindByPrefix, kindOfKey } from '../../shared/api-key.ts';
import { bearerOf } from '../../shared/bearer-token.ts';
import { Problem } from '../../shared/problem.ts';
import type { ManyPorts } from '../batch/verify-many.ts';
import type { Env } from '../env.ts';
import type { VerifyPorts } from '../flow/verify.ts';
import { isAdminToken } from '../http/admin-auth.ts';
import type { App } from '../http/context.ts';
import { detailOfSpent } from '../judge/verdict.ts';
import type { KeyRecord } from '../keys/records.ts';
import { policyHeaders, rateLimitHeaders } from '../quota/rate-limit.ts';
import type { QuotaStatus, Reservation } from '../quota/reservation.ts';
import type { Caller } from '../wiring/quotas.ts';
import { fieldFault, portsOf, queryStringOf, reached, waitUntilOf } from './request.ts';

/** Callers of a route: `pages` for all keys, `servers` for all but publishable ones. */
type Audience = 'pages' | 'servers';

/** The client's address, set by Cloudflare. Under `npm start` it is missing: all clients count as one. */
const CLIENT_HEADER = 'cf-connecting-ip';

const NONE: readonly string[] = [];

/** Sets `c.var.caller`, or throws a Problem of status 400, 401 or 403. Needs `c.var.services`. */
export function authenticate(audience: Audience): MiddlewareHandler<App> {
  return createMiddleware<App>(async (c, next) => {
    c.set('caller', await callerOf(c, audience));
    await next();
  });
}

async function callerOf(c: Context<App>, audience: Audience): Promise<Caller> {
  const { url } = c.req;
  const { headers } = c.req.raw;
  const authorization = headers.get('authorization');
  const parameter = keysInQuery(url);
  if (authorization === null && parameter.length === 0) {
    return { kind: 'payer', payer: { kind: 'anonymous', address: () => clientOf(headers) } };
  }
  const bearer = authorization === null ? null : (bearerOf(headers) ?? '');
  const key = keyIn(bearer, parameter);
  const kind = kindOfKey(key);
  if (kind === null) return operatorOf(bearer, c.env);
  if (kind === 'publishable' && audience === 'servers') {
    throw new Problem('key_scope', {
      detail: 'A publishable key is for verify, stream and warm; use a secret key here.',
    });
  }
  const { keys } = c.get('services');
  const atHand = keys.atHand(key);
  return admitted(atHand === undefined ? await reached(keys.lookUp(key)) : atHand, kind, c.req.raw);
}

/**
 * The keys in the query, under any parameter name and in any encoding. Otherwise a key could be overlooked: its owner would
 * be served as an anonymous caller, and would never learn that the key stands in logs.
 */
function keysInQuery(url: string): readonly string[] {
  const query = queryStringOf(url);
  if (query === '') return NONE;
  const keys: string[] = [];
  for (const [name, value] of new URLSearchParams(query)) {
    if (name === 'key') keys.push(value);
    else if (name !== 'email' || !value.includes('@')) refuseStrayKey(name, value);
  }
  return keys;
}

function refuseStrayKey(...texts: readonly string[]): void {
  const kinds = texts.map(kindByPrefix);
  if (kinds.includes('secret')) throw secretInQuery();
  if (kinds.some((kind) => kind !== null)) {
    throw fieldFault('key', 'unknown', 'is the only parameter that may hold a key');
  }
}

function secretInQuery(): Problem {
  return new Problem('key_in_query', {
    detail: 'A secret key belongs in the Authorization header: a URL ends in logs and histories. Replace this key.',
  });
}

/** The operator, if the token is ADMIN_TOKEN. Any other text that is no key is refused. */
async function operatorOf(bearer: string | null, { ADMIN_TOKEN }: Env): Promise<Caller> {
  if (await isAdminToken(bearer, ADMIN_TOKEN)) return { kind: 'payer', payer: { kind: 'operator' } };
  throw refusedKey('key_malformed', 'This is no key, or it was not copied whole.');
}

/** The address of the client, or one word for all clients without one. */
function clientOf(headers: Headers): string {
  return clientAddressOf(headers) ?? 'local';
}

export function clientAddressOf(headers: Headers): string | null {
  return headers.get(CLIENT_HEADER);
}

/** The one key that was sent. */
function keyIn(bearer: string | null, parameter: readonly string[]): string {
  const [inQuery, ...more] = parameter;
  if (more.length > 0 || (bearer !== null && inQuery !== undefined)) {
    throw fieldFault('key', 'given_twice', 'must be given once, in the Authorization header or as a parameter');
  }
  if (inQuery === undefined) return bearer ?? '';
  if (kindByPrefix(inQuery) === 'secret') throw secretInQuery();
  return inQuery;
}

function admitted(record: KeyRecord | null, kind: KeyKind, request: Request): Caller {
  if (record === null || record.kind !== kind)
    throw refusedKey('key_unknown', 'This key is not known, or was revoked.');
  const { id, daily_quota: dailyQuota } = record;
  if (kind === 'test') return { kind: 'test', id };
  if (kind === 'secret') return { kind: 'payer', payer: { kind: 'key', id, dailyQuota } };
  if (!record.origins.includes(originOf(request) ?? '')) {
    throw new Problem('key_origin', { detail: 'This key may be used from the pages of its own origins only.' });
  }
  const { visitor_daily_quota: perDay, visitor_minute_quota: perMinute } = record;
  const address = (): string => clientOf(request.headers);
  return { kind: 'payer', payer: { kind: 'visitor', id, dailyQuota, perDay, perMinute, address } };
}

/** The origin of the page that asks; a GET to a page's own origin has none to name (Fetch standard §3.2). */
function originOf({ headers, url }: Request): string | null {
  return headers.get('origin') ?? (headers.get('sec-fetch-site') === 'same-origin' ? new URL(url).origin : null);
}

function refusedKey(code: 'key_malformed' | 'key_unknown', detail: string): Problem {
  return new Problem(code, { detail, headers: { 'www-authenticate': 'Bearer realm="vrfy", error="invalid_token"' } });
}

/** Ports to verify one address for the caller, and the reservation that pays for it; null if the caller has no bound. */
export function portsFor(c: Context<App>): {
  readonly ports: VerifyPorts;
  readonly reservation: Reservation | null;
} {
  const { caller, services } = c.var;
  if (caller.kind === 'test') return { ports: services.testAnswers().ports, reservation: null };
  const reservation = services.quotas.reservationFor(caller.payer, null, waitUntilOf(c));
  const payment = services.quotas.paymentFor(caller.payer, reservation, null, waitUntilOf(c));
  return { ports: portsOf(c, payment), reservation };
}

/** Ports to verify a batch of addresses for the caller, and the reservation that pays for it, as above. */
export function manyPortsFor(
  c: Context<App>,
  addresses: number,
  onFault: ManyPorts['onFault'],
): { readonly ports: ManyPorts; readonly reservation: Reservation | null } {
  const { caller, services, trace, names } = c.var;
  if (caller.kind === 'test') {
    const { gather, ports } = services.testAnswers();
    return {
      ports: { gather, quota: null, names: null, waitUntil: ports.waitUntil, onFault },
      reservation: null,
    };
  }
  const waitUntil = waitUntilOf(c);
  const { quotas } = services;
  const reservation = quotas.reservationFor(caller.payer, addresses, waitUntil);
  const quota = quotas.paymentFor(caller.payer, reservation, addresses, waitUntil);
  const gather: ManyPorts['gather'] = (signal) => services.gather(signal, trace.traceparent);
  return { ports: { gather, quota, names, waitUntil, onFault }, reservation };
}

/** Throws `quota_exceeded` if there was no probe because the quota is spent. */
export function refuseSpent({ reason }: Answer, status: QuotaStatus | null): void {
  // With smtp=false nothing is reserved, and the status is null.
  if (status !== null && reason === 'not_probed') throw quotaProblem(status);
}

export function quotaProblem(status: QuotaStatus): Problem {
  const headers = { ...rateLimitHeaders(status), 'retry-after': String(status.resetSeconds) };
  return new Problem('quota_exceeded', { detail: detailOfSpent(status), headers });
}

export function putRateLimit(c: Context<App>, status: QuotaStatus): void {
  for (const [name, value] of Object.entries(rateLimitHeaders(status))) c.header(name, value);
}

/** For an answer that begins before anything is spent. */
export function putPolicy(c: Context<App>, bounds: Pick<QuotaStatus, 'limit' | 'minuteLimit'>): void {
  for (const [name, value] of Object.entries(policyHeaders(bounds))) c.header(name, value);
}
