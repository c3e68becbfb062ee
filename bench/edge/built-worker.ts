/**
 * Workers as they are deployed: the edge through wrangler's own build (nothing is uploaded), small ones of the bench
 * through esbuild.
 */
import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';

const run = promisify(execFile);

const ROOT = path.join(import.meta.dirname, '../..');
const WRANGLER = path.join(ROOT, 'node_modules/wrangler/bin/wrangler.js');
const CACHE = path.join(ROOT, '.cache/bench');
const BUILD_TIMEOUT_MS = 60_000;

/** A file of a worker: its script, or data that the script imports by name. */
export type Module = { readonly name: string; readonly file: string; readonly kind: 'esModule' | 'data' };
/** The script comes first. */
export type BuiltWorker = { readonly modules: readonly Module[] };

export async function buildEdge(): Promise<BuiltWorker> {
  const folder = path.join(CACHE, 'edge');
  await mkdir(folder, { recursive: true });
  await run(process.execPath, [WRANGLER, 'deploy', '--dry-run', '--env', '', '--outdir', folder], {
    cwd: ROOT,
    timeout: BUILD_TIMEOUT_MS,
    env: { ...process.env, WRANGLER_SEND_METRICS: 'false', CLOUDFLARE_CF_FETCH_ENABLED: 'false' },
  });
  const script: Module = { name: 'worker.js', file: path.join(folder, 'worker.js'), kind: 'esModule' };
  // An earlier build may have left data with another hash.
  const source = await readFile(script.file, 'utf8');
  const data = (await readdir(folder)).filter((name) => name.endsWith('.bin') && source.includes(`"./${name}"`));
  return { modules: [script, ...data.map((name) => ({ name, file: path.join(folder, name), kind: 'data' as const }))] };
}

/** @param entry path below the root */
export async function buildSmall(entry: string): Promise<BuiltWorker> {
  const { build } = await import('esbuild');
  const file = path.join(CACHE, `${path.basename(entry, '.ts')}.js`);
  await build({
    entryPoints: [path.join(ROOT, entry)],
    outfile: file,
    bundle: true,
    format: 'esm',
    target: 'es2024',
    logLevel: 'error',
  });
  return { modules: [{ name: 'worker.js', file, kind: 'esModule' }] };
}

/** KiB of the script under gzip, as the platform counts it; without data files. */
export async function scriptKib({ modules: [script] }: BuiltWorker): Promise<number> {
  return script === undefined ? 0 : gzipSync(await readFile(script.file)).length / 1024;
}
