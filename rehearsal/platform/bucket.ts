/** R2: a write is seen at once everywhere, names are listed in order, and all parts but the last have one size. */

const PART_OCTETS_MIN = 5 * 1_048_576;
const LIST_MAX = 1_000;
const DELETE_MAX = 1_000;

export type Uploaded = { readonly partNumber: number; readonly etag: string };

export type Bucket = {
  put(name: string, octets: Buffer): void;
  get(name: string, range: { readonly offset: number; readonly length: number } | null): Buffer | null;
  delete(names: readonly string[]): void;
  list(options: { readonly prefix: string; readonly limit: number; readonly cursor?: string }): {
    readonly objects: readonly { readonly key: string; readonly size: number }[];
    readonly truncated: boolean;
    readonly cursor?: string;
  };
  createUpload(name: string): string;
  uploadPart(upload: string, partNumber: number, octets: Buffer): Uploaded;
  complete(upload: string, parts: readonly Uploaded[]): void;
  abort(upload: string): void;
};

export function createBucket(): Bucket {
  const objects = new Map<string, Buffer>();
  const uploads = new Map<string, { readonly name: string; readonly parts: Map<number, Buffer> }>();
  const uploadOf = (id: string) => {
    const upload = uploads.get(id);
    if (upload === undefined) throw new Error('NoSuchUpload');
    return upload;
  };
  return {
    put: (name, octets) => void objects.set(name, octets),
    get(name, range) {
      const whole = objects.get(name);
      if (whole === undefined) return null;
      if (range === null) return whole;
      if (range.offset >= whole.length) throw new Error('InvalidRange');
      return whole.subarray(range.offset, range.offset + range.length);
    },
    delete(names) {
      if (names.length > DELETE_MAX) throw new Error('too many names');
      for (const name of names) objects.delete(name);
    },
    list({ prefix, limit, cursor = '' }) {
      const names = [...objects.keys()].filter((name) => name.startsWith(prefix) && name > cursor).sort();
      const page = names.slice(0, Math.min(limit, LIST_MAX));
      const listed = page.map((key) => ({ key, size: objects.get(key)?.length ?? 0 }));
      const truncated = names.length > page.length;
      return { objects: listed, truncated, ...(truncated ? { cursor: page.at(-1) ?? '' } : {}) };
    },
    createUpload(name) {
      const id = crypto.randomUUID();
      uploads.set(id, { name, parts: new Map() });
      return id;
    },
    uploadPart(upload, partNumber, octets) {
      uploadOf(upload).parts.set(partNumber, octets);
      return { partNumber, etag: `${upload}-${partNumber}` };
    },
    complete(id, uploaded) {
      const { name, parts } = uploadOf(id);
      const octets = uploaded.map(({ partNumber }) => {
        const part = parts.get(partNumber);
        if (part === undefined) throw new Error('InvalidPart');
        return part;
      });
      const sizes = octets.slice(0, -1).map(({ length }) => length);
      if (new Set(sizes).size > 1 || sizes.some((size) => size < PART_OCTETS_MIN)) throw new Error('EntityTooSmall');
      objects.set(name, Buffer.concat(octets));
      uploads.delete(id);
    },
    abort: (id) => void uploads.delete(id),
  };
}
