/**
 * The node as operators run it: one file. Measuring the sources instead would add 30 MiB, since the runtime strips
 * their types at each start.
 */
import path from 'node:path';

const OUTPUT = path.join(import.meta.dirname, '../.cache/bench/probe-node.mjs');

let built: Promise<string> | null = null;

/** Path of the file, built once per run. */
export function bundleNode(): Promise<string> {
  built ??= bundle();
  return built;
}

async function bundle(): Promise<string> {
  const { buildProbe } = await import('../scripts/build-probe.ts');
  await buildProbe(OUTPUT);
  return OUTPUT;
}
