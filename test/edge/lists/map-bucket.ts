/** A bucket in memory: parts, ranges, and names in order, as R2 has them. */
import type { ListBucket } from '../../../edge/lists/files.ts';

export function createMapBucket(): ListBucket & { readonly objects: Map<string, Uint8Array> } {
  const objects = new Map<string, Uint8Array>();
  const metadata = new Map<string, Record<string, string>>();
  return {
    objects,
    async put(name, octets, { customMetadata = {} } = { customMetadata: {} }) {
      objects.set(name, octets.slice());
      metadata.set(name, customMetadata);
    },
    async get(name, options) {
      const whole = objects.get(name);
      if (whole === undefined) return null;
      const { offset = 0, length = whole.length } = options?.range ?? {};
      const octets = whole.slice(offset, offset + length);
      return { arrayBuffer: async () => octets.buffer, body: new Blob([octets]).stream() };
    },
    async delete(names) {
      for (const name of [names].flat()) objects.delete(name);
    },
    async list({ prefix, limit, cursor = '' }) {
      const names = [...objects.keys()].filter((name) => name.startsWith(prefix) && name > cursor).sort();
      const page = names.slice(0, limit);
      const truncated = names.length > limit;
      const listed = page.map((key) => ({
        key,
        size: objects.get(key)?.length ?? 0,
        customMetadata: metadata.get(key) ?? {},
      }));
      return { objects: listed, truncated, ...(truncated ? { cursor: page.at(-1) ?? '' } : {}) };
    },
    async createMultipartUpload(name) {
      const parts = new Map<number, Uint8Array>();
      return {
        async uploadPart(partNumber, octets) {
          parts.set(partNumber, octets.slice());
          return { partNumber, etag: String(partNumber) };
        },
        async complete(uploaded) {
          const sizes = uploaded.slice(0, -1).map(({ partNumber }) => parts.get(partNumber)?.length);
          if (new Set(sizes).size > 1) throw new Error('all parts but the last must be of one size');
          objects.set(name, new Uint8Array(await new Blob([...parts.values()] as BlobPart[]).arrayBuffer()));
        },
        async abort() {},
      };
    },
  };
}
