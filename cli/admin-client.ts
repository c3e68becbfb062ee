/**
 * The edge as its operator asks it: with the admin token, from `--key` or VRFY_ADMIN_TOKEN.
 */
import type * as z from 'zod';
import type { Call } from '../client/exchange.ts';
import { type ClientOptions, callEdge, edgeOf, noAnswerOfEdge } from './client.ts';
import { UsageError } from './exit.ts';
import { withSignOfLife } from './sign-of-life.ts';

const TIMEOUT_MS = 10_000;

/**
 * The answer as JSON, null if it has no body. A refusal of the edge is reported in its own words.
 *
 * @param command name for the message about a missing token
 */
export async function askAsAdmin(
  command: string,
  method: NonNullable<Call['method']>,
  path: string,
  body: object | undefined,
  options: ClientOptions,
): Promise<unknown> {
  const edge = edgeOf(options);
  const key = options.key ?? process.env['VRFY_ADMIN_TOKEN'];
  if (key === undefined) throw new UsageError(`${command} needs the admin token: VRFY_ADMIN_TOKEN, or --key`);
  const asked = callEdge({ edge, key, timeoutMs: TIMEOUT_MS }, { method, path, json: body });
  return withSignOfLife(`the edge at ${edge}`, asked, process.stderr);
}

/** The answer as the schema has it. Any other answer means: no edge, or one of another version. */
export function expectAnswer<T>(schema: z.ZodType<T>, answer: unknown): T {
  const { success, data } = schema.safeParse(answer);
  if (!success) throw noAnswerOfEdge();
  return data;
}
