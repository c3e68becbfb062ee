/**
 * Checks the size of the edge's script as wrangler uploads it (part of `npm run check`). The limit guards the start of an
 * isolate, which parses all of it; data files and static files are not parsed, and not counted.
 *
 * Exit code 1 if it is too large; then the largest packages and folders are printed, and what to do.
 */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { BUNDLE_KIB_MAX, buildEdge, scriptKib, sharesOf } from './edge/built-worker.ts';

const ASSETS = path.join(import.meta.dirname, '../dist/assets');

const SHARES_SHOWN = 12;

/** What to print if the script is larger than `kibMax`, or null. `shares` are parts of the script with their octets. */
export function faultOfBundle(
  kib: number,
  kibMax: number,
  shares: readonly (readonly [part: string, octets: number])[],
): string | null {
  if (kib <= kibMax) return null;
  const largest = shares.toSorted(([, a], [, b]) => b - a).slice(0, SHARES_SHOWN);
  return [
    `the edge's script has ${kib.toFixed(1)} KiB (gzip), and may have ${kibMax} (BUNDLE_KIB_MAX in bench/edge/built-worker.ts).`,
    'Its largest parts, in octets before gzip:',
    ...largest.map(([part, octets]) => `  ${String(octets).padStart(8)}  ${part}`),
    'What no request for a verdict needs can be a static file (scripts/assets/); a large package may have a smaller entry.',
    'The parts of each file are in .cache/bench/edge/bundle-meta.json.',
  ].join('\n');
}

if (import.meta.main) {
  // Wrangler wants the folder of the static files, also in a fresh clone, and reads none of them.
  await mkdir(ASSETS, { recursive: true });
  const edge = await buildEdge();
  const fault = faultOfBundle(await scriptKib(edge), BUNDLE_KIB_MAX, await sharesOf(edge));
  if (fault !== null) process.stderr.write(`${fault}\n`);
  process.exitCode = fault === null ? 0 : 1;
}
