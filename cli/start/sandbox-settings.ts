/**
 * Writes a settings file for a node that is joined to a local system by hand: the addresses of the sandbox's mail
 * hosts.
 *
 * Their ports change with each run, so that the file exists only while the sandbox runs.
 */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';

export type SandboxSettings = { readonly file: string; readonly close: () => Promise<void> };

/** @param routes mail hosts, in the form of PROBE_ROUTES */
export async function writeSandboxSettings(stateDir: string, routes: string): Promise<SandboxSettings> {
  const file = path.join(stateDir, 'sandbox.env');
  await mkdir(stateDir, { recursive: true, mode: 0o700 });
  await writeFile(file, `PROBE_ROUTES=${routes}\n`);
  return { file, close: () => rm(file, { force: true }) };
}
