/** The part of the OpenAPI document about keys of the API, which the operator gives. */
import { keyPageSchema, keyReportSchema, madeKeySchema } from '../../shared/api-key.ts';
import { keyRequestSchema } from '../routes/keys.ts';
import { ADMIN_FAULTS, ADMIN_SECURITY, type Area, CURSOR, content, FAULTS, problem, schemaOf } from './parts.ts';

const TAGS = ['Keys'] as const;

const FOR_ADMIN = { tags: TAGS, security: ADMIN_SECURITY } as const;
const COMMON_FAULTS = {
  ...ADMIN_FAULTS,
  405: FAULTS.methodNotAllowed,
  500: FAULTS.internal,
  503: FAULTS.storeUnavailable,
} as const;

export const keysArea = (): Area => ({
  paths: {
    '/v1/keys': {
      get: {
        operationId: 'listKeys',
        summary: 'List the keys, without what opens anything',
        ...FOR_ADMIN,
        parameters: [CURSOR],
        responses: {
          200: { description: 'One page of them, in the order of their ids', content: content('KeyPage') },
          400: FAULTS.badRequest,
          ...COMMON_FAULTS,
        },
      },
      post: {
        operationId: 'postKey',
        summary: 'Give somebody a key',
        ...FOR_ADMIN,
        requestBody: { required: true, content: content('KeyRequest') },
        responses: {
          201: { description: 'The key, shown this once', content: content('MadeKey') },
          400: FAULTS.badRequest,
          413: FAULTS.bodyTooLarge,
          415: FAULTS.unsupportedMediaType,
          ...COMMON_FAULTS,
        },
      },
    },
    '/v1/keys/{id}': {
      delete: {
        operationId: 'deleteKey',
        summary: 'Revoke a key: it is refused at once here, and within two minutes everywhere',
        ...FOR_ADMIN,
        parameters: [
          {
            name: 'id',
            in: 'path',
            required: true,
            schema: { type: 'string', description: 'The `id` of the key', examples: ['Zm9vYmFyYmF6cXV4MTIzNA'] },
          },
        ],
        responses: { 204: { description: 'It is gone' }, 404: problem('There is no such key'), ...COMMON_FAULTS },
      },
    },
  },
  schemas: {
    Key: schemaOf(keyReportSchema(), 'output'),
    KeyPage: schemaOf(keyPageSchema(), 'output'),
    MadeKey: schemaOf(madeKeySchema(), 'output'),
    KeyRequest: schemaOf(keyRequestSchema(), 'input'),
  },
});
