/**
 * The node as operators run it: one file. What is measured is that file and not the sources, whose types the runtime
 * would strip at each start, at a price of 30 MiB.
 */
import path from 'node:path';

const ROOT = path.join(import.meta.dirname, '..');
const ENTRY = path.join(ROOT, 'probe-node/main.ts');
const OUTPUT = path.join(ROOT, '.cache/bench/probe-node.mjs');

let built: Promise<string> | null = null;

/** The path of the file, made once a run. */
export function bundleNode(): Promise<string> {
  built ??= bundle();
  return built;
}

async function bundle(): Promise<string> {
  const { build } = await import('esbuild');
  await build({
    entryPoints: [ENTRY],
    outfile: OUTPUT,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    logLevel: 'error',
    // Packages in CommonJS ask for Node's own modules by `require`.
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  });
  return OUTPUT;
}
