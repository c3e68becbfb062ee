/**
 * Builds the static files that the edge is deployed with (`[assets]` in wrangler.toml) into `dist/assets/`: pages, the
 * OpenAPI document, scripts. `npm start`, `npm run deploy` and every test with a real edge run it.
 *
 * A new page or script is a builder in the list below. Nothing is fetched. Concurrent runs are safe: a file is replaced
 * as a whole, and only if its content differs.
 */
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Asset, AssetBuilder } from './assets/asset.ts';
import { docsPage } from './assets/docs-page.ts';
import { markdownDocuments } from './assets/markdown.ts';
import { openApiFile } from './assets/openapi.ts';
import { pageFiles } from './assets/page.ts';
import { publicSuffixFile } from './assets/public-suffixes.ts';
import { widgetScripts } from './assets/widget.ts';

const DIST = fileURLToPath(new URL('../dist', import.meta.url));

const BUILDERS: readonly AssetBuilder[] = [
  docsPage,
  openApiFile,
  markdownDocuments,
  pageFiles,
  widgetScripts,
  publicSuffixFile,
];

/** Rules of `_headers` that Cloudflare reads; it ignores what follows. */
const HEADER_RULES_MAX = 100;

/** On every file: its type is that of its header. */
const COMMON_HEADERS = { 'X-Content-Type-Options': 'nosniff' };

/** All files that the builders make, each path once. */
export async function makeAssets(): Promise<readonly Asset[]> {
  const assets = (await Promise.all(BUILDERS.map((build) => build()))).flat();
  const paths = assets.map((asset) => asset.path);
  const repeated = paths.find((one, index) => paths.indexOf(one) !== index);
  if (repeated !== undefined) throw new Error(`two builders make ${repeated}`);
  return assets;
}

/**
 * Writes the files and their `_headers`, and removes the files of an earlier version. `folder` is that of
 * wrangler.toml.
 */
export async function buildAssets(folder = path.join(DIST, 'assets')): Promise<void> {
  const assets = await makeAssets();
  const files = new Map<string, string | Uint8Array>([
    ...assets.map((asset) => [fileOf(asset), asset.content] as const),
    ['_headers', headersFile(assets)],
  ]);
  await mkdir(DIST, { recursive: true });
  await Promise.all([...files].map(([name, content]) => writeIfChanged(path.join(folder, name), content)));
  const present = await readdir(folder, { recursive: true, withFileTypes: true });
  const stale = present
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .filter((file) => !files.has(path.relative(folder, file)));
  await Promise.all(stale.map((file) => rm(file, { force: true })));
}

/** Relative to the folder. */
function fileOf({ path: url }: Asset): string {
  if (url === '/') return 'index.html';
  return path.extname(url) === '' ? `${url.slice(1)}.html` : url.slice(1);
}

/** Cloudflare's format: a path, and its headers indented below it. Every rule that fits a path counts. */
function headersFile(assets: readonly Asset[]): string {
  const own = assets.map(({ path: url, headersFor = url, headers = {} }) => [headersFor, headers] as const);
  const rules = new Map<string, NonNullable<Asset['headers']>>([['/*', COMMON_HEADERS], ...own]);
  if (rules.size > HEADER_RULES_MAX) throw new Error(`${rules.size} rules for headers; ${HEADER_RULES_MAX} count`);
  return [...rules]
    .map(([url, headers]) => {
      const lines = Object.entries(headers).map(([name, value]) => `  ${name}: ${value}\n`);
      return `${url}\n${lines.join('')}`;
    })
    .join('\n');
}

async function writeIfChanged(file: string, content: string | Uint8Array): Promise<void> {
  const fresh = Buffer.from(content);
  const present = await readFile(file).catch(() => null);
  if (present?.equals(fresh) === true) return;
  await mkdir(path.dirname(file), { recursive: true });
  const draft = path.join(DIST, `.${crypto.randomUUID()}`);
  await writeFile(draft, fresh);
  await rename(draft, file);
}

if (import.meta.main) await buildAssets();
