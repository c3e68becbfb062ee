/**
 * Keys of the API in KV, under a hash of the key: neither the KV key nor the value contains the API key.
 *
 * Plain SHA-256, since an API key is long and random, and a new CACHE_KEY must not lock anybody out. The owner's
 * address is sealed, and lost when CACHE_KEY changes. Key shapes are listed in docs/STORAGE.md. A store that fails
 * throws: a caller whose key cannot be looked up must not be treated as another caller.
 */
import { base64url } from 'jose';
import * as z from 'zod';
import { KEY_KINDS, type KeyReport, keyReportSchema } from '../../shared/api-key.ts';
import { parseJson } from '../../shared/parse-json.ts';

const PREFIX = 'k1:';
/** Octets of the hash that are kept: 128 bits. */
const ID_OCTETS = 16;
const ID = /^[A-Za-z0-9_-]{22}$/;
/** Keys per page: each costs a read. */
const PAGE_MAX = 100;

/** The part of a KV namespace that is used here. */
export type KeyStore = {
  get(key: string): Promise<string | null>;
  put(key: string, value: string): Promise<void>;
  delete(key: string): Promise<void>;
  list(options: { prefix: string; limit: number; cursor?: string | null }): Promise<{
    readonly keys: readonly { readonly name: string }[];
    readonly list_complete: boolean;
    readonly cursor?: string;
  }>;
};

/** Seals and opens the addresses of owners. */
export type OwnerSeal = {
  readonly seal: (email: string) => Promise<string>;
  readonly open: (sealed: string) => Promise<string | null>;
};

const recordSchema = z.object({
  kind: z.enum(KEY_KINDS),
  name: z.string().nullable(),
  sealed_email: z.string().nullable(),
  origins: z.array(z.string()),
  daily_quota: z.int().nullable(),
  created_at: z.iso.datetime(),
});

/** The fields of a key that a verify needs. */
export type KeyRecord = z.infer<typeof recordSchema> & { readonly id: string };

export type KeyPage = { readonly keys: readonly KeyReport[]; readonly cursor: string | null };

export async function keyIdOf(key: string): Promise<string> {
  const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(key));
  return base64url.encode(new Uint8Array(hash).subarray(0, ID_OCTETS));
}

export async function getKey(store: KeyStore, key: string): Promise<KeyRecord | null> {
  const id = await keyIdOf(key);
  return recordOf(id, await store.get(PREFIX + id));
}

export async function putKey(
  store: KeyStore,
  key: string,
  { email, ...told }: Omit<KeyReport, 'id'>,
  { seal }: OwnerSeal,
): Promise<KeyReport> {
  const id = await keyIdOf(key);
  const record = recordSchema.parse({ ...told, sealed_email: email === null ? null : await seal(email) });
  await store.put(PREFIX + id, JSON.stringify(record));
  return { id, ...told, email };
}

/** False if there was no such key. */
export async function deleteKeyRecord(store: KeyStore, id: string): Promise<boolean> {
  if (!ID.test(id) || (await store.get(PREFIX + id)) === null) return false;
  await store.delete(PREFIX + id);
  return true;
}

/** One page of all keys, sorted by id. */
export async function listKeyRecords(store: KeyStore, cursor: string | null, { open }: OwnerSeal): Promise<KeyPage> {
  const page = await store.list({ prefix: PREFIX, limit: PAGE_MAX, cursor });
  const records = await Promise.all(
    page.keys.map(async ({ name }) => recordOf(name.slice(PREFIX.length), await store.get(name))),
  );
  const keys = records.filter((record) => record !== null).map((record) => reportOf(record, open));
  return { keys: await Promise.all(keys), cursor: page.list_complete ? null : (page.cursor ?? null) };
}

async function reportOf({ sealed_email, ...told }: KeyRecord, open: OwnerSeal['open']): Promise<KeyReport> {
  return keyReportSchema().parse({ ...told, email: sealed_email === null ? null : await open(sealed_email) });
}

/** Null for a value that this project did not write. */
function recordOf(id: string, value: string | null): KeyRecord | null {
  const record = value === null ? null : parseJson(recordSchema, value);
  return record === null ? null : { id, ...record };
}
