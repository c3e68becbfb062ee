/** A store in a Map with the guarantees of KV: text in, text out, a life of at least 60 s, names in order. */
import type { MarkStore } from '../../../edge/disposable/mark.ts';
import type { WritableOverlayStore } from '../../../edge/disposable/overlay.ts';
import type { KeyStore } from '../../../edge/keys/records.ts';
import type { Store } from '../../../edge/memory/results.ts';

type Entry = { value: string; expirationTtl: number; metadata: unknown };
type Entries = Map<string, Entry>;
type PutOptions = { readonly expirationTtl?: number; readonly metadata?: unknown };

export type MapStore = Pick<
  Store & MarkStore & WritableOverlayStore & KeyStore,
  'get' | 'getWithMetadata' | 'delete' | 'list'
> & {
  put(key: string, value: string, options?: PutOptions): Promise<void>;
  readonly entries: Entries;
  /** Keys of each read, oldest first. */
  readonly reads: readonly (readonly string[])[];
};

/** @param pageMax names that one page of a listing holds at most */
export function mapStore(pageMax = 1000): MapStore {
  const entries: Entries = new Map();
  const reads: (readonly string[])[] = [];
  const get = async (keys: string | readonly string[]): Promise<unknown> => {
    const values = [keys].flat().map((key) => [key, entries.get(key)?.value ?? null] as const);
    if (values.length > 100) throw new Error('KV reads 100 keys at once');
    reads.push(values.map(([key]) => key));
    return Array.isArray(keys) ? new Map(values) : values[0]?.[1];
  };
  return {
    entries,
    reads,
    get: get as MapStore['get'],
    put: async (key, value, { expirationTtl = Infinity, metadata = null } = {}) => {
      if (expirationTtl < 60) throw new Error('KV refuses a life below 60 s');
      entries.set(key, { value, expirationTtl, metadata });
    },
    delete: async (key) => void entries.delete(key),
    getWithMetadata: async (key) => {
      const { value = null, metadata = null } = entries.get(key) ?? {};
      return { value, metadata };
    },
    list: async ({ prefix, limit, cursor }) => {
      const names = [...entries.keys()].filter((name) => name.startsWith(prefix)).sort();
      const from = cursor == null ? 0 : Number(cursor);
      const to = from + Math.min(limit, pageMax);
      const keys = names.slice(from, to).map((name) => ({ name, metadata: entries.get(name)?.metadata }));
      return to >= names.length ? { keys, list_complete: true } : { keys, list_complete: false, cursor: String(to) };
    },
  };
}

/** The entries of addresses, without those of domains. */
export function verdictsIn({ entries }: MapStore): readonly (readonly [key: string, seconds: number])[] {
  return [...entries].filter(([key]) => key.startsWith('v2:')).map(([key, { expirationTtl }]) => [key, expirationTtl]);
}
