/**
 * The pages of web/page with their scripts, workers, style sheet and icon. Files that pages load have the hash of their
 * content in their names; the pages themselves are asked for anew each time, so that they never name a file that is gone.
 *
 * Each page has a policy that allows its own files and nothing else: neither inline scripts nor another origin.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { AssetPaths } from '../../web/page/document.tsx';
import type { RenderedPage } from '../../web/page/render.tsx';
import { type BundledPackage, bundledPackages } from '../licences.ts';
import { type Asset, immutableAsset, immutableAt } from './asset.ts';
import { licencesText } from './licences-text.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PAGE = path.join(ROOT, 'web/page');

/** What pages load by name; code that two of them share becomes a file of its own. */
const SCRIPTS = ['try.tsx', 'list.tsx', 'keys.tsx', 'console.tsx', 'rows-worker.ts', 'xlsx-worker.ts'];

/** For a name that follows the newest content. */
const FOLLOWING = { 'Cache-Control': 'public, max-age=300', 'Cross-Origin-Resource-Policy': 'same-origin' };

export async function pageFiles(): Promise<readonly Asset[]> {
  const [scripts, style, icon, render] = await Promise.all([
    bundlePageScripts(),
    minifiedStyle(),
    readFile(path.join(PAGE, 'icon.svg'), 'utf8'),
    loadRender(),
  ]);
  const styleFile = immutableAsset('page', 'css', style);
  const iconFile = immutableAsset('icon', 'svg', icon);
  const assets = { ...scripts.paths, 'style.css': styleFile.path, 'icon.svg': iconFile.path };
  return [
    ...[...scripts.files, styleFile, iconFile, ...render(assets).map(pageFile)],
    // For pages that the worker draws itself.
    { path: '/page.css', content: style, headers: FOLLOWING },
    { path: '/icon.svg', content: icon, headers: FOLLOWING },
    { path: '/licences.txt', content: await licencesText(scripts.packages), headers: FOLLOWING },
  ];
}

/** Pages of one folder have the same headers: the deployment takes a hundred rules. */
function pageFile({ path: url, html, hasScript }: RenderedPage): Asset {
  const folder = /^\/(docs\/[a-z]+\/)/.exec(url)?.[1];
  return {
    path: url,
    content: html,
    ...(folder === undefined ? {} : { headersFor: `/${folder}*` as const }),
    headers: {
      'Cache-Control': 'public, max-age=0, must-revalidate',
      'Content-Security-Policy': policyOf(hasScript),
      // `no-referrer` would hide from the edge that a form is its own.
      'Referrer-Policy': 'same-origin',
      'Cross-Origin-Opener-Policy': 'same-origin',
      'Cross-Origin-Resource-Policy': 'same-origin',
      'X-Frame-Options': 'DENY',
    },
  };
}

function policyOf(hasScript: boolean): string {
  const scripted = hasScript ? ["script-src 'self'", "worker-src 'self'", "connect-src 'self'"] : [];
  return [
    "default-src 'none'",
    ...scripted,
    "style-src 'self'",
    "img-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

type Scripts = {
  readonly files: readonly Asset[];
  /** By plain name, such as `try.js`. */
  readonly paths: AssetPaths;
  /** Of others, with code in these files. */
  readonly packages: readonly BundledPackage[];
};

export async function bundlePageScripts(): Promise<Scripts> {
  const { outputFiles, metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: SCRIPTS.map((name) => `web/page/browser/${name}`),
    outdir: 'assets',
    entryNames: '[name]-[hash]',
    chunkNames: '[name]-[hash]',
    bundle: true,
    splitting: true,
    minify: true,
    format: 'esm',
    target: 'es2023',
    charset: 'utf8',
    jsx: 'automatic',
    jsxImportSource: 'hono/jsx/dom',
    alias: {
      'csv-parse/sync': 'csv-parse/browser/esm/sync',
      'node:buffer': path.join(PAGE, 'browser/lists/latin1-buffer.ts'),
    },
    metafile: true,
    write: false,
    logLevel: 'error',
  });
  const entries = Object.entries(metafile.outputs).flatMap(([file, { entryPoint }]) =>
    entryPoint === undefined ? [] : [[`${path.parse(entryPoint).name}.js`, `/${file}`] as const],
  );
  const files = outputFiles.map(({ path: file, text }) => immutableAt(`/assets/${path.basename(file)}`, text));
  return { files, paths: Object.fromEntries(entries), packages: bundledPackages(ROOT, metafile) };
}

async function minifiedStyle(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [path.join(PAGE, 'style.css')],
    minify: true,
    target: 'es2023',
    write: false,
    logLevel: 'error',
  });
  return outputFiles.map(({ text }) => text).join('');
}

/** The pages are written in JSX, which Node does not read. */
async function loadRender(): Promise<(assets: AssetPaths) => readonly RenderedPage[]> {
  const { outputFiles } = await build({
    entryPoints: [path.join(PAGE, 'render.tsx')],
    bundle: true,
    format: 'esm',
    platform: 'node',
    jsx: 'automatic',
    jsxImportSource: 'hono/jsx',
    charset: 'utf8',
    write: false,
    logLevel: 'error',
  });
  const source = outputFiles.map(({ text }) => text).join('');
  const module: unknown = await import(`data:text/javascript;base64,${Buffer.from(source).toString('base64')}`);
  return (module as { renderPages: (assets: AssetPaths) => readonly RenderedPage[] }).renderPages;
}
