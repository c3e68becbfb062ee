/** Requests to the edge with the admin token, from `--key` or VRFY_ADMIN_TOKEN. */
import type * as z from 'zod';
import type { Call } from '../client/exchange.ts';
import { type ClientOptions, callEdge, edgeOf, noAnswerOfEdge } from './client.ts';
import { UsageError } from './exit.ts';
import { withSignOfLife } from './sign-of-life.ts';

const TIMEOUT_MS = 10_000;

/**
 * The answer as JSON, or null if it has no body. If the edge refuses, the error quotes its `detail`.
 *
 * @param command the command's name, for the message that the token is missing
 */
export async function askAsAdmin(
  command: string,
  method: NonNullable<Call['method']>,
  path: string,
  body: object | undefined,
  options: ClientOptions,
  timeoutMs = TIMEOUT_MS,
): Promise<unknown> {
  const edge = edgeOf(options);
  const key = options.key ?? process.env['VRFY_ADMIN_TOKEN'];
  if (key === undefined) throw new UsageError(`${command} needs the admin token: VRFY_ADMIN_TOKEN, or --key`);
  const asked = callEdge({ edge, key, timeoutMs }, { method, path, json: body });
  return withSignOfLife(`the edge at ${edge}`, asked, process.stderr);
}

/** The answer, checked by the schema. A mismatch means that the URL is not an edge, or an edge of another version. */
export function expectAnswer<T>(schema: z.ZodType<T>, answer: unknown): T {
  const { success, data } = schema.safeParse(answer);
  if (!success) throw noAnswerOfEdge();
  return data;
}
