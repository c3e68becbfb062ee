/**
 * The node's state on disk, in one folder of its own (PROBE_STATE): its key and its membership.
 *
 *   key.json    Ed25519 private key as a JWK, mode 0600; made on the first start and never sent anywhere
 *   node.json   id, region, edge, and the PROBE_* settings of when it joined, which later starts need not repeat
 *
 * With both files a node starts without a token and enrols nothing. Throws a SettingsError for an unusable folder.
 */
import { createHash } from 'node:crypto';
import { mkdir, open, readFile, rename } from 'node:fs/promises';
import path from 'node:path';
import { exportJWK, generateKeyPair, importJWK } from 'jose';
import * as z from 'zod';
import { enrolAnswerSchema, type Membership, type PublicKey, publicKeySchema } from '../shared/enrolment.ts';
import { parseJson } from '../shared/parse-json.ts';
import type { SigningKey } from '../shared/token.ts';
import { SettingsError } from './settings.ts';

export type NodeKey = {
  readonly publicKey: PublicKey;
  readonly privateKey: SigningKey['key'];
  /**
   * Derived from the key: decides which random mailboxes this node asks (memory/stranger-names.ts). Never leaves the
   * node.
   */
  readonly strangerSecret: string;
};

/** Content of node.json. */
export type KeptState = {
  /** True if no node has ever joined with this folder. */
  readonly isNew: boolean;
  /** The edge that the node has joined; null once that edge has removed it. */
  readonly membership: Membership | null;
  /** PROBE_* variables of when it joined; those of the environment take precedence. */
  readonly settings: Readonly<Record<string, string>>;
};

const keySchema = publicKeySchema.extend({ d: z.string().regex(/^[A-Za-z0-9_-]{43}$/) });

const keptSchema = z.object({
  membership: enrolAnswerSchema.nullable(),
  settings: z.record(z.string().regex(/^PROBE_[A-Z_]+$/), z.string()),
});

const NOTHING_KEPT: KeptState = { isNew: true, membership: null, settings: {} };

/** State of an earlier start; empty if there is none. */
export async function readKept(folder: string): Promise<KeptState> {
  const file = path.join(folder, 'node.json');
  const text = await readText(file);
  return text === null ? NOTHING_KEPT : { isNew: false, ...parse(keptSchema, text, file) };
}

/** Stores the membership; atomic, so a power failure leaves the old file or the new one. */
export async function writeKept(folder: string, kept: Omit<KeptState, 'isNew'>): Promise<void> {
  const file = path.join(folder, 'node.json');
  await writePrivate(`${file}.new`, `${JSON.stringify(kept, null, 2)}\n`, 'w');
  await rename(`${file}.new`, file);
}

/** The node's own key, made if there is none. */
export async function loadNodeKey(folder: string): Promise<NodeKey> {
  const file = path.join(folder, 'key.json');
  const text = (await readText(file)) ?? (await makeKey(folder, file));
  const { d, ...publicKey } = parse(keySchema, text, file);
  const privateKey = await importJWK({ ...publicKey, d, alg: 'EdDSA' }, 'EdDSA').catch(() => null);
  if (privateKey === null || privateKey instanceof Uint8Array)
    throw unusable(file, 'does not hold the key of this node');
  const strangerSecret = createHash('sha256').update(`stranger names ${d}`).digest('base64url');
  return { publicKey, privateKey, strangerSecret };
}

async function makeKey(folder: string, file: string): Promise<string> {
  const { privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
  const { kty, crv, x, d } = await exportJWK(privateKey);
  const text = `${JSON.stringify({ kty, crv, x, d })}\n`;
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await writePrivate(file, text, 'wx');
  } catch (error) {
    // Another node of this folder wrote it a moment earlier.
    const made = codeOf(error) === 'EEXIST' ? await readText(file) : null;
    if (made !== null && made !== '') return made;
    throw unusable(file, `cannot be written (${codeOf(error)})`);
  }
  return text;
}

async function writePrivate(file: string, text: string, flags: 'w' | 'wx'): Promise<void> {
  const handle = await open(file, flags, 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function readText(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw unusable(file, `cannot be read (${codeOf(error)})`);
  }
}

function parse<S extends z.ZodType>(schema: S, text: string, file: string): z.output<S> {
  const parsed = parseJson(schema, text);
  // Never log the text found instead: it may be a key.
  if (parsed === null) throw unusable(file, 'was not written by a node; move it away and let the node join again');
  return parsed;
}

function unusable(file: string, fault: string): SettingsError {
  return new SettingsError([`PROBE_STATE: ${file} ${fault}`]);
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown fault';
}
