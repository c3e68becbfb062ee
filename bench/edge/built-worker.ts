/**
 * Workers as they are deployed: the edge through wrangler's own build (nothing is uploaded), small ones of the bench
 * through esbuild.
 */
import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import type { Metafile } from 'esbuild';

const run = promisify(execFile);

const ROOT = path.join(import.meta.dirname, '../..');
const WRANGLER = path.join(ROOT, 'node_modules/wrangler/bin/wrangler.js');
const CACHE = path.join(ROOT, '.cache/bench');
const BUILD_TIMEOUT_MS = 60_000;

/** KiB of the edge's script under gzip. */
export const BUNDLE_KIB_MAX = 342;

/** A file of a worker: its script, or data that the script imports by name. */
export type Module = { readonly name: string; readonly file: string; readonly kind: 'esModule' | 'data' };
/** The script comes first. */
export type BuiltWorker = { readonly modules: readonly Module[] };

export async function buildEdge(): Promise<BuiltWorker> {
  const folder = path.join(CACHE, 'edge');
  await mkdir(folder, { recursive: true });
  await run(process.execPath, [WRANGLER, 'deploy', '--dry-run', '--env', '', '--outdir', folder, '--metafile'], {
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

/** The packages and folders in the edge's script, with their octets before gzip. */
export async function sharesOf({ modules: [script] }: BuiltWorker): Promise<readonly (readonly [string, number])[]> {
  const folder = path.dirname(script?.file ?? '');
  const meta: unknown = JSON.parse(await readFile(path.join(folder, 'bundle-meta.json'), 'utf8'));
  const shares = new Map<string, number>();
  for (const { inputs } of Object.values((meta as Pick<Metafile, 'outputs'>).outputs)) {
    for (const [file, { bytesInOutput }] of Object.entries(inputs)) {
      const part = partOf(file);
      shares.set(part, (shares.get(part) ?? 0) + bytesInOutput);
    }
  }
  return [...shares];
}

/** `zod` for a file of a package, `edge/lists` for one of ours. */
function partOf(file: string): string {
  const inPackage = file.split('node_modules/').at(-1) ?? file;
  const depth = inPackage === file || inPackage.startsWith('@') ? 2 : 1;
  return inPackage.split('/').slice(0, depth).join('/');
}

/** KiB of the script under gzip, as the platform counts it; without data files. */
export async function scriptKib({ modules: [script] }: BuiltWorker): Promise<number> {
  return script === undefined ? 0 : gzipSync(await readFile(script.file)).length / 1024;
}
