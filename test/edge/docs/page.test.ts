import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { createApp } from '../../../edge/app.ts';
import { docsPage } from '../../../edge/docs/page.ts';
import { openApiDocument } from '../../../edge/openapi.ts';
import { askApp } from '../ask-app.ts';

const app = createApp(() => Promise.reject(new Error('not needed')));
const response = await askApp(app, 'https://edge.example/docs');
const page = await response.text();
const document = openApiDocument('https://edge.example');

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
    expect(page).not.toContain('{name}&#39;');
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
