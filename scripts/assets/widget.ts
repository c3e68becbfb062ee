/**
 * The widget as one script: `/widget.js`, which follows the newest version, and `/widget/VERSION.js`, which never changes and so
 * may be pinned by its hash (Subresource Integrity). Pages of any origin load it, with `crossorigin` as well.
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { Asset } from './asset.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export type Widget = {
  readonly version: string;
  readonly script: string;
  /** For the attribute `integrity`. */
  readonly integrity: string;
};

/** The same sources give the same octets. */
export async function buildWidget(): Promise<Widget> {
  const { version } = JSON.parse(await readFile(`${ROOT}package.json`, 'utf8')) as { version: string };
  const { outputFiles } = await build({
    absWorkingDir: ROOT,
    entryPoints: ['web/widget/widget.ts'],
    bundle: true,
    minify: true,
    format: 'iife',
    target: 'es2022',
    charset: 'utf8',
    define: { VERSION: JSON.stringify(version) },
    write: false,
    logLevel: 'error',
  });
  const script = outputFiles.map(({ text }) => text).join('');
  const integrity = `sha384-${createHash('sha384').update(script).digest('base64')}`;
  return { version, script, integrity };
}

export async function widgetScripts(): Promise<readonly Asset[]> {
  const { version, script } = await buildWidget();
  const headers = {
    // A page of another encoding must not change the texts.
    'Content-Type': 'text/javascript; charset=utf-8',
    'Access-Control-Allow-Origin': '*',
    'Cross-Origin-Resource-Policy': 'cross-origin',
    'Timing-Allow-Origin': '*',
  };
  return [
    { path: '/widget.js', content: script, headers: { ...headers, 'Cache-Control': 'public, max-age=300' } },
    {
      path: `/widget/${version}.js`,
      content: script,
      headers: { ...headers, 'Cache-Control': 'public, max-age=31536000, immutable' },
    },
  ];
}
