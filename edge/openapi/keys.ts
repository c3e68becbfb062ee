/** The part of the OpenAPI document about keys of the API, which the operator gives. */

import { Hono } from 'hono';
import { describeRoute } from 'hono-openapi';
import { keyPageSchema, keyReportSchema, madeKeySchema, madeWebhookSecretSchema } from '../../shared/api-key.ts';
import { keyChangeSchema, keyRequestSchema } from '../routes/keys.ts';
import { ADMIN_FAULTS, ADMIN_SECURITY, body, CURSOR, content, FAULTS, named, problem } from './parts.ts';

const TAGS = ['Keys'];

const FOR_ADMIN = { tags: TAGS, security: ADMIN_SECURITY };
const COMMON_FAULTS = {
  ...ADMIN_FAULTS,
  405: FAULTS.methodNotAllowed,
  500: FAULTS.internal,
  503: FAULTS.storeUnavailable,
} as const;

const KEY_PARAMETER = {
  name: 'id',
  in: 'path' as const,
  required: true,
  schema: { type: 'string' as const, description: 'The `id` of the key' },
  example: 'Zm9vYmFyYmF6cXV4MTIzNA',
};

export function keysArea(): Hono {
  const Key = named('Key', keyReportSchema(), 'output');
  const KeyChange = named('KeyChange', keyChangeSchema(), 'input');
  const KeyPage = named('KeyPage', keyPageSchema(), 'output');
  const MadeKey = named('MadeKey', madeKeySchema(), 'output');
  const MadeWebhookSecret = named('MadeWebhookSecret', madeWebhookSecretSchema(), 'output');
  const KeyRequest = named('KeyRequest', keyRequestSchema(), 'input');
  const area = new Hono();
  area.get(
    '/v1/keys',
    describeRoute({
      operationId: 'listKeys',
      summary: 'List the keys with their use of the day, without their secrets',
      ...FOR_ADMIN,
      parameters: [CURSOR],
      responses: {
        200: { description: 'One page of them, in the order of their ids', content: content(KeyPage) },
        400: FAULTS.badRequest,
        ...COMMON_FAULTS,
      },
    }),
  );
  area.post(
    '/v1/keys',
    describeRoute({
      operationId: 'postKey',
      summary: 'Make a key',
      ...FOR_ADMIN,
      requestBody: body(KeyRequest),
      responses: {
        201: { description: 'The key, shown this once', content: content(MadeKey) },
        400: FAULTS.badRequest,
        413: FAULTS.bodyTooLarge,
        415: FAULTS.unsupportedMediaType,
        ...COMMON_FAULTS,
      },
    }),
  );
  area.patch(
    '/v1/keys/:id',
    describeRoute({
      operationId: 'patchKey',
      summary: 'Change what is given of a key',
      description: 'It counts at once here, and within two minutes everywhere.',
      ...FOR_ADMIN,
      parameters: [KEY_PARAMETER],
      requestBody: body(KeyChange),
      responses: {
        200: { description: 'The key as it is now', content: content(Key) },
        400: FAULTS.badRequest,
        404: problem('There is no such key', 'not_found'),
        413: FAULTS.bodyTooLarge,
        415: FAULTS.unsupportedMediaType,
        ...COMMON_FAULTS,
      },
    }),
  );
  area.delete(
    '/v1/keys/:id',
    describeRoute({
      operationId: 'deleteKey',
      summary: 'Revoke a key',
      description: 'It is refused at once here, and within two minutes everywhere.',
      ...FOR_ADMIN,
      parameters: [KEY_PARAMETER],
      responses: {
        204: { description: 'It is gone' },
        404: problem('There is no such key', 'not_found'),
        ...COMMON_FAULTS,
      },
    }),
  );
  area.post(
    '/v1/keys/:id/webhook-secret',
    describeRoute({
      operationId: 'postWebhookSecret',
      summary: 'Make a new webhook secret for a key',
      description: 'The secret before it signs as well for 24 hours, so that a receiver can change over.',
      ...FOR_ADMIN,
      parameters: [KEY_PARAMETER],
      responses: {
        201: { description: 'The secret, shown this once', content: content(MadeWebhookSecret) },
        404: problem('There is no such key', 'not_found'),
        ...COMMON_FAULTS,
      },
    }),
  );
  return area;
}
