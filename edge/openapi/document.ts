/**
 * The OpenAPI 3.1 document, made of the schemas that validate: what it says is what is checked.
 *
 * Each area of the API has a file of its own under openapi/; a route that is in none of them fails a test. The document is
 * put together on the first request for it, because turning schemas into JSON Schema costs milliseconds.
 */
import { VERSION } from '../../shared/version.ts';
import { domainsArea } from './domains.ts';
import { keysArea } from './keys.ts';
import { metaArea } from './meta.ts';
import { nodesArea } from './nodes.ts';
import type { Area, JsonObject } from './parts.ts';
import { verifyArea } from './verify.ts';

/** In the order in which the page shows them. */
const AREAS: readonly (() => Area)[] = [verifyArea, keysArea, domainsArea, nodesArea, metaArea];

let made: readonly Area[] | null = null;

export type OpenApiDocument = {
  readonly openapi: string;
  readonly info: {
    readonly title: string;
    readonly version: string;
    readonly description: string;
    readonly license: JsonObject;
  };
  readonly servers: readonly { readonly url: string }[];
  readonly paths: Area['paths'];
  readonly components: { readonly schemas: Area['schemas']; readonly securitySchemes: JsonObject };
};

/** @param origin under which the document was asked for */
export function openApiDocument(origin: string): OpenApiDocument {
  made ??= AREAS.map((area) => area());
  return {
    openapi: '3.1.0',
    info: {
      title: 'vrfy',
      version: VERSION,
      description:
        'Email verification that asks the mail server and sends nothing. Every verdict is HTTP 200; faults of a request ' +
        'are `application/problem+json` (RFC 9457) with a stable `code`.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: origin }],
    paths: Object.assign({}, ...made.map(({ paths }) => paths)),
    components: {
      schemas: Object.assign({}, ...made.map(({ schemas }) => schemas)),
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
}
