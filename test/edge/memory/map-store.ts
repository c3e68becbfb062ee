/** A store in a Map, which keeps to what KV promises: text in, text out, a life of at least 60 s. */
import type { Store } from '../../../edge/memory/results.ts';

export type MapStore = Store & { readonly entries: Map<string, { value: string; expirationTtl: number }> };

export function mapStore(): MapStore {
  const entries = new Map<string, { value: string; expirationTtl: number }>();
  return {
    entries,
    get: async (key) => entries.get(key)?.value ?? null,
    put: async (key, value, { expirationTtl }) => {
      if (expirationTtl < 60) throw new Error('KV refuses a life below 60 s');
      entries.set(key, { value, expirationTtl });
    },
  };
}
