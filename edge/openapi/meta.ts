/** The part of the OpenAPI document about what the service says of itself. */
import { Hono } from 'hono';
import { describeRoute } from 'hono-openapi';
import * as z from 'zod';
import { content, FAULTS, named, problem } from './parts.ts';

const TAGS = ['Service'];

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
      operationId: 'root',
      summary: 'Redirect to /docs',
      tags: TAGS,
      responses: { 302: { description: '`Location` is /docs' }, 405: FAULTS.methodNotAllowed },
    }),
  );
  return area;
}

const jwksSchema = () => z.object({ keys: z.array(z.record(z.string(), z.unknown())) });
