/**
 * Builds the probe node that operators run (`npm run build:probe`): `dist/probe-node.mjs`, one file for Node 22 or
 * newer with all packages and their licences inside.
 *
 * The build is reproducible: the same sources and packages give the same octets in any folder, because paths in the
 * file are relative to the project. Throws if an import is left that Node itself does not have.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleForNode, refuseLeftovers, sha256Of } from './bundle.ts';
import { type BundledPackage, bundledPackages, licenceComment } from './licences.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const OUTPUT = 'dist/probe-node.mjs';
const ENTRY = 'probe-node/commands.ts';

export type BuiltProbe = {
  readonly octets: number;
  /** SHA-256 of the file in hexadecimal, to be compared after a copy. */
  readonly sha256: string;
  readonly packages: readonly BundledPackage[];
};

/** Writes the file. `root` is the folder of the project. */
export async function buildProbe(outfile: string, root = ROOT): Promise<BuiltProbe> {
  const { outputFiles, metafile } = await bundleForNode({
    absWorkingDir: root,
    entryPoints: [ENTRY],
    outfile,
    target: 'node22',
  });
  refuseLeftovers(metafile);
  const packages = bundledPackages(root, metafile);
  const licence = licenceComment(await readFile(path.join(root, 'LICENSE'), 'utf8'), packages);
  const content = Buffer.from(`${outputFiles.map(({ text }) => text).join('')}\n${licence}`);
  await mkdir(path.dirname(outfile), { recursive: true });
  await writeFile(outfile, content, { mode: 0o755 });
  return { octets: content.length, sha256: sha256Of(content), packages };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { octets, sha256, packages } = await buildProbe(path.join(ROOT, OUTPUT));
  process.stdout.write(`${OUTPUT}: ${octets} octets, ${packages.length} packages, sha256 ${sha256}\n`);
}
