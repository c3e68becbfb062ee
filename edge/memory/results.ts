/**
 * Remembered verdicts in KV, under a keyed hash of the address on the wire: neither key nor value contains an address.
 *
 * A server answers for the address that it was asked about. Two spellings that are one mailbox according to the
 * provider (shared/canonical.ts) are two addresses here: the reply about one of them is never the answer for the other.
 *
 * KV is late by up to a minute between locations and may lose a write; a lost entry costs a probe and nothing else, so
 * that every failure of the store reads as "not remembered". Key shapes are listed in docs/STORAGE.md.
 */
import { base64url, type CryptoKey } from 'jose';
import * as z from 'zod';
import { mailHostsSchema, smtpSchema } from '../../shared/answer.ts';
import { parseJson } from '../../shared/parse-json.ts';
import { REASON_NAMES } from '../../shared/verdict.ts';

/** The part of a KV namespace that is used here. */
export type Store = {
  get(key: string): Promise<string | null>;
  put(key: string, value: string, options: { expirationTtl: number }): Promise<void>;
};

/** A store that reads several keys in one operation; null if the read failed. */
export type BulkStore = { getMany(keys: readonly string[]): Promise<ReadonlyMap<string, string | null> | null> };

/** Waits for the value of one key. */
export type Reader = PromiseWithResolvers<string | null>;

/** KV refuses shorter lives. */
const TTL_SECONDS_MIN = 60;

const time = z.iso.datetime();

const rememberedSchema = z.object({
  reason: z.enum(REASON_NAMES),
  catch_all: z.boolean().nullable(),
  mx: mailHostsSchema.nullable(),
  /** As in the answer, but without the server's text, which may quote the address. */
  smtp: smtpSchema.omit({ text: true }).nullable(),
  checked_at: time,
  /** Seconds after that time at which asking again was said to be worthwhile. */
  retry_after: z.int().nullable().optional(),
  /** Time of the last refresh that failed. */
  tried_at: time.optional(),
  /** Our own rechecks up to then. */
  rechecks: z.int().optional(),
});

export type RememberedVerdict = z.infer<typeof rememberedSchema>;

/**
 * `v2:` and the HMAC-SHA256 of the address on the wire (`Address.address`), in base64url. The case of the local part
 * counts (RFC 5321 §2.4). Keys `v1:` were made from canonical forms and are not read.
 */
export async function memoryKey(secret: CryptoKey, address: string): Promise<string> {
  const mac = await crypto.subtle.sign('HMAC', secret, new TextEncoder().encode(address));
  return `v2:${base64url.encode(new Uint8Array(mac))}`;
}

/** Reads the keys of all readers in one operation, of a hundred keys at most. If the store cannot, each reads as empty. */
export async function readAll(store: BulkStore, readers: ReadonlyMap<string, Reader>): Promise<void> {
  if (readers.size === 0) return;
  try {
    const values = await store.getMany([...readers.keys()]);
    for (const [key, { resolve }] of readers) resolve(values?.get(key) ?? null);
  } catch (error) {
    for (const { reject } of readers.values()) reject(error);
  }
}

export async function recall(store: Pick<Store, 'get'>, key: string): Promise<RememberedVerdict | null> {
  try {
    return readRemembered(await store.get(key));
  } catch {
    // A store that fails reads as empty.
    return null;
  }
}

/** The verdict as it was written, or null. */
export function readRemembered(text: string | null): RememberedVerdict | null {
  return text === null ? null : parseJson(rememberedSchema, text);
}

export async function remember(store: Store, key: string, value: RememberedVerdict, seconds: number): Promise<void> {
  await store.put(key, JSON.stringify(value), { expirationTtl: Math.max(seconds, TTL_SECONDS_MIN) });
}
