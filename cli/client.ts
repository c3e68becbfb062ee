/**
 * The edge as the command line sees it: one function per endpoint, answers checked before they are believed.
 */
import { fetch } from 'undici';
import { type Answer, answerSchema } from '../shared/answer.ts';
import { UnreachableError, UsageError } from './exit.ts';
import { visible } from './visible.ts';

const EDGE_DEFAULT = 'http://127.0.0.1:8787';
/** Milliseconds beyond the deadline of a request before we give up on the edge. */
const GRACE_MS = 5_000;

export type ClientOptions = { readonly edge: string | undefined; readonly key: string | undefined };

export type VerifyRequest = {
  readonly email: string;
  readonly deadline_ms: number;
  readonly max_age?: number;
  readonly smtp: boolean;
};

/** Options that every command which talks to the edge understands. */
export const CLIENT_OPTIONS = { edge: { type: 'string' }, key: { type: 'string' } } as const;

export async function requestVerify(request: VerifyRequest, options: ClientOptions): Promise<Answer> {
  const base = edgeOf(options);
  const key = options.key ?? process.env['VRFY_KEY'];
  const response = await fetch(new URL('/v1/verify', base), {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(key === undefined ? {} : { authorization: `Bearer ${key}` }) },
    body: JSON.stringify(request),
    signal: AbortSignal.timeout(request.deadline_ms + GRACE_MS),
  }).catch((error: unknown) => {
    throw noEdge(base, error);
  });
  const body: unknown = await response.json().catch(() => null);
  const parsed = answerSchema.safeParse(body);
  if (response.ok && parsed.success) return parsed.data;
  const said = `the edge at ${base} answered ${response.status}${detailOf(body)}`;
  throw isKeyFault(response.status) ? new UsageError(said) : new UnreachableError(said);
}

/** A key that is refused must be mended by whoever calls; quota that is spent comes back by itself. */
function isKeyFault(status: number): boolean {
  return status === 401 || status === 403;
}

/** URL of the edge: by option, by environment, or the one of `npm start`. */
export function edgeOf({ edge }: Pick<ClientOptions, 'edge'>): string {
  const base = edge ?? process.env['VRFY_EDGE'] ?? EDGE_DEFAULT;
  if (!/^https?:$/.test(URL.parse(base)?.protocol ?? '')) throw new UsageError(`${base} is not the URL of an edge`);
  return base;
}

export function noEdge(base: string, cause: unknown): UnreachableError {
  return new UnreachableError(`no edge answers at ${base}; is it running? (npm start)`, { cause });
}

/** What a problem says of itself, made visible. */
export function detailOf(body: unknown): string {
  return typeof body === 'object' && body !== null && 'detail' in body ? `: ${visible(String(body.detail))}` : '';
}
