/**
 * Makes the probe node that operators run (`npm run build:probe`): `dist/probe-node.mjs`, one file for Node 22 or newer
 * that needs no packages beside it and carries the licences of those inside it.
 *
 * The same sources and packages give the same octets, whatever folder they lie in: paths in the file are relative to
 * the project. Throws where something is left to be imported that Node does not have itself.
 */
import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { isBuiltin } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Metafile } from 'esbuild';
import { type BundledPackage, bundledPackages, licenceComment } from './licences.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const OUTPUT = 'dist/probe-node.mjs';
const ENTRY = 'probe-node/commands.ts';

export type BuiltProbe = {
  readonly octets: number;
  /** Of the file, in hexadecimal: what an operator compares after a copy. */
  readonly sha256: string;
  readonly packages: readonly BundledPackage[];
};

/** Writes the file. `root` is the folder of the project. */
export async function buildProbe(outfile: string, root = ROOT): Promise<BuiltProbe> {
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    entryPoints: [ENTRY],
    outfile,
    bundle: true,
    write: false,
    metafile: true,
    platform: 'node',
    format: 'esm',
    target: 'node22',
    charset: 'utf8',
    logLevel: 'error',
    // Packages in CommonJS ask for Node's own modules by `require`.
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  });
  refuseLeftovers(metafile);
  const packages = bundledPackages(root, metafile);
  const licence = licenceComment(await readFile(path.join(root, 'LICENSE'), 'utf8'), packages);
  const content = Buffer.from(`${outputFiles.map(({ text }) => text).join('')}\n${licence}`);
  await mkdir(path.dirname(outfile), { recursive: true });
  await writeFile(outfile, content, { mode: 0o755 });
  return { octets: content.length, sha256: createHash('sha256').update(content).digest('hex'), packages };
}

function refuseLeftovers(metafile: Metafile): void {
  const imports = Object.values(metafile.outputs).flatMap((output) => output.imports);
  const left = imports.filter((entry) => !isBuiltin(entry.path)).map((entry) => entry.path);
  if (left.length > 0) throw new Error(`the file would need ${[...new Set(left)].join(', ')} beside it`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { octets, sha256, packages } = await buildProbe(path.join(ROOT, OUTPUT));
  process.stdout.write(`${OUTPUT}: ${octets} octets, ${packages.length} packages, sha256 ${sha256}\n`);
}
