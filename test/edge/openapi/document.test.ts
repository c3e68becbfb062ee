import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { createApp } from '../../../edge/app.ts';
import { openApiDocument } from '../../../edge/openapi/document.ts';
import { PROBLEMS } from '../../../shared/problem.ts';
import { REASON_NAMES, REASONS, VERDICTS } from '../../../shared/verdict.ts';

const text = z.string().min(1);
const mediaTypes = z.record(
  text.regex(/^[a-z]+\/[a-z0-9.+-]+$/),
  z.strictObject({ schema: z.looseObject({}).optional() }),
);

const responses = z
  .record(
    text.regex(/^(?:[1-5][0-9]{2}|default)$/),
    z.strictObject({ description: text, content: mediaTypes.optional() }),
  )
  .refine((all) => Object.keys(all).length > 0);

const parameter = z.strictObject({
  name: text,
  in: z.enum(['query', 'header', 'path', 'cookie']),
  required: z.boolean().optional(),
  schema: z.looseObject({}),
});

const operation = z.strictObject({
  operationId: text,
  summary: text.max(120),
  description: text.optional(),
  tags: z.array(text).length(1),
  security: z.array(z.record(text, z.array(text))).optional(),
  'x-caller': z.literal('node').optional(),
  parameters: z.array(parameter).optional(),
  requestBody: z.strictObject({ required: z.boolean(), content: mediaTypes }).optional(),
  responses,
});

/** The part of OpenAPI 3.1 that we use (§4.8); a key that it does not have is a fault. */
const openApi = z.strictObject({
  openapi: z.string().regex(/^3\.1\.[0-9]+$/),
  info: z.strictObject({
    title: text,
    version: text,
    description: text,
    license: z.strictObject({ name: text, identifier: text }),
  }),
  servers: z.array(z.strictObject({ url: z.url() })).min(1),
  paths: z.record(text.startsWith('/'), z.partialRecord(z.enum(['get', 'post', 'put', 'patch', 'delete']), operation)),
  components: z.strictObject({
    schemas: z.record(text.regex(/^[A-Za-z0-9._-]+$/), z.looseObject({})),
    securitySchemes: z.record(
      text,
      z.discriminatedUnion('type', [
        z.strictObject({ type: z.literal('http'), scheme: text, description: text }),
        z.strictObject({ type: z.literal('apiKey'), in: z.literal('query'), name: text, description: text }),
      ]),
    ),
  }),
});

// Through JSON, as every reader gets it: what JSON cannot carry is lost here.
const raw: unknown = JSON.parse(JSON.stringify(openApiDocument('https://edge.example')));
const document = openApi.parse(raw);

function everywhere(value: unknown, path = '#'): readonly (readonly [path: string, value: unknown])[] {
  if (typeof value !== 'object' || value === null) return [[path, value]];
  return [[path, value], ...Object.entries(value).flatMap(([key, inner]) => everywhere(inner, `${path}/${key}`))];
}

/**
 * Holds once the schemas have no `id` in their `.meta()`: with one, zod writes the schema as a `$ref` to a `$defs` that
 * no reader of the document can find. Make this `test` then.
 */
const knownFault = test;

describe('the OpenAPI document', () => {
  test('is OpenAPI 3.1 in structure, with the server it was asked of', () => {
    expect(openApi.safeParse(raw).error).toBeUndefined();
    expect(document.servers).toEqual([{ url: 'https://edge.example' }]);
  });

  knownFault('refers to nothing that it does not hold', () => {
    const references = everywhere(raw).filter(([path]) => path.endsWith('/$ref'));
    expect(references.length).toBeGreaterThan(4);
    for (const [, reference] of references) {
      const name = /^#\/components\/schemas\/([A-Za-z]+)$/.exec(String(reference))?.[1] ?? '';
      expect(Object.keys(document.components.schemas)).toContain(name);
    }
  });

  test('names each operation once', () => {
    const ids = Object.values(document.paths).flatMap((item) =>
      Object.values(item).map(({ operationId }) => operationId),
    );
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('has every route of the app, and no other', () => {
    const { routes } = createApp(() => Promise.reject(new Error('not needed')));
    const served = routes
      .filter(({ method }) => method !== 'ALL')
      .map(({ method, path }) => `${method} ${path.replace(/:([a-z_]+)/g, '{$1}')}`);
    const documented = Object.entries(document.paths).flatMap(([path, item]) =>
      Object.keys(item).map((method) => `${method.toUpperCase()} ${path}`),
    );
    const undescribed = served.filter((route) => !documented.includes(route));
    expect(undescribed, 'describe each in the file of its area in edge/openapi/').toEqual([]);
    expect(
      documented.filter((route) => !served.includes(route)),
      'add each to the table in edge/app.ts',
    ).toEqual([]);
  });

  knownFault('has every verdict and every reason, and says when each is given', () => {
    const verdict = z
      .object({
        description: z.string(),
        required: z.array(z.string()),
        properties: z.object({
          verdict: z.object({ enum: z.array(z.string()) }),
          reason: z.object({ enum: z.array(z.string()) }),
        }),
      })
      .parse(document.components.schemas['Verdict']);
    expect(verdict.properties.verdict.enum).toEqual([...VERDICTS]);
    expect(verdict.properties.reason.enum).toEqual([...REASON_NAMES]);
    for (const reason of REASON_NAMES) {
      expect(verdict.description).toContain(`| ${REASONS[reason].verdict} | \`${reason}\` | `);
    }
    const rows = verdict.description.split('\n').filter((line) => line.startsWith('| '));
    for (const row of rows) expect(row.split(/(?<!\\)\|/)).toHaveLength(5);
  });

  knownFault('has every problem code', () => {
    const schema = z.object({ properties: z.object({ code: z.object({ enum: z.array(z.string()) }) }) });
    expect(schema.parse(document.components.schemas['Problem']).properties.code.enum).toEqual(Object.keys(PROBLEMS));
  });

  knownFault('gives GET the parameters that POST has as fields, of which only the address is needed', () => {
    const parameters = document.paths['/v1/verify']?.get?.parameters ?? [];
    const body = z
      .object({ required: z.array(z.string()), properties: z.record(z.string(), z.looseObject({})) })
      .parse(document.components.schemas['VerifyRequest']);
    expect(parameters.map(({ name }) => name)).toEqual(Object.keys(body.properties));
    expect(parameters.map(({ name }) => name)).toEqual(['email', 'deadline_ms', 'max_age', 'smtp']);
    expect(parameters.filter(({ required }) => required).map(({ name }) => name)).toEqual(['email']);
    expect(body.required).toEqual(['email']);
  });

  knownFault('states the bounds that are checked', () => {
    expect(document.components.schemas['VerifyRequest']).toMatchObject({
      properties: { deadline_ms: { type: 'integer', minimum: 100, maximum: 60_000, default: 10_000 } },
    });
  });

  test('names each parameter of a path, and no other', () => {
    for (const [path, item] of Object.entries(document.paths)) {
      const inPath = [...path.matchAll(/\{([a-z_]+)\}/g)].map(([, name]) => name);
      for (const { parameters = [] } of Object.values(item)) {
        expect(parameters.filter((one) => one.in === 'path').map(({ name }) => name)).toEqual(inPath);
      }
    }
  });

  test('says of what only the operator may do that it needs a scheme which the document describes', () => {
    const guarded = Object.values(document.paths).flatMap((item) => Object.values(item).filter((one) => one.security));
    expect(guarded.map(({ operationId }) => operationId)).toContain('putDomain');
    for (const { security = [], responses: told } of guarded) {
      for (const name of security.flatMap(Object.keys)) {
        expect(Object.keys(document.components.securitySchemes)).toContain(name);
      }
      expect(Object.keys(told)).toEqual(expect.arrayContaining(['401', '403']));
    }
  });

  test('describes every answer to a verification that a client must expect', () => {
    for (const method of ['get', 'post'] as const) {
      const item = document.paths['/v1/verify']?.[method];
      expect(Object.keys(item?.responses ?? {})).toEqual(expect.arrayContaining(['200', '400']));
      expect(item?.responses['400']?.content).toHaveProperty(['application/problem+json']);
    }
  });
});
