/** The part of the OpenAPI document that verifies. */
import { Hono } from 'hono';
import { describeRoute } from 'hono-openapi';
import { answerSchema } from '../../shared/answer.ts';
import { batchAnswerSchema, batchRequestSchema } from '../routes/batch.ts';
import { quotaReportSchema } from '../routes/quota.ts';
import { verifyRequestSchema } from '../routes/verify.ts';
import { warmRequestSchema } from '../routes/warm.ts';
import { batchLines, streamEvents, verdictExamples } from './examples.ts';
import {
  body,
  content,
  FAULTS,
  KEY_FAULTS,
  type NamedSchema,
  named,
  PAGES_SECURITY,
  problem,
  queryOf,
  SERVERS_SECURITY,
} from './parts.ts';

const TAGS = ['Verify'];

const QUERY_FAULTS = {
  400: FAULTS.badRequest,
  ...KEY_FAULTS,
  405: FAULTS.methodNotAllowed,
  500: FAULTS.internal,
} as const;
const BODY_FAULTS = { ...QUERY_FAULTS, 413: FAULTS.bodyTooLarge, 415: FAULTS.unsupportedMediaType } as const;
const verdictResponse = ({ schema }: NamedSchema) => ({
  description: 'A verdict, whatever it is; `RateLimit` and `RateLimit-Policy` if quota was reserved for it',
  content: { 'application/json': { schema, examples: verdictExamples() } },
});

/** JSON that pages may also send as `text/plain`, which needs no preflight. */
const bodyFromPages = (schema: NamedSchema) => ({
  required: true,
  content: { ...content(schema), ...content(schema, 'text/plain') },
});

export function verifyArea(): Hono {
  const Verdict = named('Verdict', answerSchema(), 'output');
  const VerifyRequest = named('VerifyRequest', verifyRequestSchema, 'input');
  const BatchRequest = named('BatchRequest', batchRequestSchema, 'input');
  const BatchVerdict = named('BatchVerdict', batchAnswerSchema(), 'output');
  const WarmRequest = named('WarmRequest', warmRequestSchema, 'input');
  const Quota = named('Quota', quotaReportSchema(), 'output');
  const area = new Hono();
  area.get(
    '/v1/verify',
    describeRoute({
      operationId: 'verify',
      summary: 'Verify one address',
      tags: TAGS,
      security: PAGES_SECURITY,
      responses: { 200: verdictResponse(Verdict), ...QUERY_FAULTS, 429: FAULTS.quotaExceeded },
    }),
    queryOf(verifyRequestSchema),
  );
  area.post(
    '/v1/verify',
    describeRoute({
      operationId: 'verifyPost',
      summary: 'Verify one address, with the fields as JSON',
      tags: TAGS,
      security: PAGES_SECURITY,
      requestBody: bodyFromPages(VerifyRequest),
      responses: { 200: verdictResponse(Verdict), ...BODY_FAULTS, 429: FAULTS.quotaExceeded },
    }),
  );
  area.get(
    '/v1/verify/stream',
    describeRoute({
      operationId: 'verifyStream',
      summary: 'Verify one address and see each step as it ends',
      tags: TAGS,
      security: PAGES_SECURITY,
      responses: {
        200: {
          description: 'Server-sent events: `step` with an entry of `steps`, at the end one `verdict`, or a `problem`',
          content: { 'text/event-stream': { schema: { type: 'string' }, example: streamEvents() } },
        },
        204: { description: 'A reconnection with the `Last-Event-ID` of the last event: there is nothing more' },
        ...QUERY_FAULTS,
      },
    }),
    queryOf(verifyRequestSchema),
  );
  area.post(
    '/v1/verify/stream',
    describeRoute({
      operationId: 'verifyStreamPost',
      summary: 'Verify one address, with the fields as JSON, and see each step as it ends',
      tags: TAGS,
      security: PAGES_SECURITY,
      requestBody: bodyFromPages(VerifyRequest),
      responses: {
        200: {
          description: 'The events of `GET`, for `fetch`: the address is in no URL',
          content: { 'text/event-stream': { schema: { type: 'string' }, example: streamEvents() } },
        },
        ...BODY_FAULTS,
      },
    }),
  );
  area.post(
    '/v1/verify/batch',
    describeRoute({
      operationId: 'verifyBatch',
      summary: 'Verify up to 1000 addresses',
      description:
        'A line of NDJSON for each distinct address, as soon as it is known. Beyond the quota of the day an address is `not_probed`, with `retry_after`.',
      tags: TAGS,
      security: SERVERS_SECURITY,
      requestBody: body(BatchRequest),
      responses: {
        200: {
          description: 'NDJSON: a verdict per line and distinct address, in the order of completion',
          content: content(BatchVerdict, 'application/x-ndjson', batchLines()),
        },
        ...BODY_FAULTS,
        413: problem('The body is larger than 1 MiB', 'body_too_large'),
      },
    }),
  );
  area.post(
    '/v1/warm',
    describeRoute({
      operationId: 'warm',
      summary: 'Prepare a session for a verify soon after',
      tags: TAGS,
      security: PAGES_SECURITY,
      requestBody: bodyFromPages(WarmRequest),
      responses: {
        202: {
          description: 'Taken',
          content: { 'application/json': { schema: { type: 'object' }, example: { status: 'accepted' } } },
        },
        ...BODY_FAULTS,
        429: problem(
          'Too many domains in a minute, or the quota of today is spent; see `Retry-After`',
          'too_many_requests',
        ),
      },
    }),
  );
  area.get(
    '/v1/quota',
    describeRoute({
      operationId: 'quota',
      summary: 'See what is left of the quota of today',
      tags: TAGS,
      security: SERVERS_SECURITY,
      responses: {
        200: { description: 'The quota of the caller', content: content(Quota) },
        ...QUERY_FAULTS,
        503: FAULTS.storeUnavailable,
      },
    }),
  );
  return area;
}
