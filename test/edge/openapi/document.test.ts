import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { createApp } from '../../../edge/app.ts';
import { openApiDocument } from '../../../edge/openapi/document.ts';
import type { Services } from '../../../edge/wiring/services.ts';
import { makeAssets } from '../../../scripts/build-assets.ts';
import { PROBLEMS, Problem, type ProblemCode } from '../../../shared/problem.ts';
import { REASON_NAMES, REASONS, VERDICTS } from '../../../shared/verdict.ts';
import { askApp } from '../ask-app.ts';
import { createRegistryWorld, createTestNode } from '../nodes/registry-world.ts';
import { smallServices } from '../small-services.ts';
import { createWorld, mxTo } from '../small-world.ts';

const ADMIN_TOKEN = 'a-token-of-this-test-alone';

const text = z.string().min(1);
const mediaTypes = z.record(
  text.regex(/^[a-z]+\/[a-z0-9.+-]+$/),
  z.strictObject({
    schema: z.looseObject({}).optional(),
    example: z.unknown().optional(),
    examples: z.record(text, z.strictObject({ summary: text, value: z.looseObject({}) })).optional(),
  }),
);

const response = z.strictObject({ description: text, content: mediaTypes.optional() });

const responses = z
  .record(
    text.regex(/^(?:[1-5][0-9]{2}|default)$/),
    z.union([response, z.strictObject({ $ref: text.startsWith('#/components/responses/') })]),
  )
  .refine((all) => Object.keys(all).length > 0);

const parameter = z.strictObject({
  name: text,
  in: z.enum(['query', 'header', 'path', 'cookie']),
  required: z.boolean().optional(),
  description: text.optional(),
  schema: z.looseObject({}),
  example: text.optional(),
});

const operation = z.strictObject({
  operationId: text,
  summary: text.max(120),
  description: text.optional(),
  tags: z.array(text).length(1),
  security: z.array(z.record(text, z.array(text))).optional(),
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
  servers: z.array(z.strictObject({ url: text, description: text })).min(1),
  tags: z.array(z.strictObject({ name: text, description: text })),
  'x-tagGroups': z.array(z.strictObject({ name: text, tags: z.array(text) })),
  paths: z.record(text.startsWith('/'), z.partialRecord(z.enum(['get', 'post', 'put', 'patch', 'delete']), operation)),
  components: z.strictObject({
    schemas: z.record(text.regex(/^[A-Za-z0-9._-]+$/), z.looseObject({})),
    responses: z.record(text.regex(/^[A-Za-z]+$/), response),
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
const raw: unknown = JSON.parse(JSON.stringify(await openApiDocument()));
const document = openApi.parse(raw);

const operations = Object.entries(document.paths).flatMap(([path, item]) =>
  Object.entries(item).map(([method, one]) => ({ method, path, operation: one })),
);

/** Files of the deployment: the worker does not serve them. */
const STATIC_PATHS = ['/docs', '/openapi.json'];
/** Files that the worker fills in. */
const PAGE_PATHS = ['/', '/lists/{id}'];

function everywhere(value: unknown, path = '#'): readonly (readonly [path: string, value: unknown])[] {
  if (typeof value !== 'object' || value === null) return [[path, value]];
  return [[path, value], ...Object.entries(value).flatMap(([key, inner]) => everywhere(inner, `${path}/${key}`))];
}

describe('the OpenAPI document', () => {
  test('is OpenAPI 3.1 in structure, with the origin that it is read from as its server', () => {
    expect(openApi.safeParse(raw).error).toBeUndefined();
    expect(document.servers.map(({ url }) => url)).toEqual(['/']);
  });

  test('refers to nothing that it does not hold', () => {
    const references = everywhere(raw).filter(([path]) => path.endsWith('/$ref'));
    expect(references.length).toBeGreaterThan(4);
    for (const [, reference] of references) {
      const [, kind, name = ''] = /^#\/components\/(schemas|responses)\/([A-Za-z]+)$/.exec(String(reference)) ?? [];
      expect(Object.keys(document.components[kind === 'responses' ? 'responses' : 'schemas'])).toContain(name);
    }
  });

  test('names each operation once', () => {
    const ids = Object.values(document.paths).flatMap((item) =>
      Object.values(item).map(({ operationId }) => operationId),
    );
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('has every route of the app, the static documents, and no other', async () => {
    const { routes } = createApp(() => Promise.reject(new Error('not needed')));
    const files = (await makeAssets()).map(({ path }) => `GET ${path}`);
    const served = routes
      .filter(({ method }) => method !== 'ALL')
      .map(({ method, path }) => `${method} ${path.replace(/:([a-z_]+)/g, '{$1}')}`);
    const documented = Object.entries(document.paths).flatMap(([path, item]) =>
      Object.keys(item).map((method) => `${method.toUpperCase()} ${path}`),
    );
    const undescribed = served.filter((route) => !documented.includes(route));
    expect(undescribed, 'describe each in the file of its area in edge/openapi/').toEqual([]);
    expect(
      documented.filter((route) => !served.includes(route) && !files.includes(route)),
      'add each to the table in edge/app.ts',
    ).toEqual([]);
  });

  test('has every verdict and every reason, and says when each is given', () => {
    const verdict = z
      .object({
        properties: z.object({
          verdict: z.object({ enum: z.array(z.string()) }),
          reason: z.object({ enum: z.array(z.string()) }),
        }),
      })
      .parse(document.components.schemas['Verdict']);
    expect(verdict.properties.verdict.enum).toEqual([...VERDICTS]);
    expect(verdict.properties.reason.enum).toEqual([...REASON_NAMES]);
    const { description = '' } = document.tags.find(({ name }) => name === 'Verify') ?? {};
    for (const reason of REASON_NAMES) {
      expect(description).toContain(`| ${REASONS[reason].verdict} | \`${reason}\` | `);
    }
    const rows = description.split('\n').filter((line) => line.startsWith('| '));
    for (const row of rows) expect(row.split(/(?<!\\)\|/)).toHaveLength(5);
  });

  test('has every problem code', () => {
    const schema = z.object({ properties: z.object({ code: z.object({ enum: z.array(z.string()) }) }) });
    expect(schema.parse(document.components.schemas['Problem']).properties.code.enum).toEqual(Object.keys(PROBLEMS));
  });

  test('gives GET the parameters that POST has as fields, of which only the address is needed', () => {
    const parameters = document.paths['/v1/verify']?.get?.parameters ?? [];
    const body = z
      .object({ required: z.array(z.string()), properties: z.record(z.string(), z.looseObject({})) })
      .parse(document.components.schemas['VerifyRequest']);
    expect(parameters.map(({ name }) => name)).toEqual(Object.keys(body.properties));
    expect(parameters.map(({ name }) => name)).toEqual(['email', 'deadline_ms', 'max_age', 'smtp', 'token']);
    expect(parameters.filter(({ required }) => required).map(({ name }) => name)).toEqual(['email']);
    expect(body.required).toEqual(['email']);
  });

  test('states the bounds that are checked', () => {
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
      expect(contentOf(item?.responses['400'])).toHaveProperty(['application/problem+json']);
    }
  });

  test('puts each operation under one tag of one group: callers, the operator and nodes apart', () => {
    const tags = document.tags.map(({ name }) => name);
    expect(document['x-tagGroups'].flatMap((group) => group.tags)).toEqual(tags);
    for (const { operation } of operations) {
      const group = document['x-tagGroups'].find((one) => one.tags.includes(operation.tags[0] ?? ''))?.name;
      const isForAdmin = operation.security?.every((scheme) => 'admin' in scheme) === true;
      const caller = isForNodes(operation) ? 'For nodes' : 'For callers';
      expect(group, operation.operationId).toBe(isForAdmin ? 'For the operator' : caller);
    }
  });

  test('says how to get a key, and lists the faults that operations share', () => {
    expect(document.info.description).toContain('## How to get a key');
    for (const { content = {} } of Object.values(document.components.responses)) {
      const { code } = z.object({ code: text }).parse(content['application/problem+json']?.example);
      expect(document.info.description).toContain(`\`${code}\``);
    }
  });

  test.each(operations)('shows an example answer of $operation.operationId', ({ operation }) => {
    for (const [status, told] of Object.entries(operation.responses)) {
      for (const [type, { example, examples }] of Object.entries(contentOf(told) ?? {})) {
        if (type === 'text/html' || operation.operationId === 'openapi') continue;
        expect(example ?? examples, `${status} ${type}: put one into edge/openapi/examples.ts`).toBeDefined();
      }
    }
  });

  test('has examples that fit their schemas', () => {
    const bodies = everywhere(raw).flatMap(([path, value]) => {
      const body = z
        .object({ schema: z.object({ $ref: text }), example: z.unknown().optional(), examples: z.unknown().optional() })
        .safeParse(value);
      return body.success ? [{ path, ...body.data }] : [];
    });
    expect(bodies.length).toBeGreaterThan(40);
    for (const { path, schema, example, examples } of bodies) {
      const fits = z.fromJSONSchema(document.components.schemas[schema.$ref.split('/').at(-1) ?? ''] ?? {});
      const lines = typeof example === 'string' ? example.trim().split('\n').map(parseJson) : [example];
      const several = z.record(text, z.object({ value: z.unknown() })).safeParse(examples);
      const values = several.success ? Object.values(several.data).map(({ value }) => value) : lines;
      for (const value of values) expect(fits.safeParse(value).error, path).toBeUndefined();
    }
  });

  test('writes an example of a fault as the edge writes the fault', async () => {
    for (const told of Object.values(document.components.responses)) {
      const example: unknown = told.content?.['application/problem+json']?.example;
      const { code } = z.object({ code: z.enum(Object.keys(PROBLEMS) as ProblemCode[]) }).parse(example);
      expect(example).toEqual(await new Problem(code).toResponse().json());
    }
  });

  // Lists need objects and a bucket: test/flow/lists.test.ts asks them. Pages need the files: test/flow/pages.test.ts.
  const askable = operations.filter(
    ({ operation, path }) =>
      !isForNodes(operation) && ![...STATIC_PATHS, ...PAGE_PATHS].includes(path) && operation.tags[0] !== 'Lists',
  );
  test.each(askable)(
    'has an example request that the edge takes: $operation.operationId',
    async ({ method, path, operation }) => {
      const world = await createWorld({ zone: { 'good.test MX': mxTo('mx.good.test') } });
      const registry = createRegistryWorld();
      await registry.join(await createTestNode('fra1'));
      const services = smallServices(world);
      await services.marks.put('example.com', 'allow');
      const nodes = { ...services.nodes, registry: registry.service };
      const { id: made } = await services.keyService.make({
        kind: 'secret',
        name: null,
        email: null,
        origins: [],
        daily_quota: 5,
      });
      const find = (): ReturnType<typeof services.keyService.find> => services.keyService.find(made);
      const change: typeof services.keyService.change = (_, wish) => services.keyService.change(made, wish);
      const renewWebhookSecret = (): Promise<string | null> => services.keyService.renewWebhookSecret(made);
      const keyService = { ...services.keyService, find, change, renewWebhookSecret, revoke: async () => true };
      const background = { waitUntil: world.ports.waitUntil, passThroughOnException: () => {}, props: {} };
      const freeKeys: Services['freeKeys'] = {
        admit: async () => ({ kind: 'go' }),
        invite: async () => {},
        isLink: async () => true,
        redeem: () => keyService.make({ kind: 'secret', name: null, email: null, origins: [], daily_quota: 1 }),
      };
      const one = createApp(async () => ({ ...services, nodes, keyService, freeKeys }));
      const url = new URL(path, 'https://edge.example');
      for (const { in: place, name, required, schema, example } of operation.parameters ?? []) {
        const value = example ?? exampleOf(schema);
        if (place === 'path') url.pathname = url.pathname.replace(encodeURI(`{${name}}`), value);
        else if (required === true) url.searchParams.set(name, value);
      }
      const headers: Record<string, string> = { 'content-type': 'application/json' };
      if (operation.security?.some((scheme) => 'admin' in scheme)) headers['authorization'] = `Bearer ${ADMIN_TOKEN}`;
      const body = operation.requestBody?.content['application/json']?.example;
      const init = {
        method: method.toUpperCase(),
        headers,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      };
      const { status } = await askApp(one, url.href, init, { ADMIN_TOKEN }, background);
      expect(status).toBeLessThan(400);
    },
  );
});

function exampleOf(schema: z.infer<typeof parameter>['schema']): string {
  return z.object({ example: text }).safeParse(schema).data?.example ?? '';
}

function isForNodes({ tags }: z.infer<typeof operation>): boolean {
  return tags.includes('Node protocol');
}

function parseJson(line: string): unknown {
  return JSON.parse(line);
}

/** The bodies of an answer, of a shared one as well. */
function contentOf(told: z.infer<typeof responses>[string] | undefined) {
  if (told === undefined || !('$ref' in told)) return told?.content;
  return document.components.responses[told.$ref.split('/').at(-1) ?? '']?.content;
}
