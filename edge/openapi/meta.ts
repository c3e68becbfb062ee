/** The part of the OpenAPI document about what the service says of itself. */
import * as z from 'zod';
import { PROBLEMS } from '../../shared/problem.ts';
import { type Area, content, FAULTS, problem, schemaOf } from './parts.ts';

const TAGS = ['Service'] as const;

export const metaArea = (): Area => ({
  paths: {
    '/healthz': {
      get: {
        operationId: 'health',
        summary: 'The worker runs and its settings are whole',
        tags: TAGS,
        responses: {
          200: { description: 'It does', content: { 'application/json': { schema: { type: 'object' } } } },
          405: FAULTS.methodNotAllowed,
          500: problem('A setting is missing or wrong'),
        },
      },
    },
    '/.well-known/jwks.json': {
      get: {
        operationId: 'keys',
        summary: 'Public keys that probe jobs are signed with',
        tags: TAGS,
        responses: {
          200: { description: 'A JWK set', content: content('Keys', 'application/jwk-set+json') },
          405: FAULTS.methodNotAllowed,
          500: FAULTS.internal,
        },
      },
    },
    '/openapi.json': {
      get: {
        operationId: 'openapi',
        summary: 'This document',
        tags: TAGS,
        responses: {
          200: { description: 'OpenAPI 3.1', content: { 'application/json': {} } },
          405: FAULTS.methodNotAllowed,
        },
      },
    },
    '/docs': {
      get: {
        operationId: 'docs',
        summary: 'This document, to read',
        tags: TAGS,
        responses: { 200: { description: 'A page', content: { 'text/html': {} } }, 405: FAULTS.methodNotAllowed },
      },
    },
    '/': {
      get: {
        operationId: 'root',
        summary: 'The way to /docs',
        tags: TAGS,
        responses: { 302: { description: '`Location` is /docs' }, 405: FAULTS.methodNotAllowed },
      },
    },
  },
  schemas: { Problem: schemaOf(problemSchema(), 'output'), Keys: schemaOf(jwksSchema(), 'output') },
});

const problemSchema = () =>
  z
    .object({
      type: z.string(),
      title: z.string(),
      status: z.int(),
      code: z.enum(Object.keys(PROBLEMS)),
      detail: z.string(),
      errors: z.array(z.object({ field: z.string(), rule: z.string(), detail: z.string() })).optional(),
    })
    .meta({ description: 'RFC 9457 problem details' });

const jwksSchema = () => z.object({ keys: z.array(z.record(z.string(), z.unknown())) });
