/**
 * Makes the command line as a package for npm: `dist/vrfy-VERSION.tgz`. It is JavaScript for Node 20 or newer with all that it
 * needs inside, the licences of that, and the probe node, which needs Node 22 (`vrfy node join`).
 *
 * The same sources and packages give the same octets: npm writes neither times nor owners into a package, and the files
 * come in the order of their names.
 */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { buildProbe } from './build-probe.ts';
import { bundleForNode, refuseLeftovers, sha256Of } from './bundle.ts';
import { type BundledPackage, bundledPackages, licenceText } from './licences.ts';

/** A clone's business: it works on the files of the repository (see cli/installation.ts). */
const LEFT_OUT = './cli/setup.ts';
const ENTRY = 'vrfy.mjs';

export type BuiltCli = {
  readonly file: string;
  readonly octets: number;
  readonly sha256: string;
  /** All that is in it, the node's own included. */
  readonly packages: readonly BundledPackage[];
};

/** Writes the package into the folder. `root` is the folder of the project. */
export async function buildCli(folder: string, root: string): Promise<BuiltCli> {
  const stage = await mkdtemp(path.join(tmpdir(), 'vrfy-package-'));
  try {
    const packages = await fill(stage, root);
    await mkdir(folder, { recursive: true });
    const file = path.join(folder, await pack(stage, folder));
    const content = await readFile(file);
    return { file, octets: content.length, sha256: sha256Of(content), packages };
  } finally {
    await rm(stage, { recursive: true, force: true });
  }
}

async function fill(stage: string, root: string): Promise<readonly BundledPackage[]> {
  const { outputFiles, metafile } = await bundleForNode({
    absWorkingDir: root,
    entryPoints: { vrfy: 'cli/main.ts' },
    outdir: '.',
    outExtension: { '.js': '.mjs' },
    // A command is loaded when it is called.
    splitting: true,
    chunkNames: 'part-[name]-[hash]',
    target: 'node20',
    external: [LEFT_OUT],
  });
  refuseLeftovers(metafile, [LEFT_OUT]);
  for (const { path: name, contents } of outputFiles) {
    await writeFile(path.join(stage, path.basename(name)), contents, {
      mode: path.basename(name) === ENTRY ? 0o755 : 0o644,
    });
  }
  const packages = bundledPackages(root, metafile);
  const own = await readFile(path.join(root, 'LICENSE'), 'utf8');
  await writeFile(path.join(stage, 'LICENSE'), `${licenceText(own, 'This package', packages)}\n`);
  // Carries the licences of what is in it.
  const probe = await buildProbe(path.join(stage, 'probe-node.mjs'), root);
  await writeFile(path.join(stage, 'README.md'), README);
  await writeFile(path.join(stage, 'package.json'), `${JSON.stringify(await manifest(root), null, 2)}\n`);
  return [...packages, ...probe.packages];
}

/** Of the package; version and words are those of the project. */
async function manifest(root: string): Promise<object> {
  const text = await readFile(path.join(root, 'package.json'), 'utf8');
  const { name, version, description, license } = JSON.parse(text) as Readonly<Record<string, string>>;
  return { name, version, description, license, type: 'module', engines: { node: '>=20' }, bin: { vrfy: ENTRY } };
}

/** Returns the name of the file. */
async function pack(stage: string, folder: string): Promise<string> {
  const args = [
    'pack',
    '--json',
    '--offline',
    '--ignore-scripts',
    '--no-update-notifier',
    '--pack-destination',
    path.resolve(folder),
  ];
  const { stdout } = await promisify(execFile)('npm', args, { cwd: stage });
  const [made] = JSON.parse(stdout) as readonly { readonly filename: string }[];
  if (made === undefined) throw new Error('npm has packed nothing');
  return made.filename;
}

const README = `# vrfy

The command line of vrfy, an email verifier that asks the mail server and sends no mail.

\`\`\`sh
npx vrfy --help
npx vrfy classify "550 5.1.1 User unknown"
npx vrfy verify ada@example.com --edge https://edge.example.com
\`\`\`

It needs Node 20 or newer; \`vrfy node join\` and \`vrfy node doctor\` need Node 22. What works on the files of the repository is
not in this package: \`npm start\`, and \`vrfy setup\`, which prepares an edge at Cloudflare.
`;
