/**
 * Common parts of the areas of the OpenAPI document: tags, named schemas, shared faults, security. OpenAPI 3.1 §4.8.
 */
import { type describeRoute, resolver, validator } from 'hono-openapi';
import * as z from 'zod';
import { PROBLEMS, type ProblemCode } from '../../shared/problem.ts';
import { REASON_NAMES, reasonRow } from '../../shared/verdict.ts';
import { BODY_OCTETS_MAX } from '../routes/request.ts';
import { EXAMPLES } from './examples.ts';

/** Each reason with its verdict, and when it is given. */
function reasonsTable(): string {
  const rows = REASON_NAMES.map((reason) => {
    const { verdict, when } = reasonRow(reason);
    return `| ${verdict} | \`${reason}\` | ${when.replaceAll('|', '\\|')} |`;
  });
  return ['| verdict | reason | when |', '|---|---|---|', ...rows].join('\n');
}

/** Parts of the API, in the order of the page, by who calls them. */
export const TAG_GROUPS = {
  'For callers': {
    Verify: `Ask for verdicts: of one address, of one step by step, or of up to 1000. With or without a key.\n\n${reasonsTable()}`,
    'Free key': 'Get a key by mail. No key is needed.',
    Lists: 'Clean a file: up to 1,000,000 rows come back as they were, with a verdict beside each. With a key.',
    Service: 'Health, public keys and documents. No key is needed.',
  },
  'For the operator': {
    Keys: 'Give and revoke keys of the API. With the ADMIN_TOKEN.',
    'Lists under way': 'See the lists of all keys that are not over. With the ADMIN_TOKEN.',
    Domains: 'Mark domains as disposable, or allow them. With the ADMIN_TOKEN.',
    Nodes: 'See, empty and remove probe nodes, and let new ones join. With the ADMIN_TOKEN.',
    'Back-up': 'Read keys, marks and nodes as entries without secrets, and take them back. With the ADMIN_TOKEN.',
  },
  'For nodes': {
    'Node protocol': 'Probe nodes call this with keys of their own; a person has none of them.',
  },
} as const;

/** Argument of `describeRoute`; its bodies are made from schemas. */
type Description = Parameters<typeof describeRoute>[0];
export type Responses = NonNullable<Description['responses']>;
export type Parameter = NonNullable<Description['parameters']>[number];
type Security = NonNullable<Description['security']>;

/** A schema that validates, under its name in the document. */
export type NamedSchema = { readonly name: string; readonly schema: ReturnType<typeof resolver> };

/** Bounds of `z.int()` are those of a number in JavaScript, which a caller has no use for. */
const withoutSafeIntegers = ({ jsonSchema }: { readonly jsonSchema: { minimum?: number; maximum?: number } }): void => {
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
};

const asParameters = { options: { override: withoutSafeIntegers } };

/** The parameters of a GET are the fields of a schema. */
export const queryOf = (schema: z.ZodType) => validator('query', schema, undefined, asParameters);

/** @param io if a caller writes it or reads it: a field with a default may be left out only of what a caller writes */
export function named(name: string, schema: z.ZodType, io: 'input' | 'output'): NamedSchema {
  return {
    name,
    schema: resolver(schema.meta({ ...schema.meta(), ref: name }), { options: { io, override: withoutSafeIntegers } }),
  };
}

/** A body with an example: that of the schema, if no other is given. */
export function content({ name, schema }: NamedSchema, type = 'application/json', example: unknown = EXAMPLES[name]) {
  return { [type]: example === undefined ? { schema } : { schema, example } };
}

/** A body that a request must have. */
export function body(schema: NamedSchema): NonNullable<Description['requestBody']> {
  return { required: true, content: content(schema) };
}

const problemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    code: z.enum(Object.keys(PROBLEMS)),
    detail: z.string(),
    errors: z.array(z.object({ field: z.string(), rule: z.string(), detail: z.string() })).optional(),
  })
  .meta({ description: 'RFC 9457 problem details' });

/** @param code of the example; a fault that may have several codes shows the first that a client meets */
export function problem(description: string, code: ProblemCode) {
  const { title, status } = PROBLEMS[code];
  const example = { type: `urn:vrfy:problem:${code}`, title, status, code, detail: `${title}.` };
  return {
    description,
    content: content(named('Problem', problemSchema, 'output'), 'application/problem+json', example),
  };
}

/** Faults that several operations share: the introduction lists them, and the operations refer to them. */
const SHARED_FAULTS = {
  badRequest: ['invalid_request', 'The request does not fit; `errors` names field and rule'],
  keyRefused: ['key_unknown', 'The key is not known, was revoked, or was not copied whole'],
  unauthorized: ['unauthorized', 'The `Authorization` header does not hold the ADMIN_TOKEN'],
  keyScope: ['key_scope', 'The key is not for this route, or not for the origin of this page'],
  adminOff: ['admin_off', 'This edge has no ADMIN_TOKEN, so it cannot be administered'],
  methodNotAllowed: ['method_not_allowed', 'The path knows other methods; see `Allow`'],
  bodyTooLarge: ['body_too_large', `The body is larger than ${BODY_OCTETS_MAX / 1024} KiB`],
  unsupportedMediaType: ['unsupported_media_type', 'The body is not application/json'],
  quotaExceeded: [
    'quota_exceeded',
    'The quota of today is spent, and a mail server would have to be asked; see `Retry-After`',
  ],
  internal: ['internal', 'Something broke on our side, or a setting is missing or wrong'],
  storeUnavailable: ['store_unavailable', 'KV cannot be reached; see `Retry-After`'],
  registryUnavailable: ['registry_unavailable', 'The registry does not answer just now; see `Retry-After`'],
} as const satisfies Record<string, readonly [ProblemCode, string]>;

type FaultName = keyof typeof SHARED_FAULTS;
const FAULT_NAMES = Object.keys(SHARED_FAULTS) as readonly FaultName[];

/** For `components.responses`. */
export const sharedResponses = (): Responses =>
  Object.fromEntries(
    FAULT_NAMES.map((name) => {
      const [code, description] = SHARED_FAULTS[name];
      return [name, problem(description, code)];
    }),
  );

/** The shared faults as a table. */
export function faultsTable(): string {
  const rows = Object.values(SHARED_FAULTS).map(
    ([code, description]) => `| \`${code}\` (${PROBLEMS[code].status}) | ${description} |`,
  );
  return ['| `code` (status) | meaning |', '|---|---|', ...rows].join('\n');
}

export const FAULTS = Object.fromEntries(
  FAULT_NAMES.map((name) => [name, { $ref: `#/components/responses/${name}` }]),
) as Readonly<Record<FaultName, { readonly $ref: string }>>;

/** Of a listing. */
export const CURSOR: Parameter = {
  name: 'cursor',
  in: 'query',
  required: false,
  schema: { type: 'string', description: '`cursor` of the page before' },
};

/** What anybody may call, with or without a key (edge/routes/caller.ts); and what keys of pages may not. */
export const PAGES_SECURITY: Security = [{}, { key: [] }, { pageKey: [] }];
export const SERVERS_SECURITY: Security = [{}, { key: [] }];
/** What needs a key, or the ADMIN_TOKEN. */
export const KEY_SECURITY: Security = [{ key: [] }, { admin: [] }];
export const KEY_FAULTS = { 401: FAULTS.keyRefused, 403: FAULTS.keyScope, 503: FAULTS.storeUnavailable } as const;

/** What only the operator may call (edge/http/admin-auth.ts). */
export const ADMIN_SECURITY: Security = [{ admin: [] }];
export const ADMIN_FAULTS = { 401: FAULTS.unauthorized, 403: FAULTS.adminOff } as const;
