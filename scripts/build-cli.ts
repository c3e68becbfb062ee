/**
 * Builds the command line as an npm package: `dist/vrfy-VERSION.tgz`. It is JavaScript for Node 20 or newer, with all
 * its dependencies bundled, their licences, and the probe node, which needs Node 22 (`vrfy node join`).
 *
 * The same sources and packages give the same octets (npm-package.ts).
 */
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { buildProbe } from './build-probe.ts';
import { bundleForNode, refuseLeftovers } from './bundle.ts';
import { type BundledPackage, bundledPackages, licenceText } from './licences.ts';
import { type BuiltPackage, buildPackage } from './npm-package.ts';

/** Left out, because it needs the files of the repository (see cli/installation.ts). */
const LEFT_OUT = './cli/setup.ts';
const ENTRY = 'vrfy.mjs';

export type BuiltCli = BuiltPackage & {
  /** All that is in it, the node's own included. */
  readonly packages: readonly BundledPackage[];
};

/** Writes the package into the folder. `root` is the folder of the project. */
export async function buildCli(folder: string, root: string): Promise<BuiltCli> {
  let packages: readonly BundledPackage[] = [];
  const built = await buildPackage(folder, async (stage) => {
    packages = await fill(stage, root);
  });
  return { ...built, packages };
}

async function fill(stage: string, root: string): Promise<readonly BundledPackage[]> {
  const { outputFiles, metafile } = await bundleForNode({
    absWorkingDir: root,
    entryPoints: { vrfy: 'cli/main.ts' },
    outdir: '.',
    outExtension: { '.js': '.mjs' },
    // Code splitting keeps each command in a file that is loaded when it is called.
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
  // The node's file carries its own licences.
  const probe = await buildProbe(path.join(stage, 'probe-node.mjs'), root);
  await writeFile(path.join(stage, 'README.md'), README);
  await writeFile(path.join(stage, 'package.json'), `${JSON.stringify(await manifest(root), null, 2)}\n`);
  return [...packages, ...probe.packages];
}

/** Package metadata; version and description are those of the project. */
async function manifest(root: string): Promise<object> {
  const text = await readFile(path.join(root, 'package.json'), 'utf8');
  const { name, version, description, license } = JSON.parse(text) as Readonly<Record<string, string>>;
  return { name, version, description, license, type: 'module', engines: { node: '>=20' }, bin: { vrfy: ENTRY } };
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
