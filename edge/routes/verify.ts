/**
 * `GET` and `POST /v1/verify`: the request in, checked; the verdict out, always HTTP 200.
 */
import type { Context } from 'hono';
import * as z from 'zod';
import type { Answer } from '../../shared/answer.ts';
import { DEADLINE_MS_MAX, DEADLINE_MS_MIN } from '../../shared/job.ts';
import { inOnePiece } from '../../shared/one-piece.ts';
import { Problem } from '../../shared/problem.ts';
import { type MaybePromise, whenThere } from '../async/maybe-promise.ts';
import type { ClimbOptions } from '../flow/climb.ts';
import { verify } from '../flow/verify.ts';
import { respondWith } from '../http/respond.ts';
import type { Reservation } from '../quota/reservation.ts';
import type { App, Carried } from '../wiring/services.ts';
import { callerOf, portsFor, putRateLimit, refuseSpent } from './caller.ts';
import { refuseSlips } from './near-miss.ts';
import { parseFields, readJson } from './request.ts';

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
});

const FIELDS = Object.keys(verifyRequestSchema.shape);

/** Query parameters are text; each is read as the type that its field has. */
const READ_PARAMETER: Readonly<Record<string, (text: string) => unknown>> = {
  email: (text) => text,
  deadline_ms: readInteger,
  max_age: readInteger,
  smtp: (text) => (text === 'true' ? true : text === 'false' ? false : text),
};

function readInteger(text: string): unknown {
  return /^-?[0-9]{1,15}$/.test(text) ? Number(text) : text;
}

export function getVerify(c: Context<App>): MaybePromise<Response> {
  return answer(c, readQuery(c));
}

/** A query of an address and nothing else, in which only the @ may be encoded: nearly every one. */
const PLAIN_QUERY = /^[^?#]+\?email=((?:[A-Za-z0-9._@-]|%40)+)$/;

/** The fields of a request that come as query parameters. */
export function readQuery(c: Context<App>): Record<string, unknown> {
  // Without a URL object and its parameters, which cost as much as the verdict of an address that is none.
  const { url } = c.env;
  const plain = PLAIN_QUERY.exec(url)?.[1];
  if (plain !== undefined) {
    const email = plain.replaceAll('%40', '@');
    return { email: inOnePiece(email.slice(0, 1), email.slice(1)) };
  }
  // A literal `+` is a plus, as RFC 3986 has it, and not the blank of HTML forms: no address has an unquoted blank.
  const parameters = new URLSearchParams(new URL(url).search.replaceAll('+', '%2B'));
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
  return answer(c, await readJson(c.req.raw));
}

type VerifyRequest = { readonly email: string; readonly options: ClimbOptions };

/** How an address is verified where the request says nothing of it. */
const DEFAULT_OPTIONS = optionsOf(verifyRequestSchema.parse({ email: '' }));

/** The address and how it is to be verified, or an `invalid_request`. */
export function readRequest(fields: unknown): VerifyRequest {
  if (isAddressAlone(fields)) return { email: fields.email, options: DEFAULT_OPTIONS };
  if (typeof fields === 'object' && fields !== null) refuseSlips(Object.keys(fields), FIELDS);
  const request = parseFields(verifyRequestSchema, fields);
  return { email: request.email, options: optionsOf(request) };
}

function optionsOf({ deadline_ms, max_age, smtp }: z.output<typeof verifyRequestSchema>): ClimbOptions {
  return { deadlineMs: deadline_ms, maxAgeSeconds: max_age ?? null, smtp, recheck: null };
}

/** Nothing that a schema would have to look at: Workers forbid the code that would make the look a quick one. */
function isAddressAlone(fields: unknown): fields is { readonly email: string } {
  if (typeof fields !== 'object' || fields === null || !Object.hasOwn(fields, 'email')) return false;
  return Object.keys(fields).length === 1 && 'email' in fields && typeof fields.email === 'string';
}

function answer(c: Context<App>, fields: unknown): MaybePromise<Response> {
  const { email, options } = readRequest(fields);
  return whenThere(c.env.services(), (services) =>
    whenThere(callerOf(c, services, 'pages'), (caller) => {
      const { ports, purse } = portsFor(c, services, caller);
      return whenThere(verify(email, options, ports), (verdict) => respond(verdict, purse, c.env));
    }),
  );
}

function respond(verdict: Answer, purse: Reservation | null, carried: Carried): Response {
  const standing = purse?.standing() ?? null;
  if (standing === null) return respondWith(verdict, carried);
  refuseSpent(verdict, standing);
  const response = respondWith(verdict, carried);
  putRateLimit(response.headers, standing);
  return response;
}

function fieldProblem(field: string, rule: string, detail: string): Problem {
  return new Problem('invalid_request', { detail: `${field}: ${detail}`, errors: [{ field, rule, detail }] });
}
