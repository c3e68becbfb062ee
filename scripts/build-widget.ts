/** Makes the widget: one minified script. The same sources give the same octets, so that its hash can be published. */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import { sha256Of } from './bundle.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

export type Widget = {
  readonly version: string;
  readonly script: string;
  /** For the attribute `integrity` (Subresource Integrity). */
  readonly integrity: string;
};

export function buildWidget(): Widget {
  const { version } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as { version: string };
  const { outputFiles } = buildSync({
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

/** Writes `vrfy-widget-VERSION.js` into the folder, and its integrity beside it. */
export function writeWidget(folder: string): { file: string; octets: number; sha256: string } {
  const { version, script, integrity } = buildWidget();
  const file = path.join(folder, `vrfy-widget-${version}.js`);
  const content = new TextEncoder().encode(script);
  writeFileSync(file, content);
  writeFileSync(`${file}.integrity`, `${integrity}\n`);
  return { file, octets: content.length, sha256: sha256Of(content) };
}
