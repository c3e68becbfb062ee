/**
 * The OpenAPI 3.1 document, made of the schemas that validate: what it says is what is checked.
 */
import { z } from 'zod';
import { answerSchema } from '../shared/answer.ts';
import { PROBLEMS } from '../shared/problem.ts';
import { REASON_NAMES, reasonRow } from '../shared/verdict.ts';
import { verifyRequestSchema } from './routes/verify.ts';
import { warmRequestSchema } from './routes/warm.ts';

const problemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    code: z.enum(Object.keys(PROBLEMS)),
    detail: z.string(),
    errors: z.array(z.object({ field: z.string(), rule: z.string(), detail: z.string() })).optional(),
  })
  .meta({ description: 'RFC 9457 problem details' });

const jwksSchema = z.object({ keys: z.array(z.record(z.string(), z.unknown())) });

type JsonObject = Readonly<Record<string, unknown>>;

function schemaOf(schema: z.ZodType, io: 'input' | 'output'): JsonObject {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io });
  return rest;
}

/** Each reason with its verdict and when it is given, as the description of the verdict. */
function verdictDescription(): string {
  const rows = REASON_NAMES.map((reason) => {
    const { verdict, when } = reasonRow(reason);
    return `| ${verdict} | \`${reason}\` | ${when.replaceAll('|', '\\|')} |`;
  });
  return ['What is known of one address.', '', '| verdict | reason | when |', '|---|---|---|', ...rows].join('\n');
}

function content(reference: string, type = 'application/json'): JsonObject {
  return { [type]: { schema: { $ref: `#/components/schemas/${reference}` } } };
}

function problem(description: string): JsonObject {
  return { description, content: content('Problem', 'application/problem+json') };
}

const VERDICT_RESPONSES: JsonObject = {
  200: { description: 'A verdict, whatever it is', content: content('Verdict') },
  400: problem('The request does not fit; `errors` names field and rule'),
  413: problem('The body is larger than 64 KiB'),
  405: problem('The path knows other methods; see `Allow`'),
  415: problem('The body is not application/json'),
  500: problem('Something broke on our side'),
};

/** The parameters of GET are the fields of POST. */
function queryParameters(): readonly JsonObject[] {
  const { properties = {}, required = [] } = z.toJSONSchema(verifyRequestSchema, { io: 'input' });
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: 'query',
    required: required.includes(name),
    schema,
  }));
}

export function openApiDocument(origin: string): JsonObject {
  return {
    openapi: '3.1.0',
    info: {
      title: 'vrfy',
      version: '1.0.0',
      description: 'Email verification that asks the mail server and sends nothing.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: origin }],
    paths: {
      '/v1/verify': {
        get: {
          operationId: 'verify',
          summary: 'Verify one address',
          parameters: queryParameters(),
          responses: VERDICT_RESPONSES,
        },
        post: {
          operationId: 'verifyPost',
          summary: 'Verify one address',
          requestBody: { required: true, content: content('VerifyRequest') },
          responses: VERDICT_RESPONSES,
        },
      },
      '/v1/verify/stream': {
        get: {
          operationId: 'verifyStream',
          summary: 'Verify one address and be told of each step as it ends',
          parameters: queryParameters(),
          responses: {
            200: {
              description: 'Server-sent events: `step` with an entry of `steps`, at the end one `verdict`',
              content: { 'text/event-stream': { schema: { type: 'string' } } },
            },
            400: problem('The request does not fit; `errors` names field and rule'),
            405: problem('The path knows other methods; see `Allow`'),
            500: problem('Something broke on our side'),
          },
        },
      },
      '/v1/warm': {
        post: {
          operationId: 'warm',
          summary: 'Have a session with a domain ready for a verify soon after',
          requestBody: { required: true, content: content('WarmRequest') },
          responses: {
            202: { description: 'Taken', content: { 'application/json': { schema: { type: 'object' } } } },
            400: problem('The request does not fit; `errors` names field and rule'),
            405: problem('The path knows other methods; see `Allow`'),
            413: problem('The body is larger than 64 KiB'),
            415: problem('The body is not application/json'),
            500: problem('Something broke on our side'),
          },
        },
      },
      '/healthz': {
        get: {
          operationId: 'health',
          summary: 'The worker runs and its settings are whole',
          responses: {
            200: { description: 'It does', content: { 'application/json': { schema: { type: 'object' } } } },
            500: problem('A setting is missing or wrong'),
          },
        },
      },
      '/.well-known/jwks.json': {
        get: {
          operationId: 'keys',
          summary: 'Public keys that probe jobs are signed with',
          responses: { 200: { description: 'A JWK set', content: content('Keys', 'application/jwk-set+json') } },
        },
      },
      '/openapi.json': {
        get: {
          operationId: 'openapi',
          summary: 'This document',
          responses: { 200: { description: 'OpenAPI 3.1', content: { 'application/json': {} } } },
        },
      },
    },
    components: {
      schemas: {
        Verdict: { ...schemaOf(answerSchema, 'output'), description: verdictDescription() },
        VerifyRequest: schemaOf(verifyRequestSchema, 'input'),
        WarmRequest: schemaOf(warmRequestSchema, 'input'),
        Problem: schemaOf(problemSchema, 'output'),
        Keys: schemaOf(jwksSchema, 'output'),
      },
    },
  };
}
