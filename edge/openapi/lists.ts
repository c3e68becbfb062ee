/** The part of the OpenAPI document about people's lists. */

import { Hono } from 'hono';
import { describeRoute } from 'hono-openapi';
import * as z from 'zod';
import { LIST_FORMATS } from '../lists/file/detect.ts';
import { ENCODINGS } from '../lists/file/encoding.ts';
import { listSummarySchema, openListSchema } from '../lists/summary.ts';
import { emailsSchema, listQuerySchema } from '../routes/list-request.ts';
import { LIST_EVENTS, LIST_ROW, LIST_ROWS } from './examples.ts';
import {
  ADMIN_FAULTS,
  ADMIN_SECURITY,
  CURSOR,
  content,
  FAULTS,
  KEY_SECURITY,
  named,
  type Parameter,
  problem,
  queryOf,
  type Responses,
} from './parts.ts';

const TAGS = ['Lists'];

const detectedSchema = z.object({
  format: z.enum(LIST_FORMATS),
  encoding: z.enum(ENCODINGS),
  delimiter: z.string(),
  header: z.boolean(),
  column: z.object({ index: z.int().meta({ description: 'From 1' }), name: z.string().nullable() }),
  preview: z.array(z.array(z.string())),
});

const madeSchema = z.object({
  id: z.string(),
  url: z.string(),
  state: listSummarySchema().shape.state,
  detected: detectedSchema.optional().meta({ description: 'What the file was taken for; not of a list in parts' }),
  webhook_secret: z
    .string()
    .optional()
    .meta({ description: 'Signs the webhooks of a list that was made without a key; a key has a secret of its own' }),
});

const pageSchema = z.object({
  lists: z.array(listSummarySchema()),
  cursor: z.string().nullable().meta({ description: 'Of the next page, or null' }),
});

const openPageSchema = z.object({
  lists: z.array(openListSchema()),
  cursor: z
    .string()
    .nullable()
    .meta({ description: 'Of the next page, or null; a page may be empty and have a next one' }),
});

const ID: Parameter = {
  name: 'id',
  in: 'path',
  required: true,
  schema: { type: 'string', description: 'Of a list that the key has made' },
};
const PART: Parameter = {
  name: 'part',
  in: 'path',
  required: true,
  schema: { type: 'integer', minimum: 1, maximum: 128, description: 'Its place in the file, from 1' },
};
const KEEP: Parameter = {
  name: 'keep',
  in: 'query',
  schema: { type: 'string', description: 'Reasons of `risky` that are mailed too, for the bounce rate afterwards' },
  example: 'catch_all,role',
};
const VERDICT: Parameter = {
  name: 'verdict',
  in: 'query',
  schema: { type: 'string', description: 'Only rows with one of these verdicts' },
  example: 'deliverable,risky',
};
const DUPLICATES: Parameter = {
  name: 'duplicates',
  in: 'query',
  schema: {
    type: 'string',
    enum: ['keep', 'drop'],
    default: 'keep',
    description: 'With `drop` only the first row of each owner among the rows of the answer',
  },
};
const IDEMPOTENCY_KEY: Parameter = {
  name: 'Idempotency-Key',
  in: 'header',
  schema: { type: 'string', maxLength: 255, description: 'A repeat with the same key is the same list' },
};
const LAST_EVENT_ID: Parameter = {
  name: 'Last-Event-ID',
  in: 'header',
  schema: { type: 'string', description: 'What an EventSource sends when it connects again' },
};

const FOR_KEY = { tags: TAGS, security: KEY_SECURITY };
const COMMON_FAULTS = {
  401: FAULTS.keyRefused,
  403: FAULTS.keyScope,
  405: FAULTS.methodNotAllowed,
  500: FAULTS.internal,
  503: FAULTS.storeUnavailable,
} as const satisfies Responses;
const NO_LIST = problem('There is no list of this id, or it is not of this key', 'not_found');
const ONE_LIST = { ...COMMON_FAULTS, 404: NO_LIST } as const;
const STORAGE_FULL = problem(
  'The lists of the key hold as much as they may; `detail` says how much that is',
  'list_storage_full',
);
const WRONG_STATE = problem('The list is in another state', 'list_state');
const FILE_FAULTS = {
  413: problem('The file has more rows or octets than a list may have', 'list_too_long'),
  415: problem('The body is no list of rows; `detail` says what it is', 'unsupported_media_type'),
  422: problem('The file cannot be read, or the Idempotency-Key stood at another body', 'list_unreadable'),
} as const satisfies Responses;

/** A file in one of the formats that are read. */
const FILE = { schema: { type: 'string' as const, format: 'binary' } };

const ROWS = { ...FILE, example: LIST_ROWS };
const ROW = { ...FILE, example: LIST_ROW };

export function listsArea(): Hono {
  const List = named('List', listSummarySchema(), 'output');
  const MadeList = named('MadeList', madeSchema, 'output');
  const ListPage = named('ListPage', pageSchema, 'output');
  const OpenListPage = named('OpenListPage', openPageSchema, 'output');
  const Emails = named('Emails', emailsSchema(), 'input');
  const area = new Hono();
  area.post(
    '/v1/lists',
    describeRoute({
      operationId: 'listMake',
      summary: 'Upload a file of addresses, to have it cleaned',
      description:
        'Up to 1,000,000 rows, plain or with `Content-Encoding: gzip`. The column of the addresses is found by content and header; a file that is larger than one request comes with `parts=true`.',
      ...FOR_KEY,
      parameters: [IDEMPOTENCY_KEY],
      requestBody: {
        required: false,
        content: {
          'text/csv': FILE,
          'text/tab-separated-values': FILE,
          'text/plain': FILE,
          ...content(Emails, 'application/json', { emails: ['ada@good.test', 'nobody@good.test'] }),
        },
      },
      responses: {
        201: { description: 'With `parts=true`: the parts may come', content: content(MadeList) },
        202: { description: 'The list is being read', content: content(MadeList) },
        400: FAULTS.badRequest,
        409: STORAGE_FULL,
        ...COMMON_FAULTS,
        ...FILE_FAULTS,
      },
    }),
    queryOf(listQuerySchema()),
  );
  area.get(
    '/v1/lists',
    describeRoute({
      operationId: 'listAll',
      summary: 'The lists of the key, newest first',
      ...FOR_KEY,
      parameters: [CURSOR],
      responses: {
        200: { description: 'One page of them', content: content(ListPage) },
        400: FAULTS.badRequest,
        ...COMMON_FAULTS,
      },
    }),
  );
  area.get(
    '/v1/lists/open',
    describeRoute({
      operationId: 'listOpen',
      summary: 'The lists of all keys that are not over, newest first',
      tags: ['Lists under way'],
      security: ADMIN_SECURITY,
      parameters: [CURSOR],
      responses: {
        200: { description: 'One page of them', content: content(OpenListPage) },
        400: FAULTS.badRequest,
        ...ADMIN_FAULTS,
        405: FAULTS.methodNotAllowed,
        500: FAULTS.internal,
        503: FAULTS.storeUnavailable,
      },
    }),
  );
  area.get(
    '/v1/lists/:id',
    describeRoute({
      operationId: 'listGet',
      summary: 'How far a list is, and what is known of it',
      ...FOR_KEY,
      parameters: [ID, KEEP],
      responses: {
        200: { description: 'The list', content: content(List) },
        400: FAULTS.badRequest,
        ...ONE_LIST,
      },
    }),
  );
  area.get(
    '/v1/lists/:id/events',
    describeRoute({
      operationId: 'listEvents',
      summary: 'Watch a list: server-sent events',
      description: 'Events `progress`, one a second at most, and `done` at the end; each holds the list.',
      ...FOR_KEY,
      parameters: [ID, KEEP, LAST_EVENT_ID],
      responses: {
        200: {
          description: 'The events',
          content: { 'text/event-stream': { schema: { type: 'string' }, example: LIST_EVENTS } },
        },
        204: { description: 'To a reconnection after `done`: there is nothing more' },
        400: FAULTS.badRequest,
        ...ONE_LIST,
      },
    }),
  );
  area.get(
    '/v1/lists/:id/results',
    describeRoute({
      operationId: 'listResults',
      summary: 'The rows as they came, with a verdict beside each',
      description:
        'At any time; cells of what is not known yet are empty. The whole file has an `ETag` and takes `Range` once the list is done.',
      ...FOR_KEY,
      parameters: [ID, VERDICT, DUPLICATES],
      responses: {
        200: { description: 'The rows', content: { 'text/csv': ROWS, 'application/x-ndjson': ROW } },
        206: { description: 'The range that was asked for', content: { 'text/csv': ROWS } },
        304: { description: 'It is the same as before' },
        400: FAULTS.badRequest,
        416: problem('The range lies outside of the file', 'range_unsatisfiable'),
        ...ONE_LIST,
      },
    }),
  );
  area.put(
    '/v1/lists/:id/parts/:part',
    describeRoute({
      operationId: 'listPart',
      summary: 'Send a part of a file: 8 MiB each but the last, in any order',
      ...FOR_KEY,
      parameters: [ID, PART],
      requestBody: { required: true, content: { 'application/octet-stream': FILE } },
      responses: {
        204: { description: 'It is there' },
        400: FAULTS.badRequest,
        409: problem(
          'The list has all its parts, or the lists of the key hold as much as they may',
          'list_storage_full',
        ),
        413: problem('A part may have 8 MiB', 'body_too_large'),
        ...ONE_LIST,
      },
    }),
  );
  area.post(
    '/v1/lists/:id/complete',
    describeRoute({
      operationId: 'listComplete',
      summary: 'Say that all parts are there',
      ...FOR_KEY,
      parameters: [ID],
      responses: {
        202: { description: 'The list is being read', content: content(MadeList) },
        409: problem(
          'The list has all its parts, or the lists of the key hold as much as they may',
          'list_storage_full',
        ),
        ...ONE_LIST,
        ...FILE_FAULTS,
      },
    }),
  );
  area.post(
    '/v1/lists/:id/start',
    describeRoute({
      operationId: 'listStart',
      summary: 'Go on with a list that is ready: ask mail servers',
      ...FOR_KEY,
      parameters: [ID],
      responses: { 202: { description: 'The list', content: content(List) }, 409: WRONG_STATE, ...ONE_LIST },
    }),
  );
  area.post(
    '/v1/lists/:id/cancel',
    describeRoute({
      operationId: 'listCancel',
      summary: 'End a list; what is known stays',
      ...FOR_KEY,
      parameters: [ID],
      responses: { 200: { description: 'The list', content: content(List) }, 409: WRONG_STATE, ...ONE_LIST },
    }),
  );
  area.delete(
    '/v1/lists/:id',
    describeRoute({
      operationId: 'listDelete',
      summary: 'Delete a list and all that it holds, at once and beyond recovery',
      ...FOR_KEY,
      parameters: [ID],
      responses: { 204: { description: 'It is gone' }, ...ONE_LIST },
    }),
  );
  return area;
}
