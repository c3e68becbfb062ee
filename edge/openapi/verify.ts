/** The part of the OpenAPI document that verifies. */
import { answerSchema } from '../../shared/answer.ts';
import { REASON_NAMES, reasonRow } from '../../shared/verdict.ts';
import { batchAnswerSchema, batchRequestSchema } from '../routes/batch.ts';
import { verifyRequestSchema } from '../routes/verify.ts';
import { warmRequestSchema } from '../routes/warm.ts';
import {
  type Area,
  content,
  FAULTS,
  KEY_FAULTS,
  PAGES_SECURITY,
  problem,
  queryParameters,
  type ResponseObject,
  SERVERS_SECURITY,
  schemaOf,
} from './parts.ts';

const TAGS = ['Verify'] as const;

const QUERY_FAULTS = {
  400: FAULTS.badRequest,
  ...KEY_FAULTS,
  405: FAULTS.methodNotAllowed,
  500: FAULTS.internal,
} as const;
const BODY_FAULTS = { ...QUERY_FAULTS, 413: FAULTS.bodyTooLarge, 415: FAULTS.unsupportedMediaType } as const;
const VERDICT: ResponseObject = {
  description: 'A verdict, whatever it is; `RateLimit` and `RateLimit-Policy` where quota was reserved for it',
  content: content('Verdict'),
};

/** Each reason with its verdict and when it is given, as the description of the verdict. */
function verdictDescription(): string {
  const rows = REASON_NAMES.map((reason) => {
    const { verdict, when } = reasonRow(reason);
    return `| ${verdict} | \`${reason}\` | ${when.replaceAll('|', '\\|')} |`;
  });
  return ['What is known of one address.', '', '| verdict | reason | when |', '|---|---|---|', ...rows].join('\n');
}

export const verifyArea = (): Area => ({
  paths: {
    '/v1/verify': {
      get: {
        operationId: 'verify',
        summary: 'Verify one address',
        tags: TAGS,
        security: PAGES_SECURITY,
        parameters: queryParameters(verifyRequestSchema),
        responses: { 200: VERDICT, ...QUERY_FAULTS, 429: FAULTS.quotaExceeded },
      },
      post: {
        operationId: 'verifyPost',
        summary: 'Verify one address',
        tags: TAGS,
        security: PAGES_SECURITY,
        requestBody: { required: true, content: content('VerifyRequest') },
        responses: { 200: VERDICT, ...BODY_FAULTS, 429: FAULTS.quotaExceeded },
      },
    },
    '/v1/verify/stream': {
      get: {
        operationId: 'verifyStream',
        summary: 'Verify one address and be told of each step as it ends',
        tags: TAGS,
        security: PAGES_SECURITY,
        parameters: queryParameters(verifyRequestSchema),
        responses: {
          200: {
            description:
              'Server-sent events: `step` with an entry of `steps`, at the end one `verdict`, or a `problem`',
            content: { 'text/event-stream': { schema: { type: 'string' } } },
          },
          204: { description: 'A reconnection with the `Last-Event-ID` of the last event: there is nothing more' },
          ...QUERY_FAULTS,
        },
      },
    },
    '/v1/verify/batch': {
      post: {
        operationId: 'verifyBatch',
        summary: 'Verify up to 1000 addresses: a line of NDJSON for each distinct one, as soon as it is known',
        description: 'Beyond the quota of the day an address is `not_probed`, with `retry_after`.',
        tags: TAGS,
        security: SERVERS_SECURITY,
        requestBody: { required: true, content: content('BatchRequest') },
        responses: {
          200: {
            description: 'NDJSON: a verdict per line and distinct address, in the order of completion',
            content: content('BatchVerdict', 'application/x-ndjson'),
          },
          ...BODY_FAULTS,
          413: problem('The body is larger than 1 MiB'),
        },
      },
    },
    '/v1/warm': {
      post: {
        operationId: 'warm',
        summary: 'Have a session with a domain ready for a verify soon after',
        tags: TAGS,
        security: PAGES_SECURITY,
        requestBody: { required: true, content: content('WarmRequest') },
        responses: {
          202: { description: 'Taken', content: { 'application/json': { schema: { type: 'object' } } } },
          ...BODY_FAULTS,
          429: problem('Too many domains in a minute, or the quota of today is spent; see `Retry-After`'),
        },
      },
    },
  },
  schemas: {
    Verdict: { ...schemaOf(answerSchema, 'output'), description: verdictDescription() },
    VerifyRequest: schemaOf(verifyRequestSchema, 'input'),
    BatchRequest: schemaOf(batchRequestSchema, 'input'),
    BatchVerdict: schemaOf(batchAnswerSchema, 'output'),
    WarmRequest: schemaOf(warmRequestSchema, 'input'),
  },
});
