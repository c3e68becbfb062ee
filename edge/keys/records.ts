/**
 * Keys of the API in KV, under a hash of the key: neither the KV key nor the value contains the API key.
 *
 * Plain SHA-256, since an API key is long and random, and a new CACHE_KEY must not lock anybody out. The owner's
 * address is sealed, and lost when CACHE_KEY changes. Key shapes are listed in docs/STORAGE.md. A store that fails
 * throws: a caller whose key cannot be looked up must not be treated as another caller.
 *
 * A new key is put into KV, since nobody else knows its id. Every later change goes through the keeper of that key.
 */
import { base64url } from 'jose';
import * as z from 'zod';
import {
  defaultVisitorQuotas,
  KEY_KINDS,
  type KeyReport,
  keyReportSchema,
  type VisitorQuotas,
} from '../../shared/api-key.ts';
import { parseJson } from '../../shared/parse-json.ts';
import type { KeyKeeper, KeyValues } from './key-keeper.ts';
import { readWebhookSecrets, type WebhookSecrets } from './webhook-secrets.ts';

const PREFIX = 'k1:';
/** Octets of the hash that are kept: 128 bits. */
const ID_OCTETS = 16;
const ID = /^[A-Za-z0-9_-]{22}$/;
/** Keys per page: each costs a read. */
const PAGE_MAX = 100;

/** The part of a KV namespace that is used here. */
export type KeyStore = KeyValues & {
  list(options: { prefix: string; limit: number; cursor?: string | null }): Promise<{
    readonly keys: readonly { readonly name: string }[];
    readonly list_complete: boolean;
    readonly cursor?: string;
  }>;
};

/** The keeper of the key of an id. */
export type KeeperOf = (id: string) => KeyKeeper;

/** Seals and opens the parts of a key that must not be readable in the store. */
export type KeySeal = {
  readonly seal: (text: string) => Promise<string>;
  readonly open: (sealed: string) => Promise<string | null>;
};

const recordSchema = z
  .object({
    kind: z.enum(KEY_KINDS),
    name: z.string().nullable(),
    sealed_email: z.string().nullable(),
    origins: z.array(z.string()),
    daily_quota: z.int().nullable(),
    // A record of an older version has none.
    visitor_daily_quota: z.int().nullable().optional(),
    visitor_minute_quota: z.int().nullable().optional(),
    created_at: z.iso.datetime(),
    /** JSON of WebhookSecrets, sealed; records of older versions have none. */
    sealed_webhook: z.string().nullable().default(null),
  })
  .transform(({ visitor_daily_quota: perDay, visitor_minute_quota: perMinute, ...record }) => {
    const fallback = defaultVisitorQuotas(record);
    return {
      ...record,
      visitor_daily_quota: perDay === undefined ? fallback.visitor_daily_quota : perDay,
      visitor_minute_quota: perMinute === undefined ? fallback.visitor_minute_quota : perMinute,
    };
  });

/** The fields of a key that a verify needs. */
export type KeyRecord = z.infer<typeof recordSchema> & { readonly id: string };

export type KeyPage = { readonly keys: readonly KeyReport[]; readonly cursor: string | null };

async function keyIdOf(key: string): Promise<string> {
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
  { email, ...told }: NewKey,
  { seal, open }: KeySeal,
  sealedWebhook: string,
): Promise<KeyReport> {
  const id = await keyIdOf(key);
  const record = recordSchema.parse({
    ...told,
    sealed_email: email === null ? null : await seal(email),
    sealed_webhook: sealedWebhook,
  });
  await store.put(PREFIX + id, JSON.stringify(record));
  return reportOf({ id, ...record }, open);
}

type Optional<Name extends keyof KeyReport> = { readonly [Each in Name]?: KeyReport[Each] | undefined };

/** A key that is to be made; without quotas for visitors it has the default ones. */
export type NewKey = Omit<KeyReport, 'id' | keyof VisitorQuotas> & Optional<keyof VisitorQuotas>;

/** What may be changed of a key. What is undefined stays as it is. */
export type KeyChange = Optional<'name' | 'origins' | 'daily_quota' | keyof VisitorQuotas>;

/** The key as it is now, or null if there is none of this id. */
export async function getKeyRecord(store: KeyStore, id: string): Promise<KeyRecord | null> {
  return ID.test(id) ? recordOf(id, await store.get(PREFIX + id)) : null;
}

/** The key as it is afterwards, or null if there is none of this id. */
export async function changeKeyRecord(
  keeperOf: KeeperOf,
  id: string,
  change: KeyChange,
  { open }: KeySeal,
): Promise<KeyReport | null> {
  const given = Object.entries(change).filter(([, value]) => value !== undefined);
  const changed = await editRecord(keeperOf, id, async (record) => ({ ...record, ...Object.fromEntries(given) }));
  return changed === null ? null : reportOf(changed, open);
}

/** The webhook secrets of a key, or null if it has none, or there is no such key. */
export async function getWebhookSecrets(store: KeyStore, id: string, seal: KeySeal): Promise<WebhookSecrets | null> {
  return webhookSecretsIn(await getKeyRecord(store, id), seal);
}

/** Replaces the webhook secrets of a key. False if there is no such key. */
export async function changeWebhookSecrets(
  keeperOf: KeeperOf,
  id: string,
  next: (before: WebhookSecrets | null) => WebhookSecrets,
  seal: KeySeal,
): Promise<boolean> {
  const changed = await editRecord(keeperOf, id, async (record) => {
    const secrets = next(await webhookSecretsIn(record, seal));
    return { ...record, sealed_webhook: await seal.seal(JSON.stringify(secrets)) };
  });
  return changed !== null;
}

async function webhookSecretsIn(record: KeyRecord | null, { open }: KeySeal): Promise<WebhookSecrets | null> {
  const opened = record === null || record.sealed_webhook === null ? null : await open(record.sealed_webhook);
  return opened === null ? null : readWebhookSecrets(opened);
}

/** False if there was no such key. */
export async function deleteKeyRecord(keeperOf: KeeperOf, id: string): Promise<boolean> {
  if (!ID.test(id)) return false;
  const { before } = await keeperOf(id).change(PREFIX + id, async () => null);
  return before !== null;
}

/** The record as it is afterwards, or null if there is none of this id. */
async function editRecord(
  keeperOf: KeeperOf,
  id: string,
  edit: (record: KeyRecord) => Promise<KeyRecord>,
): Promise<KeyRecord | null> {
  if (!ID.test(id)) return null;
  const { after } = await keeperOf(id).change(PREFIX + id, async (before) => {
    const record = recordOf(id, before);
    return record === null ? before : JSON.stringify(recordSchema.parse(await edit(record)));
  });
  return recordOf(id, after);
}

/** One page of all keys, sorted by id. */
export async function listKeyRecords(store: KeyStore, cursor: string | null, { open }: KeySeal): Promise<KeyPage> {
  const { records, cursor: next } = await readKeyRecords(store, cursor);
  return { keys: await Promise.all(records.map((record) => reportOf(record, open))), cursor: next };
}

/** The same page as it is stored: addresses and webhook secrets are sealed. */
export async function readKeyRecords(
  store: KeyStore,
  cursor: string | null,
): Promise<{ readonly records: readonly KeyRecord[]; readonly cursor: string | null }> {
  const page = await store.list({ prefix: PREFIX, limit: PAGE_MAX, cursor });
  const records = await Promise.all(
    page.keys.map(async ({ name }) => recordOf(name.slice(PREFIX.length), await store.get(name))),
  );
  return {
    records: records.filter((record) => record !== null),
    cursor: page.list_complete ? null : (page.cursor ?? null),
  };
}

/** Stores a key that is missing, as a back-up has it. Null if its id cannot be one of ours; false if it exists. */
export async function restoreKeyRecord(
  store: KeyStore,
  keeperOf: KeeperOf,
  { id, ...record }: KeyRecord,
  isDry: boolean,
): Promise<boolean | null> {
  if (!ID.test(id)) return null;
  if (isDry) return (await store.get(PREFIX + id)) === null;
  const value = JSON.stringify(recordSchema.parse(record));
  const { before } = await keeperOf(id).change(PREFIX + id, async (kept) => kept ?? value);
  return before === null;
}

async function reportOf(
  { sealed_email, sealed_webhook: _, ...told }: KeyRecord,
  open: KeySeal['open'],
): Promise<KeyReport> {
  return keyReportSchema().parse({ ...told, email: sealed_email === null ? null : await open(sealed_email) });
}

/** Null for a value that this project did not write. */
function recordOf(id: string, value: string | null): KeyRecord | null {
  const record = value === null ? null : parseJson(recordSchema, value);
  return record === null ? null : { id, ...record };
}
