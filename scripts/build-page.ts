/**
 * Builds the static files of the pages: style sheet, icon, and one script for each entry of web/page/browser/. Each name has a
 * hash of its content, so that browsers may keep it for ever; `manifest.json` maps plain names to paths for the edge.
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const PAGE = fileURLToPath(new URL('../web/page', import.meta.url));
/** Entries: a module of browser/ that a page names. The others are parts of them. */
const ENTRIES = ['try.tsx'];

/** Files by their path below the folder of static files. */
export async function buildPage(): Promise<ReadonlyMap<string, string>> {
  const files = new Map<string, string>();
  const manifest: Record<string, string> = {};
  const add = (name: string, content: string): void => {
    const hash = createHash('sha256').update(content).digest('hex').slice(0, 12);
    const { name: stem, ext } = path.parse(name);
    const location = `/assets/page/${stem}-${hash}${ext}`;
    manifest[name] = location;
    files.set(location, content);
  };
  const { outputFiles } = await build({
    entryPoints: [...ENTRIES.map((entry) => path.join(PAGE, 'browser', entry)), path.join(PAGE, 'style.css')],
    outdir: '/',
    entryNames: '[name]',
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    jsx: 'automatic',
    jsxImportSource: 'hono/jsx/dom',
    legalComments: 'none',
  });
  for (const { path: file, text } of outputFiles) add(path.basename(file), text);
  add('icon.svg', await readFile(path.join(PAGE, 'icon.svg'), 'utf8'));
  files.set('/assets/page/manifest.json', JSON.stringify(manifest));
  return files;
}
