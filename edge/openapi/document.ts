/**
 * The OpenAPI 3.1 document: hono-openapi makes it from the routes of the areas and the schemas that validate, so that it
 * says what is checked. It is a file of the deployment (scripts/build-assets.ts), and the worker contains nothing of it.
 *
 * Each area of the API has a file of its own beside this one; a test fails for a route that is in none of them.
 */
import { Hono } from 'hono';
import { type GenerateSpecOptions, generateSpecs } from 'hono-openapi';
import { VERSION } from '../../shared/version.ts';
import { backupArea } from './backup.ts';
import { domainsArea } from './domains.ts';
import { freeKeysArea } from './free-keys.ts';
import { INTRODUCTION } from './introduction.ts';
import { keysArea } from './keys.ts';
import { listsArea } from './lists.ts';
import { metaArea } from './meta.ts';
import { nodesArea } from './nodes.ts';
import { sharedResponses, TAG_GROUPS } from './parts.ts';
import { verifyArea } from './verify.ts';

const AREAS: readonly (() => Hono)[] = [
  verifyArea,
  listsArea,
  freeKeysArea,
  keysArea,
  domainsArea,
  nodesArea,
  backupArea,
  metaArea,
];

const GROUPS = Object.entries(TAG_GROUPS);

/** Its server is `/`: the origin that it is read from (OpenAPI 3.1 §4.8.5). */
export async function openApiDocument() {
  const described = new Hono();
  for (const area of AREAS) described.route('/', area());
  const documentation: GenerateSpecOptions['documentation'] = {
    info: { title: 'vrfy', version: VERSION, description: INTRODUCTION, license: { name: 'MIT', identifier: 'MIT' } },
    servers: [{ url: '/', description: 'this edge' }],
    tags: GROUPS.flatMap(([, tags]) => Object.entries(tags).map(([name, description]) => ({ name, description }))),
    components: {
      responses: sharedResponses(),
      securitySchemes: {
        admin: { type: 'http', scheme: 'bearer', description: 'The ADMIN_TOKEN of this edge' },
        key: {
          type: 'http',
          scheme: 'bearer',
          description: 'A key of the API: `vrfy_sk_`, `vrfy_pk_` or `vrfy_test_`',
        },
        pageKey: {
          type: 'apiKey',
          in: 'query',
          name: 'key',
          description: 'A key for pages, `vrfy_pk_`; or `vrfy_test_`',
        },
      },
    },
  };
  const specs = await generateSpecs(described, {
    documentation,
    excludeStaticFile: false,
    defaultValidationErrorResponse: false,
  });
  // The menu of the page: who calls what.
  return { ...specs, 'x-tagGroups': GROUPS.map(([name, tags]) => ({ name, tags: Object.keys(tags) })) };
}
