/**
 * What a node needs that is joined by hand to a local system: where the sandbox's mail hosts are, as settings in a file.
 *
 * Their ports change from run to run, so the file is there for as long as the sandbox is.
 */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';

export type SandboxSettings = { readonly file: string; readonly close: () => Promise<void> };

/** @param routes mail hosts, as PROBE_ROUTES takes them */
export async function writeSandboxSettings(stateDir: string, routes: string): Promise<SandboxSettings> {
  const file = path.join(stateDir, 'sandbox.env');
  await mkdir(stateDir, { recursive: true, mode: 0o700 });
  await writeFile(file, `PROBE_ROUTES=${routes}\n`);
  return { file, close: () => rm(file, { force: true }) };
}
