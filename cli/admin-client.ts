/**
 * The edge as its operator asks it: with the admin token, from `--key` or VRFY_ADMIN_TOKEN.
 */
import type * as z from 'zod';
import { type ClientOptions, detailOf, edgeOf, noEdge } from './client.ts';
import { UnreachableError, UsageError } from './exit.ts';
import { withSignOfLife } from './sign-of-life.ts';

const TIMEOUT_MS = 10_000;

/**
 * The answer as JSON, null where it has no body. What the edge refuses is told in its own words.
 *
 * @param command that asks, for whoever has no token
 */
export async function askAsAdmin(
  command: string,
  method: string,
  path: string,
  body: object | undefined,
  options: ClientOptions,
): Promise<unknown> {
  const base = edgeOf(options);
  const token = options.key ?? process.env['VRFY_ADMIN_TOKEN'];
  if (token === undefined) throw new UsageError(`${command} needs the admin token: VRFY_ADMIN_TOKEN, or --key`);
  const init: RequestInit = {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    signal: AbortSignal.timeout(TIMEOUT_MS),
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  };
  const asked = fetch(new URL(path, base), init).catch((error: unknown) => {
    throw noEdge(base, error);
  });
  const response = await withSignOfLife(`the edge at ${base}`, asked, process.stderr);
  const answer: unknown = await response.json().catch(() => null);
  if (response.ok) return answer;
  const said = `the edge at ${base} answered ${response.status}${detailOf(answer)}`;
  throw response.status >= 500 ? new UnreachableError(said) : new UsageError(said);
}

/** The answer as the schema has it. What answers otherwise is no edge, or one of another version. */
export function expectAnswer<T>(schema: z.ZodType<T>, answer: unknown): T {
  const { success, data } = schema.safeParse(answer);
  if (!success) throw new UnreachableError('the service at that URL does not answer like a vrfy edge of this version');
  return data;
}
