/**
 * Builds every artefact of a release (`npm run build`) into `dist/`, or into the folder that is named. Beside them it writes
 * the bill of materials of all (sbom.ts), the container file of a node, and their checksums in the format of `sha256sum -c`.
 */
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundlePageScripts } from './assets/page.ts';
import { buildCli } from './build-cli.ts';
import { buildClient } from './build-client.ts';
import { buildProbe } from './build-probe.ts';
import { writeWidget } from './build-widget.ts';
import { sha256Of } from './bundle.ts';
import { edgePackages } from './edge-packages.ts';
import { packageIn } from './licences.ts';
import { type Artefact, sbomOf } from './sbom.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const DIST = path.resolve(process.argv[2] ?? path.join(ROOT, 'dist'));

await mkdir(DIST, { recursive: true });
const probe = path.join(DIST, 'probe-node.mjs');
const artefacts: Artefact[] = [
  { file: probe, ...(await buildProbe(probe)) },
  await buildCli(DIST, ROOT),
  // Neither the client nor the widget contains a package of others.
  { ...(await buildClient(DIST, ROOT)), packages: [] },
  { ...writeWidget(DIST), packages: [] },
];
const { version } = JSON.parse(await readFile(path.join(ROOT, 'package.json'), 'utf8')) as { readonly version: string };
const bill = path.join(DIST, `vrfy-${version}.cdx.json`);
const edge: Artefact = { file: 'edge worker', sha256: null, packages: await edgePackages(ROOT) };
const reference = packageIn(path.join(ROOT, 'node_modules/@scalar/api-reference'));
const pages: Artefact = {
  file: 'pages',
  sha256: null,
  packages: [...(await bundlePageScripts()).packages, reference],
};
await writeFile(bill, await sbomOf(ROOT, [...artefacts, edge, pages]));
const container = path.join(DIST, 'Containerfile');
await copyFile(path.join(ROOT, 'deploy/Containerfile'), container);
const files = [...artefacts.map(({ file }) => file), bill, container];
const sums = await Promise.all(files.map(async (file) => [file, sha256Of(await readFile(file))] as const));
await writeFile(path.join(DIST, 'SHA256SUMS'), sums.map(([file, sum]) => `${sum}  ${path.basename(file)}\n`).join(''));
for (const [file, sum] of sums) process.stdout.write(`${path.relative(process.cwd(), file)}: sha256 ${sum}\n`);
