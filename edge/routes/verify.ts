/**
 * `GET` and `POST /v1/verify`: the request in, checked; the verdict out, always HTTP 200.
 */
import type { Context } from 'hono';
import * as z from 'zod';
import { DEADLINE_MS_MAX, DEADLINE_MS_MIN } from '../../shared/job.ts';
import { Problem } from '../../shared/problem.ts';
import type { ClimbOptions } from '../flow/climb.ts';
import { verify } from '../flow/verify.ts';
import type { App } from '../http/context.ts';
import { putStepTimes } from '../http/tracing.ts';
import { portsFor, putRateLimit, refuseSpent } from './caller.ts';
import { refuseSlips } from './near-miss.ts';
import { BODY_OCTETS_MAX, JSON_OR_TEXT, parseFields, queryStringOf, readJson } from './request.ts';
import { withToken } from './result-token.ts';

const DEADLINE_MS_DEFAULT = 10_000;
const AGE_RULE = 'must be a whole number of seconds, 0 or more';
const DEADLINE_RULE = `must be a whole number of milliseconds from ${DEADLINE_MS_MIN} to ${DEADLINE_MS_MAX}`;

export const verifyRequestSchema = z.object({
  email: z
    .string({ error: 'must be given, as text' })
    .meta({ description: 'The address to verify', example: 'ada@good.test' }),
  deadline_ms: z
    .int(DEADLINE_RULE)
    .min(DEADLINE_MS_MIN, DEADLINE_RULE)
    .max(DEADLINE_MS_MAX, DEADLINE_RULE)
    .default(DEADLINE_MS_DEFAULT)
    .meta({ description: 'Milliseconds until an answer must be there' }),
  max_age: z
    .int(AGE_RULE)
    .min(0, AGE_RULE)
    .optional()
    .meta({ description: 'Seconds that a remembered verdict may be old; 0 asks anew' }),
  smtp: z
    .boolean('must be true or false')
    .default(true)
    .meta({ description: 'False to stop before the mail server is asked' }),
  token: z
    .boolean('must be true or false')
    .optional()
    .meta({ description: 'Whether the answer has a result token; default: with a publishable key' }),
});

const FIELDS = Object.keys(verifyRequestSchema.shape);

/** Query parameters are text; each is read as the type that its field has. */
const READ_PARAMETER: Readonly<Record<string, (text: string) => unknown>> = {
  email: (text) => text,
  deadline_ms: readInteger,
  max_age: readInteger,
  smtp: readBoolean,
  token: readBoolean,
};

function readInteger(text: string): unknown {
  return /^-?[0-9]{1,15}$/.test(text) ? Number(text) : text;
}

function readBoolean(text: string): unknown {
  return text === 'true' ? true : text === 'false' ? false : text;
}

export async function getVerify(c: Context<App>): Promise<Response> {
  return answer(c, readQuery(c));
}

/** The fields of a request that come as query parameters. */
export function readQuery(c: Context<App>): Record<string, unknown> {
  // A literal `+` is a plus, as in RFC 3986, and not the space of HTML forms: no address has an unquoted space.
  const parameters = new URLSearchParams(queryStringOf(c.req.url).replaceAll('+', '%2B'));
  refuseSlips(parameters.keys(), FIELDS);
  const fields: Record<string, unknown> = {};
  for (const [name, read] of Object.entries(READ_PARAMETER)) {
    const values = parameters.getAll(name);
    if (values.length > 1) throw fieldProblem(name, 'given_twice', 'The parameter may be given only once.');
    if (values[0] !== undefined) fields[name] = read(values[0]);
  }
  return fields;
}

export async function postVerify(c: Context<App>): Promise<Response> {
  return answer(c, await readJson(c.req.raw, BODY_OCTETS_MAX, JSON_OR_TEXT));
}

export type AddressRequest = {
  readonly email: string;
  readonly options: ClimbOptions;
  /** Null if the request does not say. */
  readonly token: boolean | null;
};

/** The address and how it is to be verified, or an `invalid_request`. */
export function readRequest(fields: unknown): AddressRequest {
  if (typeof fields === 'object' && fields !== null) refuseSlips(Object.keys(fields), FIELDS);
  const { email, deadline_ms, max_age, smtp, token = null } = parseFields(verifyRequestSchema, fields);
  return { email, options: { deadlineMs: deadline_ms, maxAgeSeconds: max_age ?? null, smtp, recheck: null }, token };
}

async function answer(c: Context<App>, fields: unknown): Promise<Response> {
  const { email, options, token } = readRequest(fields);
  const { ports, reservation } = portsFor(c);
  const verdict = await verify(email, options, ports);
  const status = reservation?.status() ?? null;
  refuseSpent(verdict, status);
  c.get('log').verdict = verdict;
  if (status !== null) putRateLimit(c, status);
  putStepTimes(c, verdict.steps);
  return c.json(await withToken(c, token, verdict), 200, { 'cache-control': 'no-store' });
}

function fieldProblem(field: string, rule: string, detail: string): Problem {
  return new Problem('invalid_request', { detail: `${field}: ${detail}`, errors: [{ field, rule, detail }] });
}
