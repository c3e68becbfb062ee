/**
 * Workers KV as its documents describe it: one central store, and in each location a cache of the
 * reads there, those that found nothing too.
 *
 * The documents say that a location usually sees its own writes at once. Usually is no promise: here no cache learns of a
 * write.
 */
import type { Limits } from '../limits.ts';

const KEY_OCTETS_MAX = 512;
const METADATA_OCTETS_MAX = 1_024;
const VALUE_OCTETS_MAX = 25 * 1_048_576;
const TTL_SECONDS_MIN = 60;
const BULK_KEYS_MAX = 100;
const WRITE_PAUSE_MS = 1_000;
const LIST_MAX = 1_000;

export type KvEntry = { readonly value: string; readonly metadata: unknown };
export type KvOptions = { readonly expirationTtl?: number; readonly metadata?: unknown };
export type KvPage = {
  readonly keys: readonly { readonly name: string; readonly metadata: unknown }[];
  readonly list_complete: boolean;
  readonly cursor?: string;
};

/** A refused operation; the status is that of the platform. */
export class KvError extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export type Kv = {
  get(location: string, key: string): KvEntry | null;
  getMany(location: string, keys: readonly string[]): readonly (KvEntry | null)[];
  put(key: string, value: string, options: KvOptions): void;
  delete(key: string): void;
  list(options: { readonly prefix?: string; readonly limit?: number; readonly cursor?: string | null }): KvPage;
};

type Stored = KvEntry & { readonly untilMs: number };
type Copy = { readonly entry: KvEntry | null; readonly untilMs: number };

export function createKv({ isPaced, staleMs }: Limits['kv'], nowMs: () => number): Kv {
  const central = new Map<string, Stored>();
  const copies = new Map<string, Copy>();
  const writtenAtMs = new Map<string, number>();
  const noteWrite = (key: string): void => {
    if (key === '' || key === '.' || key === '..' || octetsOf(key) > KEY_OCTETS_MAX) throw new KvError(400, 'bad key');
    const last = writtenAtMs.get(key);
    if (isPaced && last !== undefined && nowMs() - last < WRITE_PAUSE_MS) throw new KvError(429, 'Too Many Requests');
    writtenAtMs.set(key, nowMs());
  };
  const readCentral = (key: string): KvEntry | null => {
    const stored = central.get(key);
    return stored === undefined || stored.untilMs <= nowMs() ? null : stored;
  };
  const get = (location: string, key: string): KvEntry | null => {
    const name = `${location}\n${key}`;
    const copy = copies.get(name);
    if (copy !== undefined && nowMs() < copy.untilMs) return copy.entry;
    const entry = readCentral(key);
    copies.set(name, { entry, untilMs: nowMs() + staleMs });
    return entry;
  };
  return {
    get,
    getMany(location, keys) {
      if (keys.length > BULK_KEYS_MAX) throw new KvError(400, `more than ${BULK_KEYS_MAX} keys`);
      return keys.map((key) => get(location, key));
    },
    put(key, value, { expirationTtl, metadata = null }) {
      if (expirationTtl !== undefined && expirationTtl < TTL_SECONDS_MIN) throw new KvError(400, 'expiration_ttl');
      if (octetsOf(value) > VALUE_OCTETS_MAX) throw new KvError(413, 'value too large');
      if (octetsOf(JSON.stringify(metadata)) > METADATA_OCTETS_MAX) throw new KvError(413, 'metadata too large');
      noteWrite(key);
      const lifeMs = expirationTtl === undefined ? Number.POSITIVE_INFINITY : expirationTtl * 1000;
      central.set(key, { value, metadata, untilMs: nowMs() + lifeMs });
    },
    delete(key) {
      noteWrite(key);
      central.delete(key);
    },
    list({ prefix = '', limit = LIST_MAX, cursor = null }) {
      const names = [...central.keys()].filter((key) => key.startsWith(prefix) && readCentral(key) !== null).sort();
      const rest = cursor === null ? names : names.filter((name) => name > cursor);
      const page = rest.slice(0, Math.min(limit, LIST_MAX));
      const keys = page.map((name) => ({ name, metadata: central.get(name)?.metadata ?? undefined }));
      const last = page.at(-1);
      if (rest.length <= page.length || last === undefined) return { keys, list_complete: true };
      return { keys, list_complete: false, cursor: last };
    },
  };
}

function octetsOf(text: string): number {
  return Buffer.byteLength(text);
}
