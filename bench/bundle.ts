/**
 * The node as operators run it: one file. What is measured is that file and not the sources, whose types the runtime
 * would strip at each start, at a price of 30 MiB.
 */
import path from 'node:path';

const OUTPUT = path.join(import.meta.dirname, '../.cache/bench/probe-node.mjs');

let built: Promise<string> | null = null;

/** The path of the file, made once a run. */
export function bundleNode(): Promise<string> {
  built ??= bundle();
  return built;
}

async function bundle(): Promise<string> {
  const { buildProbe } = await import('../scripts/build-probe.ts');
  await buildProbe(OUTPUT);
  return OUTPUT;
}
