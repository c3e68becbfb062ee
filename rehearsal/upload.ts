/**
 * The worker as `wrangler deploy` would upload it: the body of the request that it would send, which `--dry-run --outfile`
 * writes to a file. Nothing is sent.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import * as z from 'zod';

const run = promisify(execFile);

const ROOT = path.join(import.meta.dirname, '..');
const WRANGLER = path.join(ROOT, 'node_modules/wrangler/bin/wrangler.js');
const BUILD_TIMEOUT_MS = 120_000;

/** Names of bindings by their kind. */
export type UploadBindings = Readonly<Record<'kv' | 'queues' | 'buckets' | 'objects' | 'assets', readonly string[]>>;

export type UploadModule = { readonly name: string; readonly kind: 'js' | 'data'; readonly content: Uint8Array };

export type Upload = {
  readonly mainModule: string;
  readonly modules: readonly UploadModule[];
  readonly compatibilityDate: string;
  readonly compatibilityFlags: readonly string[];
  readonly bindings: UploadBindings;
  /** Classes of Durable Objects by binding. */
  readonly objectClasses: Readonly<Record<string, string>>;
};

const bindingSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('inherit'), name: z.string() }),
  z.object({ type: z.literal('kv_namespace'), name: z.string() }),
  z.object({ type: z.literal('durable_object_namespace'), name: z.string(), class_name: z.string() }),
  z.object({ type: z.literal('queue'), name: z.string() }),
  z.object({ type: z.literal('r2_bucket'), name: z.string() }),
  z.object({ type: z.literal('assets'), name: z.string() }),
]);

/** A binding of a kind that a rehearsal does not have fails here: it would be rehearsed without its limits. */
const metadataSchema = z.object({
  main_module: z.string(),
  bindings: z.array(bindingSchema),
  compatibility_date: z.string(),
  compatibility_flags: z.array(z.string()).default([]),
});

export type UploadOptions = {
  /** Configuration of another worker than the edge; for tests. */
  readonly configFile?: string;
  /** Another main module than that of the configuration; for drills. */
  readonly entrypoint?: string;
};

export async function buildUpload(options: UploadOptions = {}): Promise<Upload> {
  const folder = await mkdtemp(path.join(tmpdir(), 'vrfy-upload-'));
  const file = path.join(folder, 'upload');
  try {
    await writeUpload(file, options);
    return await readUpload(file);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Writes the body of the request to a file. */
export async function writeUpload(
  file: string,
  { configFile = path.join(ROOT, 'wrangler.toml'), entrypoint }: UploadOptions = {},
): Promise<void> {
  const main = entrypoint === undefined ? [] : [entrypoint];
  const options = ['--dry-run', '--env', '', '--outfile', file, '--config', configFile];
  await run(process.execPath, [WRANGLER, 'deploy', ...main, ...options], {
    cwd: ROOT,
    timeout: BUILD_TIMEOUT_MS,
    env: { ...process.env, WRANGLER_SEND_METRICS: 'false', CLOUDFLARE_CF_FETCH_ENABLED: 'false' },
  });
}

export async function readUpload(file: string): Promise<Upload> {
  const body = await readFile(file);
  const [first = ''] = body.subarray(0, 200).toString('latin1').split('\r\n');
  const type = `multipart/form-data; boundary=${first.slice(2)}`;
  const form = await new Response(new Uint8Array(body), { headers: { 'content-type': type } }).formData();
  const metadata = metadataSchema.parse(JSON.parse(String(form.get('metadata'))));
  const modules: UploadModule[] = [];
  for (const part of form.values()) {
    if (!(part instanceof File) || part.type === 'application/source-map') continue;
    const kind = part.type === 'application/javascript+module' ? 'js' : 'data';
    modules.push({ name: part.name.replace(/^\.\//, ''), kind, content: new Uint8Array(await part.arrayBuffer()) });
  }
  const named = (...types: readonly string[]): readonly string[] =>
    metadata.bindings.filter(({ type: ofBinding }) => types.includes(ofBinding)).map(({ name }) => name);
  return {
    mainModule: metadata.main_module,
    modules,
    compatibilityDate: metadata.compatibility_date,
    compatibilityFlags: metadata.compatibility_flags,
    // A namespace without an id is made by the deployment, and inherited by later ones.
    bindings: {
      kv: named('inherit', 'kv_namespace'),
      queues: named('queue'),
      buckets: named('r2_bucket'),
      objects: named('durable_object_namespace'),
      assets: named('assets'),
    },
    objectClasses: Object.fromEntries(
      metadata.bindings.flatMap((binding) =>
        binding.type === 'durable_object_namespace' ? [[binding.name, binding.class_name]] : [],
      ),
    ),
  };
}
