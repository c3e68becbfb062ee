/**
 * The secrets of a deployed edge: made once, kept in a file that only its owner can read, changed only on request.
 * Cloudflare never gives a secret back, so that this file is the only copy.
 *
 * A rotated signing key stays published for a while: nodes must be able to check tokens that were signed with it.
 */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { calculateJwkThumbprint, exportJWK, generateKeyPair } from 'jose';
import * as z from 'zod';
import { parseJson } from '../../shared/parse-json.ts';
import { UsageError } from '../exit.ts';

/**
 * Seconds for which a rotated key is published: a token lives for a minute, and a node caches the keys for ten minutes.
 */
export const RETIRED_KEY_SECONDS = 6 * 3600;
/** Keys in a set: each rotation adds one, and a secret has at most 5 KiB. */
const KEYS_MAX = 5;
const SECRET_OCTETS = 32;

export const SECRET_NAMES = ['PROBE_SIGNING_KEY', 'CACHE_KEY', 'ADMIN_TOKEN'] as const;

export type SecretName = (typeof SECRET_NAMES)[number];

/** The contents of the secrets file. */
export type Vault = {
  readonly secrets: { readonly [name in SecretName]?: string | undefined };
  /** Sent to Cloudflare, but not known to have arrived; the next run sends them again. */
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
 * A JWK set with a new first key, followed by the keys of `current` until they expire (`exp`, seconds since 1970).
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

/** The stored secrets; none if the file does not exist. Throws if the file holds anything else, without quoting it. */
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
  throw new UsageError(`${file} does not hold the secrets of an edge; move it away, or put the right file there`);
}

/** Replaces the file atomically: after a crash it holds the old secrets or the new ones. */
export async function writeVault(file: string, vault: Vault): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
  const draft = `${file}.new`;
  await writeFile(draft, `${JSON.stringify(vault, null, 2)}\n`, { mode: 0o600 });
  await rename(draft, file);
}
