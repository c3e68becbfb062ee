import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildAssets, makeAssets } from '../../scripts/build-assets.ts';

let folder = '';
const read = (name: string): Promise<string> => readFile(path.join(folder, name), 'utf8');

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'vrfy-assets-'));
  await buildAssets(folder);
});

afterAll(() => rm(folder, { recursive: true }));

describe('the static files', () => {
  test('the static files are a page at /docs, the OpenAPI document and the documents in Markdown', async () => {
    expect(await readdir(folder)).toEqual(expect.arrayContaining(['_headers', 'docs', 'docs.html', 'openapi.json']));
    expect(JSON.parse(await read('openapi.json'))).toMatchObject({ openapi: '3.1.0', servers: [{ url: '/' }] });
    expect(await readdir(path.join(folder, 'docs'))).toContain('API.md');
  });

  test('the static files have the hash of their content or their version in the name if they are kept for a year, and only then', async () => {
    const assets = await makeAssets();
    const isImmutable = (headers: Readonly<Record<string, string>> = {}): boolean =>
      headers['Cache-Control']?.includes('immutable') === true;
    expect(assets.filter(({ headers }) => isImmutable(headers)).length).toBeGreaterThan(1);
    for (const { path: url, content, headers } of assets) {
      const hash = createHash('sha256').update(content).digest('hex').slice(0, 16);
      expect(url.includes(hash) || /^\/widget\/\d+\.\d+\.\d+\.js$/.test(url), url).toBe(isImmutable(headers));
    }
  });

  test('the static files stay as they are if nothing has changed, and are removed if no longer made', async () => {
    const page = path.join(folder, 'docs.html');
    const before = await stat(page);
    await writeFile(path.join(folder, 'left-over.js'), '');
    await buildAssets(folder);
    expect((await stat(page)).ino).toBe(before.ino);
    expect(await readdir(folder)).not.toContain('left-over.js');
  });

  test('the static files have headers in lines that the platform takes: 100 rules and 2,000 characters a line at most', async () => {
    const lines = (await read('_headers')).split('\n');
    expect(lines.filter((line) => line.startsWith('/')).length).toBeLessThanOrEqual(100);
    for (const line of lines) {
      expect(line).toMatch(/^(?:\/\S*| {2}[A-Za-z-]+: .+|)$/);
      expect(line.length).toBeLessThan(2000);
    }
  });
});

describe('the page at /docs', () => {
  test('the page at /docs has one script and one style sheet, both files of this deployment', async () => {
    const page = await read('docs.html');
    const named = [...page.matchAll(/<(?:script|link)\b[^>]* (?:src|href)="(\/[^"]+)"/g)].map(([, file = '']) => file);
    expect(named).toHaveLength(2);
    for (const file of named) expect((await read(file)).length).toBeGreaterThan(0);
    expect(page).not.toMatch(/https?:|"\/\/|@import|<style/);
  });

  test('the page at /docs may use own files alone: no inline script, no eval, no style without a hash', async () => {
    const { headers } = (await makeAssets()).find((asset) => asset.path === '/docs') ?? {};
    const policy = headers?.['Content-Security-Policy'] ?? '';
    expect(policy).toMatch(
      /^default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-hashes'(?: 'sha256-\S+')+; /,
    );
    expect(policy).not.toMatch(/https?:|\*|unsafe-eval|unsafe-inline/);
  });

  test('the page at /docs leads readers without JavaScript to files that exist', async () => {
    const [, without = ''] = /<noscript>(.*)<\/noscript>/s.exec(await read('docs.html')) ?? [];
    const links = [...without.matchAll(/href="([^"]+)"/g)].map(([, link = '']) => link);
    expect(links).toEqual(expect.arrayContaining(['/openapi.json', '/docs/API.md']));
    for (const link of links) expect((await read(link)).length).toBeGreaterThan(0);
  });
});
