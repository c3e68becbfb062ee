/** The part of the OpenAPI document about an operator's marks on domains. */
import { markedDomainSchema } from '../disposable/mark.ts';
import { markPageSchema, markRequestSchema } from '../routes/domains.ts';
import {
  ADMIN_FAULTS,
  ADMIN_SECURITY,
  type Area,
  CURSOR,
  content,
  FAULTS,
  type Parameter,
  problem,
  schemaOf,
} from './parts.ts';

const TAGS = ['Domains'] as const;

const NAME: Parameter = {
  name: 'name',
  in: 'path',
  required: true,
  schema: { type: 'string', description: 'The domain; names below it are meant as well', examples: ['example.com'] },
};
const FOR_ADMIN = { tags: TAGS, security: ADMIN_SECURITY } as const;
const COMMON_FAULTS = {
  ...ADMIN_FAULTS,
  405: FAULTS.methodNotAllowed,
  500: FAULTS.internal,
  503: FAULTS.storeUnavailable,
} as const;
const NO_MARK = problem('The domain has no mark');

export const domainsArea = (): Area => ({
  paths: {
    '/v1/domains': {
      get: {
        operationId: 'listDomains',
        summary: "List the operator's marks",
        ...FOR_ADMIN,
        parameters: [CURSOR],
        responses: {
          200: { description: 'One page of them, in the order of their names', content: content('MarkPage') },
          400: FAULTS.badRequest,
          ...COMMON_FAULTS,
        },
      },
    },
    '/v1/domains/{name}': {
      get: {
        operationId: 'getDomain',
        summary: "Read the operator's mark on a domain",
        ...FOR_ADMIN,
        parameters: [NAME],
        responses: {
          200: { description: 'The mark', content: content('MarkedDomain') },
          400: FAULTS.badRequest,
          404: NO_MARK,
          ...COMMON_FAULTS,
        },
      },
      put: {
        operationId: 'putDomain',
        summary: 'Mark a domain as throw-away, or allow it',
        description: 'Holds at once where it was written, and within some minutes everywhere.',
        ...FOR_ADMIN,
        parameters: [NAME],
        requestBody: { required: true, content: content('MarkRequest') },
        responses: {
          200: { description: 'The mark as it is now', content: content('MarkedDomain') },
          400: FAULTS.badRequest,
          413: FAULTS.bodyTooLarge,
          415: FAULTS.unsupportedMediaType,
          ...COMMON_FAULTS,
        },
      },
      delete: {
        operationId: 'deleteDomain',
        summary: 'Take a mark away',
        ...FOR_ADMIN,
        parameters: [NAME],
        responses: { 204: { description: 'It is gone' }, 400: FAULTS.badRequest, 404: NO_MARK, ...COMMON_FAULTS },
      },
    },
  },
  schemas: {
    MarkedDomain: schemaOf(markedDomainSchema, 'output'),
    MarkPage: schemaOf(markPageSchema, 'output'),
    MarkRequest: schemaOf(markRequestSchema, 'input'),
  },
});
