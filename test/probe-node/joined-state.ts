/** The state folder of a node that has joined before: it starts without an edge that answers. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { exportJWK, generateKeyPair } from 'jose';

/** They go with the process of the tests. */
const folders: string[] = [];
process.once('exit', () => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

export function emptyState(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'vrfy-node-'));
  folders.push(folder);
  return folder;
}

export async function joinedState(id: string, settings: Readonly<Record<string, string>> = {}): Promise<string> {
  const folder = emptyState();
  const { privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
  writeFileSync(path.join(folder, 'key.json'), JSON.stringify(await exportJWK(privateKey)), { mode: 0o600 });
  const joined = { membership: { id, region: 'eu-central' }, settings };
  writeFileSync(path.join(folder, 'node.json'), JSON.stringify(joined));
  return folder;
}
