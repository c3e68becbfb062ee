/**
 * Builds every artefact under `dist/` (`npm run build`) and writes their checksums beside them, in the format of
 * `sha256sum -c`.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildCli } from './build-cli.ts';
import { buildClient } from './build-client.ts';
import { buildProbe } from './build-probe.ts';
import { writeWidget } from './build-widget.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const DIST = path.join(ROOT, 'dist');

await mkdir(DIST, { recursive: true });
const probe = path.join(DIST, 'probe-node.mjs');
const built = [
  { file: probe, ...(await buildProbe(probe)) },
  await buildCli(DIST, ROOT),
  await buildClient(DIST, ROOT),
  writeWidget(DIST),
];
const sums = built.map(({ file, sha256 }) => `${sha256}  ${path.basename(file)}\n`).join('');
await writeFile(path.join(DIST, 'SHA256SUMS'), sums);
for (const { file, octets, sha256 } of built) {
  process.stdout.write(`${path.relative(ROOT, file)}: ${octets} octets, sha256 ${sha256}\n`);
}
