/** The part of the OpenAPI document about what the service says of itself. */
import { Hono } from 'hono';
import { describeRoute } from 'hono-openapi';
import * as z from 'zod';
import { content, FAULTS, named, problem } from './parts.ts';

const TAGS = ['Service'];
const PAGE = { 'text/html': {} };

export function metaArea(): Hono {
  const Keys = named('Keys', jwksSchema(), 'output');
  const area = new Hono();
  area.get(
    '/healthz',
    describeRoute({
      operationId: 'health',
      summary: 'The worker runs and its settings are whole',
      tags: TAGS,
      responses: {
        200: {
          description: 'It does',
          content: { 'application/json': { schema: { type: 'object' }, example: { status: 'ok' } } },
        },
        405: FAULTS.methodNotAllowed,
        500: problem('A setting is missing or wrong', 'misconfigured'),
      },
    }),
  );
  area.get(
    '/.well-known/jwks.json',
    describeRoute({
      operationId: 'keys',
      summary: 'Public keys that probe jobs are signed with',
      tags: TAGS,
      responses: {
        200: { description: 'A JWK set', content: content(Keys, 'application/jwk-set+json') },
        405: FAULTS.methodNotAllowed,
        500: FAULTS.internal,
      },
    }),
  );
  area.get(
    '/openapi.json',
    describeRoute({
      operationId: 'openapi',
      summary: 'The OpenAPI document',
      tags: TAGS,
      responses: { 200: { description: 'OpenAPI 3.1', content: { 'application/json': {} } } },
    }),
  );
  area.get(
    '/docs',
    describeRoute({
      operationId: 'docs',
      summary: 'This reference',
      tags: TAGS,
      responses: { 200: { description: 'A page', content: { 'text/html': {} } } },
    }),
  );
  area.get(
    '/',
    describeRoute({
      operationId: 'home',
      summary: 'The page: check an address, clean a list, get a key',
      tags: TAGS,
      responses: { 200: { description: 'A page', content: PAGE }, 405: FAULTS.methodNotAllowed },
    }),
  );
  area.post(
    '/',
    describeRoute({
      operationId: 'homeForm',
      summary: 'The form of that page, for browsers without JavaScript',
      description: 'The last `email` counts. Every fault but that of a form of another site is told in the page.',
      tags: TAGS,
      requestBody: {
        required: true,
        content: {
          'application/x-www-form-urlencoded': {
            schema: { type: 'object', properties: { email: { type: 'string' } } },
          },
        },
      },
      responses: {
        200: { description: 'The page with what was found', content: PAGE },
        400: { description: 'The page; no address was given', content: PAGE },
        403: problem('The form is of another site', 'form_origin'),
        405: FAULTS.methodNotAllowed,
        413: { description: 'The page; the form is too long', content: PAGE },
        415: { description: 'The page; the body is no form', content: PAGE },
        429: { description: 'The page; the quota is spent', content: PAGE },
      },
    }),
  );
  area.get(
    '/lists/:id',
    describeRoute({
      operationId: 'listPage',
      summary: 'The page of one list',
      tags: TAGS,
      responses: {
        200: { description: 'A page; it asks for a key by itself', content: PAGE },
        405: FAULTS.methodNotAllowed,
      },
    }),
  );
  return area;
}

const jwksSchema = () => z.object({ keys: z.array(z.record(z.string(), z.unknown())) });
