import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { createApp } from '../../../edge/app.ts';
import { openApiDocument } from '../../../edge/openapi/document.ts';
import { docsPage } from '../../../edge/openapi/page.ts';
import { askApp } from '../ask-app.ts';
import { createRegistryWorld, createTestNode } from '../nodes/registry-world.ts';
import { smallServices } from '../small-services.ts';
import { createWorld } from '../small-world.ts';

const app = createApp(() => Promise.reject(new Error('not needed')));
const response = await askApp(app, 'https://edge.example/docs');
const page = await response.text();
const document = openApiDocument('https://edge.example');
const ADMIN_TOKEN = 'a-token-of-this-test-alone';
const lines = [...page.matchAll(/aria-label="Example"><code>(.*?)<\/code>/gs)].map(([, line]) => readCurl(line ?? ''));

/** One line of the page as curl would send it. */
function readCurl(escaped: string) {
  const line = escaped.replaceAll('&#39;', "'").replaceAll('&quot;', '"').replaceAll('&amp;', '&');
  const url = new URL(/'(https:[^']+)'/.exec(line)?.[1] ?? '');
  const body = /-d '([^']*)'/.exec(line)?.[1];
  const method = /-X ([A-Z]+)/.exec(line)?.[1] ?? 'GET';
  const named = [...line.matchAll(/-H (['"])([^:'"]+): (.*?)\1/g)].map(([, , name, value]) => [name, value]);
  const headers: Record<string, string> = Object.fromEntries(named);
  const filled = Object.entries(headers).map(([name, value]) => [name, value.replace('$ADMIN_TOKEN', ADMIN_TOKEN)]);
  return { name: `${method} ${url.pathname}`, url, method, headers: Object.fromEntries(filled), body };
}

describe('the page at /docs', () => {
  test('has every operation and every schema of the document, once', () => {
    const ids = [...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const item of Object.values(document.paths)) {
      for (const { operationId } of Object.values(item)) expect(ids).toContain(operationId);
    }
    for (const name of Object.keys(document.components.schemas)) expect(ids).toContain(`schema-${name}`);
    for (const [, target] of page.matchAll(/href="#([^"]+)"/g)) expect(ids).toContain(target);
  });

  test('loads nothing from elsewhere and runs nothing', () => {
    expect(page).not.toMatch(/<(?:script|link|img|iframe|object|embed|form)\b|\bsrc=|@import|url\(|\son[a-z]+=/i);
    const targets = [...page.matchAll(/href="([^"]+)"/g)].map(([, target]) => target ?? '');
    for (const target of targets) expect(target).toMatch(/^[#/](?!\/)/);
  });

  test('may use its own style and nothing else', () => {
    const styles = [...page.matchAll(/<style>(.*?)<\/style>/gs)].map(([, style]) => style ?? '');
    expect(styles).toHaveLength(1);
    const hash = createHash('sha256')
      .update(styles[0] ?? '')
      .digest('base64');
    expect(response.headers.get('content-security-policy')).toContain(`style-src 'sha256-${hash}'`);
    expect(page).not.toContain(' style="');
  });

  test('can be read aloud: a language, a title, one first heading, headings in order, heads of columns', () => {
    expect(page).toMatch(/<html lang="en">/);
    expect(page).toMatch(/<title>[^<]+<\/title>/);
    const levels = [...page.matchAll(/<h([1-6])/g)].map(([, level]) => Number(level));
    expect(levels.filter((level) => level === 1)).toHaveLength(1);
    for (const [at, level] of levels.entries()) expect(level - (levels[at - 1] ?? 0)).toBeLessThanOrEqual(1);
    expect(page).not.toMatch(/<th(?! ?scope="col")[ >]/);
  });

  test('shows a line to try for each operation, under the address that was asked', () => {
    expect(page).toContain('curl &#39;https://edge.example/v1/verify?email=ada@good.test&#39;');
    expect(page).toContain('Authorization: Bearer $ADMIN_TOKEN');
    const operator = lines.filter(({ headers }) => headers['Authorization'] !== undefined);
    expect(operator.map(({ url }) => url.pathname)).not.toContain('/v1/verify');
    expect(page).not.toContain('{name}&#39;');
    const operations = Object.values(document.paths).flatMap((item) => Object.values(item));
    expect(lines).toHaveLength(operations.filter((operation) => operation['x-caller'] === undefined).length);
  });

  test('can be linked to by the name of a part, as docs/CLI.md does', () => {
    for (const tag of ['Verify', 'Keys', 'Domains', 'Nodes', 'Service']) expect(page).toContain(`<h2 id="${tag}">`);
  });

  test('shows no line for what only nodes call: a person has none of their keys', () => {
    const only = Object.keys(document.paths).filter((path) => /\/(?:enrol|heartbeat)$/.test(path));
    expect(only).toHaveLength(2);
    for (const path of only) expect(lines.map(({ url }) => url.pathname)).not.toContain(path);
    expect(page).toContain('Nodes call this');
  });

  test.each(lines)('shows a line that the edge takes: $name', async ({ url, method, headers, body }) => {
    const world = await createWorld();
    const registry = createRegistryWorld();
    await registry.join(await createTestNode('fra1'));
    const services = smallServices(world);
    await services.marks.put('example.com', 'allow');
    const nodes = { ...services.nodes, registry: registry.desk };
    const keyDesk = { ...services.keyDesk, revoke: async () => true };
    const background = { waitUntil: world.ports.waitUntil, passThroughOnException: () => {}, props: {} };
    const init = { method, headers, ...(body === undefined ? {} : { body }) };
    const one = createApp(async () => ({ ...services, nodes, keyDesk }));
    const { status } = await askApp(one, url.href, init, { ADMIN_TOKEN }, background);
    expect(status).toBeLessThan(400);
  });

  test('shows what the document says as text, whatever it says', async () => {
    const evil = {
      ...document,
      info: { ...document.info, title: '<script>alert(1)</script>', description: '`</style>`' },
    };
    const shown = String(await docsPage(evil));
    expect(shown).not.toContain('<script');
    expect(shown.match(/<\/style>/g)).toHaveLength(1);
  });
});
