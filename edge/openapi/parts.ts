/**
 * What the areas of the OpenAPI document are put together from. OpenAPI 3.1 §4.8.
 *
 * Schemas are those that validate: a schema here is made of the zod schema that the route checks with.
 */
import * as z from 'zod';
import { BODY_OCTETS_MAX } from '../routes/request.ts';

export type JsonObject = Readonly<Record<string, unknown>>;

export type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';

export type Operation = {
  readonly operationId: string;
  readonly summary: string;
  readonly description?: string;
  readonly tags: readonly [string];
  readonly security?: readonly JsonObject[];
  /** Who calls it, where that is no person (a specification extension, OpenAPI 3.1 §4.9). */
  readonly 'x-caller'?: 'node';
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly required: boolean; readonly content: JsonObject };
  readonly responses: Readonly<Record<string, ResponseObject>>;
};

export type Parameter = {
  readonly name: string;
  readonly in: 'query' | 'path' | 'header';
  readonly required: boolean;
  readonly schema: JsonObject;
};

export type ResponseObject = { readonly description: string; readonly content?: JsonObject };

/** One file a part of the API: its paths, and the schemas that they refer to by name. */
export type Area = {
  readonly paths: Readonly<Record<string, Readonly<Partial<Record<Method, Operation>>>>>;
  readonly schemas: Readonly<Record<string, JsonObject>>;
};

export function schemaOf(schema: z.ZodType, io: 'input' | 'output'): JsonObject {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io });
  return rest;
}

/** A body by the name of its schema. */
export function content(reference: string, type = 'application/json'): JsonObject {
  return { [type]: { schema: { $ref: `#/components/schemas/${reference}` } } };
}

export function problem(description: string): ResponseObject {
  return { description, content: content('Problem', 'application/problem+json') };
}

/** Faults that several operations share. */
export const FAULTS = {
  badRequest: problem('The request does not fit; `errors` names field and rule'),
  unauthorized: problem('The `Authorization` header does not hold the ADMIN_TOKEN'),
  adminOff: problem('This edge has no ADMIN_TOKEN, so nobody can administer it'),
  methodNotAllowed: problem('The path knows other methods; see `Allow`'),
  bodyTooLarge: problem(`The body is larger than ${BODY_OCTETS_MAX / 1024} KiB`),
  unsupportedMediaType: problem('The body is not application/json'),
  quotaExceeded: problem('The quota of today is spent, and a mail server would have to be asked; see `Retry-After`'),
  storeUnavailable: problem('KV cannot be reached; see `Retry-After`'),
  internal: problem('Something broke on our side, or a setting is missing or wrong'),
} as const;

/** The parameters of a GET are the fields of a schema. */
export function queryParameters(schema: z.ZodType): readonly Parameter[] {
  const { properties = {}, required = [] } = z.toJSONSchema(schema, { io: 'input' });
  return Object.entries(properties).map(([name, property]) => ({
    name,
    in: 'query',
    required: required.includes(name),
    schema: property as JsonObject,
  }));
}

/** Of a listing. */
export const CURSOR: Parameter = {
  name: 'cursor',
  in: 'query',
  required: false,
  schema: { type: 'string', description: '`cursor` of the page before' },
};

/** What anybody may call, with or without a key (edge/routes/caller.ts); and what keys of pages may not. */
export const PAGES_SECURITY: readonly JsonObject[] = [{}, { key: [] }, { pageKey: [] }];
export const SERVERS_SECURITY: readonly JsonObject[] = [{}, { key: [] }];
export const KEY_FAULTS = {
  401: problem('The key is not known, was revoked, or was not copied whole'),
  403: problem('The key is not for this route, or not for the origin of this page'),
  503: FAULTS.storeUnavailable,
} as const;

/** What only the operator may call (edge/http/admin-auth.ts). */
export const ADMIN_SECURITY: readonly JsonObject[] = [{ admin: [] }];
export const ADMIN_FAULTS = { 401: FAULTS.unauthorized, 403: FAULTS.adminOff } as const;
