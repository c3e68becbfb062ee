/**
 * The keys of a local system: made on the first run and kept in the state folder, readable by their owner only.
 *
 * A key from the environment wins over a stored one, so that a deployed edge's key can be tried here.
 */
import { mkdir, open, readFile } from 'node:fs/promises';
import path from 'node:path';
import { calculateJwkThumbprint, exportJWK, generateKeyPair } from 'jose';
import * as z from 'zod';
import { parseJson } from '../../shared/parse-json.ts';

const keysSchema = z.object({ signing_jwk: z.looseObject({ kty: z.literal('OKP') }), cache_key: z.string().min(16) });

/** Named as the edge's settings. */
export type Keys = { readonly PROBE_SIGNING_KEY: string; readonly CACHE_KEY: string; readonly ADMIN_TOKEN: string };

export async function loadKeys(stateDir: string): Promise<Keys> {
  const file = path.join(stateDir, 'keys.json');
  const kept = await read(file);
  const keys = kept ?? (await make(file));
  return {
    PROBE_SIGNING_KEY: process.env['PROBE_SIGNING_KEY'] ?? JSON.stringify(keys.signing_jwk),
    CACHE_KEY: process.env['CACHE_KEY'] ?? keys.cache_key,
    ADMIN_TOKEN: process.env['ADMIN_TOKEN'] || (await loadAdminToken(adminTokenFile(stateDir))),
  };
}

/** A file of its own, so that a command line can read it: `Bearer $(cat .vrfy/admin-token)`. */
export function adminTokenFile(stateDir: string): string {
  return path.join(stateDir, 'admin-token');
}

async function loadAdminToken(file: string): Promise<string> {
  const kept = (await readText(file))?.trim();
  if (kept !== undefined && kept !== '') return kept;
  const token = randomSecret();
  await writeSecret(file, `${token}\n`);
  return token;
}

/** The text of a file, or null if it does not exist. */
async function readText(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}

async function read(file: string): Promise<z.infer<typeof keysSchema> | null> {
  const text = await readText(file);
  if (text === null) return null;
  const keys = parseJson(keysSchema, text);
  // Never quote the contents: they may be a key.
  if (keys === null)
    throw new Error(`${file} does not hold the keys of a local system; move it away, and new keys are made`);
  return keys;
}

async function make(file: string): Promise<z.infer<typeof keysSchema>> {
  const { privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
  const jwk = await exportJWK(privateKey);
  const keys = {
    signing_jwk: { ...jwk, kty: 'OKP' as const, kid: await calculateJwkThumbprint(jwk) },
    cache_key: randomSecret(),
  };
  await writeSecret(file, `${JSON.stringify(keys, null, 2)}\n`);
  return keys;
}

function randomSecret(): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString('base64url');
}

/** Created for the owner only, and never overwritten: two first runs at once must end with the same keys. */
async function writeSecret(file: string, text: string): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
  const handle = await open(file, 'wx', 0o600);
  await handle.writeFile(text);
  await handle.close();
}
