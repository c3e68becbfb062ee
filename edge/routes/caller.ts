/**
 * Who asks: nobody in particular, or the holder of a key of the API. A key is read from `Authorization: Bearer KEY`
 * (RFC 6750 §2.1), or from `?key=` where it is one that pages carry; whatever else a request presents is refused, and never
 * taken for nobody's.
 *
 * No fault says what was sent.
 */

import type { Context } from 'hono';
import type { Answer } from '../../shared/answer.ts';
import { type KeyKind, kindByPrefix, kindOfKey } from '../../shared/api-key.ts';
import { bearerOf } from '../../shared/bearer-token.ts';
import { Problem } from '../../shared/problem.ts';
import type { ManyPorts } from '../batch/verify-many.ts';
import type { Env } from '../env.ts';
import type { VerifyPorts } from '../flow/verify.ts';
import { isAdminToken } from '../http/admin-auth.ts';
import { detailOfSpent } from '../judge/verdict.ts';
import type { KeyRecord } from '../keys/records.ts';
import { policyHeaders, rateLimitHeaders } from '../quota/rate-limit.ts';
import type { QuotaStatus, Reservation } from '../quota/reservation.ts';
import type { Payer } from '../wiring/quotas.ts';
import type { App, Carried, Services } from '../wiring/services.ts';
import { fieldFault, portsOf, reached, waitUntilOf } from './request.ts';

export type Caller = { readonly kind: 'test' } | { readonly kind: 'payer'; readonly payer: Payer };

/** Who may use a route: everybody, or all but pages. */
export type Audience = 'pages' | 'servers';

/** Who asks as Cloudflare sees them; on a machine of one's own there is nobody to tell apart. */
const CLIENT_HEADER = 'cf-connecting-ip';

const NONE: readonly string[] = [];
const TEST: Caller = { kind: 'test' };

/** The caller, at once where nothing must be looked up; throws what it may not do. */
export function callerOf(c: Context<App>, services: Services, audience: Audience): Caller | Promise<Caller> {
  const { url, headers } = c.env;
  const authorization = headers.get('authorization');
  const parameter = keysInQuery(url);
  if (authorization === null && parameter.length === 0) {
    return { kind: 'payer', payer: { kind: 'anonymous', address: () => clientOf(headers) } };
  }
  const bearer = authorization === null ? null : (bearerOf(headers) ?? '');
  const key = keyIn(bearer, parameter);
  const kind = kindOfKey(key);
  if (kind === null) return operatorOf(bearer, c.env.bindings);
  if (kind === 'publishable' && audience === 'servers') {
    throw new Problem('key_scope', {
      detail: 'A publishable key is for verify, stream and warm; use a secret key here.',
    });
  }
  const admit = (record: KeyRecord | null): Caller => admitted(record, kind, c.env);
  const atHand = services.keys.atHand(key);
  return atHand === undefined ? reached(services.keys.lookUp(key)).then(admit) : admit(atHand);
}

/**
 * The keys in the query, whatever their parameter is called and however it is encoded: a key that was not seen would be
 * nobody's, and its owner would never learn that it stands in logs.
 */
function keysInQuery(url: string): readonly string[] {
  if (!url.includes('?')) return NONE;
  const keys: string[] = [];
  for (const [name, value] of new URL(url).searchParams) {
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

/** Who holds the ADMIN_TOKEN is the operator; whoever sends something else that is no key is refused. */
async function operatorOf(bearer: string | null, { ADMIN_TOKEN }: Env): Promise<Caller> {
  if (await isAdminToken(bearer, ADMIN_TOKEN)) return { kind: 'payer', payer: { kind: 'operator' } };
  throw refusedKey('key_malformed', 'This is no key, or it was not copied whole.');
}

/** The address of the client, or a word for all who have none. */
export function clientOf(headers: Headers): string {
  return headers.get(CLIENT_HEADER) ?? 'local';
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

function admitted(record: KeyRecord | null, kind: KeyKind, carried: Carried): Caller {
  if (record === null || record.kind !== kind)
    throw refusedKey('key_unknown', 'This key is not known, or was revoked.');
  if (kind === 'test') return TEST;
  if (kind === 'publishable' && !record.origins.includes(originOf(carried) ?? '')) {
    throw new Problem('key_origin', { detail: 'This key may be used from the pages of its own origins only.' });
  }
  return { kind: 'payer', payer: { kind: 'key', id: record.id, dailyQuota: record.daily_quota } };
}

/** The origin of the page that asks; a GET to a page's own origin has none to name (Fetch standard §3.2). */
function originOf({ headers, url }: Carried): string | null {
  return headers.get('origin') ?? (headers.get('sec-fetch-site') === 'same-origin' ? new URL(url).origin : null);
}

function refusedKey(code: 'key_malformed' | 'key_unknown', detail: string): Problem {
  return new Problem(code, { detail, headers: { 'www-authenticate': 'Bearer realm="vrfy", error="invalid_token"' } });
}

/** What one address is verified with on behalf of a caller. */
export function portsFor(
  c: Context<App>,
  services: Services,
  caller: Caller,
): { readonly ports: VerifyPorts; readonly purse: Reservation | null } {
  if (caller.kind === 'test') return { ports: services.testAnswers().ports, purse: null };
  const purse = services.quotas.purseOf(caller.payer, null, waitUntilOf(c));
  return { ports: portsOf(c, services, purse), purse };
}

/** What the request adds to the ports of a list. */
type OfRequest = Omit<ManyPorts, 'gather' | 'quota'> & { readonly traceparent: string };

/** What a list of addresses is verified with on behalf of a caller. */
export function manyPortsFor(
  { gather, quotas, testAnswers }: Services,
  caller: Caller,
  addresses: number,
  { traceparent, waitUntil, onFault }: OfRequest,
): ManyPorts {
  if (caller.kind === 'test') {
    const test = testAnswers();
    return { gather: test.gather, quota: null, waitUntil: test.ports.waitUntil, onFault };
  }
  const quota = quotas.purseOf(caller.payer, addresses, waitUntil);
  return { gather: (signal) => gather(signal, traceparent), quota, waitUntil, onFault };
}

/** Throws where the verdict is none because the quota is spent. */
export function refuseSpent({ reason }: Answer, standing: QuotaStatus | null): void {
  // With smtp=false nothing is reserved, and there is no standing.
  if (standing !== null && reason === 'not_probed') throw quotaProblem(standing);
}

export function quotaProblem(standing: QuotaStatus): Problem {
  const headers = { ...rateLimitHeaders(standing), 'retry-after': String(standing.resetSeconds) };
  return new Problem('quota_exceeded', { detail: detailOfSpent(standing), headers });
}

export function putRateLimit(headers: Headers, standing: QuotaStatus): void {
  for (const [name, value] of Object.entries(rateLimitHeaders(standing))) headers.set(name, value);
}

/** For an answer that begins before anything is spent. */
export function putPolicy(headers: Headers, limit: number): void {
  for (const [name, value] of Object.entries(policyHeaders(limit))) headers.set(name, value);
}
