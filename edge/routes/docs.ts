/**
 * `GET /docs`: the OpenAPI document as a page. It needs no settings, so that it can be read while they are being mended.
 */
import type { Context } from 'hono';
import { docsPage } from '../docs/page.ts';
import { STYLE } from '../docs/style.ts';
import { openApiDocument } from '../openapi.ts';
import type { App } from '../services.ts';

export async function getDocs(c: Context<App>): Promise<Response> {
  const page = await docsPage(openApiDocument(new URL(c.req.url).origin));
  return c.html(page, 200, { 'cache-control': 'public, max-age=300', 'content-security-policy': await policy() });
}

/** Our one style and nothing else: no script, no picture, no frame, no form. */
async function policy(): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(STYLE));
  const hash = btoa(String.fromCharCode(...new Uint8Array(digest)));
  return `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;
}
