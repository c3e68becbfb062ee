/**
 * Builds the client as an npm package: `dist/vrfy-client-VERSION.tgz`, one JavaScript module with its declarations. It
 * is not minified, so that a reader sees the running code and a bundler can drop unused parts.
 *
 * The same sources give the same octets (npm-package.ts).
 */
import { execFile } from 'node:child_process';
import { copyFile, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { refuseLeftovers } from './bundle.ts';
import { type BuiltPackage, buildPackage } from './npm-package.ts';

const ENTRY = 'client/vrfy-client.ts';

/** Writes the package into the folder. `root` is the folder of the project. */
export function buildClient(folder: string, root: string): Promise<BuiltPackage> {
  return buildPackage(folder, (stage) => fill(stage, root));
}

async function fill(stage: string, root: string): Promise<void> {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: [ENTRY],
    outdir: stage,
    bundle: true,
    format: 'esm',
    target: 'es2022',
    charset: 'utf8',
    logLevel: 'error',
    metafile: true,
  });
  refuseLeftovers(metafile);
  await declare(stage, root);
  await copyFile(path.join(root, 'LICENSE'), path.join(stage, 'LICENSE'));
  await copyFile(path.join(root, 'client/README.md'), path.join(stage, 'README.md'));
  const read = async (file: string) => JSON.parse(await readFile(path.join(root, file), 'utf8'));
  const [{ version }, own] = [await read('package.json'), await read('client/package.json')];
  await writeFile(path.join(stage, 'package.json'), `${JSON.stringify({ ...own, version }, null, 2)}\n`);
}

/** The declarations. Their imports name files as the package does, also for runtimes that do not resolve extensions. */
async function declare(stage: string, root: string): Promise<void> {
  const tsc = path.join(root, 'node_modules/.bin/tsc');
  const options = ['--noEmit', 'false', '--emitDeclarationOnly', '--declaration', '--outDir', stage];
  await promisify(execFile)(tsc, ['-p', path.join(root, 'client'), ...options]);
  for (const name of (await readdir(stage)).filter((file) => file.endsWith('.d.ts'))) {
    const file = path.join(stage, name);
    await writeFile(file, (await readFile(file, 'utf8')).replace(/(['"]\.\/[\w-]+)\.ts(?=['"])/g, '$1.js'));
  }
}
