/** The packages inside the edge worker, by wrangler's own build of it. Nothing is uploaded. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { buildAssets } from './build-assets.ts';
import { type BundledPackage, bundledPackages } from './licences.ts';

/** `root` is the folder of the project. */
export async function edgePackages(root: string): Promise<readonly BundledPackage[]> {
  const folder = await mkdtemp(path.join(tmpdir(), 'vrfy-edge-'));
  const metafile = path.join(folder, 'metafile.json');
  const wrangler = path.join(root, 'node_modules/wrangler/bin/wrangler.js');
  const args = [wrangler, 'deploy', '--dry-run', '--env', '', '--outdir', folder, '--metafile', metafile];
  // Wrangler refuses to build without the folder of the static files.
  await buildAssets();
  try {
    await promisify(execFile)(process.execPath, args, {
      cwd: root,
      env: { ...process.env, WRANGLER_SEND_METRICS: 'false', CLOUDFLARE_CF_FETCH_ENABLED: 'false' },
    });
    return bundledPackages(root, JSON.parse(await readFile(metafile, 'utf8')));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
