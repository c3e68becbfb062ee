// Vitest's global set-up of the interop suite: the servers' files and users, made ready once before any test.

import { prepareAll } from './lab/debian.ts';

export async function setup(): Promise<void> {
  const startMs = Date.now();
  await prepareAll((line) => console.log(`interop: ${line}`)).catch((error: unknown) => {
    // One clear sentence and exit 1; a stack would only hide it.
    console.error(`interop: ${error instanceof Error ? error.message : String(error)}`);
    process.exit(1);
  });
  console.log(`interop: servers ready after ${((Date.now() - startMs) / 1000).toFixed(1)} s`);
}
