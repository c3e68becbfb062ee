/**
 * The edge as the command line sees it: one function per endpoint, answers checked before they are believed.
 */
import { type Answer, answerSchema } from '../shared/answer.ts';
import { UnreachableError, UsageError } from './exit.ts';
import { inTime } from './spoken-time.ts';
import { visible } from './visible.ts';

const EDGE_DEFAULT = 'http://127.0.0.1:8787';
/** Milliseconds beyond the deadline of a request before we give up on the edge. */
const GRACE_MS = 5_000;

export type ClientOptions = { readonly edge?: string | undefined; readonly key?: string | undefined };

export type VerifyRequest = {
  readonly email: string;
  readonly deadline_ms: number;
  readonly max_age?: number;
  readonly smtp: boolean;
};

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
  if (response.status === 429) throw new UsageError(`${said}${whenAgain(response)}`);
  throw isKeyFault(response.status) ? new UsageError(said) : new UnreachableError(said);
}

/** A key that is refused is for the caller to mend. */
function isKeyFault(status: number): boolean {
  return status === 401 || status === 403;
}

/** A spent quota is no fault of the service: it says when there is more. */
function whenAgain(response: Response): string {
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
  return seconds > 0 ? ` Ask again ${inTime(seconds)}.` : '';
}

/** URL of the edge: by option, by environment, or the one of `npm start`. */
export function edgeOf({ edge }: Pick<ClientOptions, 'edge'>): string {
  const base = edge ?? process.env['VRFY_EDGE'] ?? EDGE_DEFAULT;
  refuseNoUrl(base);
  return base;
}

export function refuseNoUrl(text: string): void {
  // Node 20 has no URL.parse.
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol)) {
    throw new UsageError(`${visible(text)} is not the URL of an edge`);
  }
}

export function noEdge(base: string, cause: unknown): UnreachableError {
  return new UnreachableError(`no edge answers at ${base}; is it running? (npm start)`, { cause });
}

/** What a problem says of itself, made visible. */
export function detailOf(body: unknown): string {
  return typeof body === 'object' && body !== null && 'detail' in body ? `: ${visible(String(body.detail))}` : '';
}
