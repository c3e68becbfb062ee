/** A store in a Map, which keeps to what KV promises: text in, text out, a life of at least 60 s. */
import type { Store } from '../../../edge/memory/results.ts';

type Entries = Map<string, { value: string; expirationTtl: number }>;

export type MapStore = Store & { readonly entries: Entries };

export function mapStore(): MapStore {
  const entries: Entries = new Map();
  return {
    entries,
    get: async (key) => entries.get(key)?.value ?? null,
    put: async (key, value, { expirationTtl }) => {
      if (expirationTtl < 60) throw new Error('KV refuses a life below 60 s');
      entries.set(key, { value, expirationTtl });
    },
  };
}

/** What is remembered of addresses; what is remembered of domains is left out. */
export function verdictsIn({ entries }: MapStore): readonly (readonly [key: string, seconds: number])[] {
  return [...entries].filter(([key]) => key.startsWith('v1:')).map(([key, { expirationTtl }]) => [key, expirationTtl]);
}
