/**
 * `GET /docs`: the OpenAPI document as a page. It needs no settings, so that it can be read while they are being mended.
 */
import type { Context } from 'hono';
import type { App } from '../http/context.ts';
import { openApiDocument } from '../openapi/document.ts';
import { docsPage } from '../openapi/page.ts';
import { STYLE } from '../openapi/style.ts';

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
