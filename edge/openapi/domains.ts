/** The part of the OpenAPI document about an operator's marks on domains. */

import { Hono } from 'hono';
import { describeRoute } from 'hono-openapi';
import { markedDomainSchema } from '../disposable/mark.ts';
import { markPageSchema, markRequestSchema } from '../routes/domains.ts';
import {
  ADMIN_FAULTS,
  ADMIN_SECURITY,
  body,
  CURSOR,
  content,
  FAULTS,
  named,
  type Parameter,
  problem,
} from './parts.ts';

const TAGS = ['Domains'];

const NAME: Parameter = {
  name: 'name',
  in: 'path',
  required: true,
  schema: { type: 'string', description: 'The domain; names below it are meant as well' },
  example: 'example.com',
};
const FOR_ADMIN = { tags: TAGS, security: ADMIN_SECURITY };
const COMMON_FAULTS = {
  ...ADMIN_FAULTS,
  405: FAULTS.methodNotAllowed,
  500: FAULTS.internal,
  503: FAULTS.storeUnavailable,
} as const;
const NO_MARK = problem('The domain has no mark', 'not_found');

export function domainsArea(): Hono {
  const MarkedDomain = named('MarkedDomain', markedDomainSchema, 'output');
  const MarkPage = named('MarkPage', markPageSchema, 'output');
  const MarkRequest = named('MarkRequest', markRequestSchema, 'input');
  const area = new Hono();
  area.get(
    '/v1/domains',
    describeRoute({
      operationId: 'listDomains',
      summary: "List the operator's marks",
      ...FOR_ADMIN,
      parameters: [CURSOR],
      responses: {
        200: { description: 'One page of them, in the order of their names', content: content(MarkPage) },
        400: FAULTS.badRequest,
        ...COMMON_FAULTS,
      },
    }),
  );
  area.get(
    '/v1/domains/:name',
    describeRoute({
      operationId: 'getDomain',
      summary: "Read the operator's mark on a domain",
      ...FOR_ADMIN,
      parameters: [NAME],
      responses: {
        200: { description: 'The mark', content: content(MarkedDomain) },
        400: FAULTS.badRequest,
        404: NO_MARK,
        ...COMMON_FAULTS,
      },
    }),
  );
  area.put(
    '/v1/domains/:name',
    describeRoute({
      operationId: 'putDomain',
      summary: 'Mark a domain as disposable, or allow it',
      description: 'Holds at once where it was written, and within some minutes everywhere.',
      ...FOR_ADMIN,
      parameters: [NAME],
      requestBody: body(MarkRequest),
      responses: {
        200: { description: 'The mark as it is now', content: content(MarkedDomain) },
        400: FAULTS.badRequest,
        413: FAULTS.bodyTooLarge,
        415: FAULTS.unsupportedMediaType,
        ...COMMON_FAULTS,
      },
    }),
  );
  area.delete(
    '/v1/domains/:name',
    describeRoute({
      operationId: 'deleteDomain',
      summary: 'Remove a mark',
      ...FOR_ADMIN,
      parameters: [NAME],
      responses: { 204: { description: 'It is gone' }, 400: FAULTS.badRequest, 404: NO_MARK, ...COMMON_FAULTS },
    }),
  );
  return area;
}
