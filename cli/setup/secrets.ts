/**
 * The secrets of a deployed edge: made once, kept in a file of the operator's that only its owner can read, and changed
 * only on request. Cloudflare gives no secret back, so this file is the one place to read them from.
 *
 * A signing key that is rotated stays published for a while: nodes must still know the keys of tokens under way.
 */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { calculateJwkThumbprint, exportJWK, generateKeyPair } from 'jose';
import * as z from 'zod';
import { parseJson } from '../../shared/parse-json.ts';
import { UsageError } from '../exit.ts';

/** Seconds for which a rotated key is published; a token lives for one minute, a node's copy of the keys for ten. */
export const RETIRED_KEY_SECONDS = 6 * 3600;
/** Keys in a set: each rotation adds one, and a secret has at most 5 KiB. */
const KEYS_MAX = 5;
const SECRET_OCTETS = 32;

export const SECRET_NAMES = ['PROBE_SIGNING_KEY', 'CACHE_KEY', 'ADMIN_TOKEN'] as const;

export type SecretName = (typeof SECRET_NAMES)[number];

/** What this machine knows. */
export type Vault = {
  readonly secrets: { readonly [name in SecretName]?: string | undefined };
  /** Handed over, and not known to have arrived: to be put again. */
  readonly pending: readonly SecretName[];
};

const vaultSchema = z.object({
  secrets: z.partialRecord(z.enum(SECRET_NAMES), z.string().min(1)),
  pending: z.array(z.enum(SECRET_NAMES)),
});
const jwkSchema = z.looseObject({ kty: z.literal('OKP'), exp: z.number().optional() });
const signingKeySchema = z.union([
  z.object({ keys: z.array(jwkSchema).min(1) }).transform(({ keys }) => keys),
  jwkSchema.transform((jwk) => [jwk]),
]);

export async function makeSecret(name: SecretName): Promise<string> {
  if (name === 'PROBE_SIGNING_KEY') return JSON.stringify(await makeSigningJwk());
  return Buffer.from(crypto.getRandomValues(new Uint8Array(SECRET_OCTETS))).toString('base64url');
}

/**
 * A JWK set whose first key is new, with the keys of `current` behind it until they expire (`exp`, seconds since 1970).
 *
 * @param current one JWK, or a set
 * @param nowMs wall clock, milliseconds since 1970
 */
export async function rotateSigningKey(current: string, nowMs: number): Promise<string> {
  const nowSeconds = Math.floor(nowMs / 1000);
  const retired = signingKeySchema
    .parse(JSON.parse(current))
    .filter(({ exp }) => exp === undefined || exp > nowSeconds)
    .map((jwk) => ({ ...jwk, exp: jwk.exp ?? nowSeconds + RETIRED_KEY_SECONDS }));
  return JSON.stringify({ keys: [await makeSigningJwk(), ...retired].slice(0, KEYS_MAX) });
}

async function makeSigningJwk(): Promise<object> {
  const { privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
  const jwk = await exportJWK(privateKey);
  return { ...jwk, kid: await calculateJwkThumbprint(jwk) };
}

/** The kept secrets; none where there is no file. Throws where the file holds something else, without quoting it. */
export async function readVault(file: string): Promise<Vault> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return { secrets: {}, pending: [] };
    throw error;
  }
  const vault = parseJson(vaultSchema, text);
  if (vault !== null) return vault;
  throw new UsageError(`${file} does not hold the secrets of an edge; move it away, or put the right one there`);
}

/** Replaces the file in one step: a crash leaves the old secrets or the new ones. */
export async function writeVault(file: string, vault: Vault): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
  const draft = `${file}.new`;
  await writeFile(draft, `${JSON.stringify(vault, null, 2)}\n`, { mode: 0o600 });
  await rename(draft, file);
}
