import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bundlePageScripts } from '../../scripts/assets/page.ts';
import { buildAssets, makeAssets } from '../../scripts/build-assets.ts';
import { RULES } from '../../shared/replies/rules.ts';
import { REASON_NAMES, REASONS, VERDICTS } from '../../shared/verdict.ts';

/** Scripts that import each other have the hashes of esbuild. */
const BUNDLED = /^\/assets\/[\w-]+-[0-9A-Z]{8}\.js$/;

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
      const isNamed = url.includes(hash) || BUNDLED.test(url) || /^\/widget\/\d+\.\d+\.\d+\.js$/.test(url);
      expect(isNamed, url).toBe(isImmutable(headers));
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

/** The page, and what it loads before anything is done: octets as they are sent. */
async function firstLoad(page: string): Promise<number> {
  const sent = new Set<string>();
  let octets = 0;
  const load = async (name: string): Promise<void> => {
    if (sent.has(name)) return;
    sent.add(name);
    const text = await read(name);
    octets += gzipSync(text).length;
    const named = name.endsWith('.html')
      ? text.matchAll(/<(?:script|link)\b[^>]* (?:src|href)="(\/[^"]+)"/g)
      : text.matchAll(/\bfrom ?"\.(\/[^"]+)"|\bimport ?"\.(\/[^"]+)"/g);
    for (const [, first, second] of named) {
      const file = first ?? second ?? '';
      await load(name.endsWith('.html') ? file : path.join(path.dirname(name), file));
    }
  };
  await load(page);
  return octets;
}

describe('the pages for people', () => {
  test.each(['index', 'lists', 'keys', 'docs/verdicts', 'docs/verdicts/unknown', 'docs/reasons/greylisted'])(
    '%s has 40 kB of first load at most, of its own files alone',
    async (page) => {
      const octets = await firstLoad(`${page}.html`);
      expect(octets).toBeGreaterThan(1_000);
      expect(octets).toBeLessThanOrEqual(40_000);
    },
  );

  test('load the code of lists on the page of lists only', async () => {
    const scripts = async (page: string) => (await read(page)).match(/src="[^"]+"/g) ?? [];
    expect(await scripts('lists.html')).toEqual([expect.stringContaining('/assets/list-')]);
    expect(await scripts('index.html')).toEqual([expect.stringContaining('/assets/try-')]);
    expect(await scripts('docs/verdicts.html')).toEqual([]);
  });

  test('run nothing inline, and have a policy that allows own files alone', async () => {
    const pages = (await makeAssets()).filter(({ headers }) => headers?.['Referrer-Policy'] === 'same-origin');
    expect(pages.length).toBeGreaterThan(40);
    for (const { path: url, content, headers } of pages) {
      expect([
        url,
        String(content).match(/<script>|<style>|\son[a-z]+="|\sstyle="|(?:src|href)="https?:[^"]*\.(?:js|css)"/g),
      ]).toEqual([url, null]);
      const policy = headers?.['Content-Security-Policy'] ?? '';
      expect(policy).toMatch(/^default-src 'none'; .*form-action 'self'; base-uri 'none'; frame-ancestors 'none'$/);
      expect(policy).not.toMatch(/unsafe|http|\*/);
    }
  });

  test('lead to the licences of all packages whose code browsers get', async () => {
    const licences = await read('licences.txt');
    const { packages } = await bundlePageScripts();
    expect(packages.map(({ name }) => name)).toEqual(expect.arrayContaining(['csv-parse', 'hono', 'read-excel-file']));
    for (const { name, version, licence, texts } of packages) {
      expect(licences).toContain([`${name} ${version} (${licence})`, ...texts].join('\n\n'));
    }
    // Inside the reference at /docs.
    expect(licences).toMatch(/^vue \d\S+ \(MIT\)\n\nThe MIT License/m);
    expect(await read('index.html')).toContain('<a href="/licences.txt">');
  });

  test('exist for every verdict, reason and rule', async () => {
    const pages = (await makeAssets()).map(({ path: url }) => url);
    const wanted = [
      ...VERDICTS.map((verdict) => `/docs/verdicts/${verdict}`),
      ...REASON_NAMES.map((reason) => `/docs/reasons/${reason}`),
      ...RULES.map(({ id }) => `/docs/rules/${id}`),
    ];
    expect(wanted.filter((url) => !pages.some((page) => page === url))).toEqual([]);
    const html = await read('docs/reasons/greylisted.html');
    expect(html).toContain(REASONS.greylisted.detail);
    expect(html).toContain('ada@greylist.test');
  });

  test('link to nothing that does not exist', async () => {
    const assets = await makeAssets();
    const paths = new Set<string>(assets.map(({ path: url }) => url));
    const links = assets
      .filter(({ path: url }) => path.extname(url) === '')
      .flatMap(({ content }) => [...String(content).matchAll(/(?:href|action)="(\/[^"#]*)/g)].map(([, to = '']) => to));
    expect([...new Set(links)].filter((to) => !paths.has(to))).toEqual([]);
  });
});
