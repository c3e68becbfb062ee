/**
 * Parts of routes: the ports of a flow for one request, JSON read within a bound, fields checked against a schema. Each
 * way in which that can fail has a Problem of its own.
 *
 * The body is counted while it is read (shared/bounded-body.ts): Hono's `bodyLimit` trusts Content-Length, and a Worker
 * that calls over a service binding may put anything there.
 */
import type { Context } from 'hono';
import type { z } from 'zod';
import { readBounded } from '../../shared/bounded-body.ts';
import { fieldFaultsOf, Problem } from '../../shared/problem.ts';
import type { VerifyPorts } from '../flow/verify.ts';
import type { App } from '../http/context.ts';
import type { WarmPorts } from '../probe/warm.ts';

export type RequestPorts = VerifyPorts & WarmPorts;

/** The ports of a flow for this request: nodes are told its trace, and its work goes on after the answer. */
export function portsOf(c: Context<App>, quota: RequestPorts['quota'] = null): RequestPorts {
  const { ports, rightOfWay } = c.get('services');
  const { traceparent } = c.get('trace');
  return {
    ...ports,
    quota,
    names: c.get('names'),
    probe: (job, choice, signal) => ports.probe(job, choice, signal, traceparent),
    warm: (job, signal) => ports.warm(job, signal, traceparent),
    waitUntil: waitUntilOf(c),
    claimWay: rightOfWay.claim,
    isAbandoned: () => c.req.raw.signal.aborted,
  };
}

/** Keeps work alive after the answer to this request. */
export function waitUntilOf(c: Context<App>): RequestPorts['waitUntil'] {
  return (work) => c.executionCtx.waitUntil(work);
}

/** Makes a store that fails a Problem. A verdict goes on without memory; an operator or a holder of a key must be told. */
export async function reached<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    throw new Problem('store_unavailable', { cause, headers: { 'retry-after': '5' } });
  }
}

/** Longer than any cursor of KV. */
const CURSOR_LENGTH_MAX = 1024;

/** The cursor of a listing, or null for its first page. */
export function readCursor(c: Context<App>): string | null {
  const cursor = c.req.query('cursor') ?? null;
  if (cursor !== null && (cursor === '' || cursor.length > CURSOR_LENGTH_MAX)) {
    throw fieldFault('cursor', 'custom', 'must be the cursor of the page before');
  }
  return cursor;
}

/** The query of a URL as it was sent (RFC 3986 §3.4), or an empty text. */
export function queryStringOf(url: string): string {
  return /^[^?#]*\?([^#]*)/.exec(url)?.[1] ?? '';
}

/** A fault of one field. */
export function fieldFault(field: string, rule: string, detail: string): Problem {
  return new Problem('invalid_request', { detail: `${field}: ${detail}.`, errors: [{ field, rule, detail }] });
}

/** Octets of a request body. */
export const BODY_OCTETS_MAX = 65_536;

/** The fields as the schema types them, or an `invalid_request` that names field and rule of everything that is wrong. */
export function parseFields<S extends z.ZodType>(schema: S, fields: unknown): z.output<S> {
  const parsed = schema.safeParse(fields, { reportInput: true });
  if (parsed.success) return parsed.data;
  const errors = fieldFaultsOf(parsed.error);
  const [first] = errors;
  throw new Problem('invalid_request', {
    detail: `${first?.field === '' ? 'The body' : first?.field}: ${first?.detail}.`,
    errors,
  });
}

const JSON_ALONE: readonly string[] = ['application/json'];
/**
 * JSON from a page: as `text/plain` it is sent without a preflight (Fetch standard §2.2.2, CORS-safelisted request header),
 * and `navigator.sendBeacon` sends text as nothing else. No cookie is ever looked at, so that nothing is forged by it.
 */
export const JSON_OR_TEXT: readonly string[] = ['application/json', 'text/plain'];

/** The body of a request as JSON. */
export async function readJson(
  request: Request,
  octetsMax = BODY_OCTETS_MAX,
  mediaTypes = JSON_ALONE,
): Promise<unknown> {
  const mediaType = request.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase();
  if (mediaType === undefined || !mediaTypes.includes(mediaType)) {
    throw new Problem('unsupported_media_type', { detail: `The body must be ${mediaTypes.join(' or ')}.` });
  }
  const encoding = request.headers.get('content-encoding')?.trim().toLowerCase() ?? 'identity';
  if (encoding !== 'identity') {
    // A compressed body could be a thousand times as long as its bytes.
    throw new Problem('unsupported_media_type', {
      detail: 'The body must not be compressed.',
      headers: { 'accept-encoding': 'identity' },
    });
  }
  const octets = await readBounded(request.body, octetsMax);
  if (octets === null) {
    throw new Problem('body_too_large', { detail: `The body may have ${octetsMax} octets.` });
  }
  return parseJson(octets);
}

function parseJson(octets: Uint8Array): unknown {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(octets);
  } catch {
    throw new Problem('invalid_json', { detail: 'The body is not UTF-8.' });
  }
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own words would quote the body.
    throw new Problem('invalid_json', { detail: 'The body is not JSON.' });
  }
}
