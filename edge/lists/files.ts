/**
 * Where the bytes of lists lie: one bucket (R2), a folder for each list, and a folder for each owner that names their lists,
 * newest first. The names are listed in docs/STORAGE.md.
 *
 * A bucket answers what was written at once, in order of the names, which KV does not. Everything of a list is below its
 * folder, so that deleting it needs no record of what there is; its key goes first.
 */

/** The part of an R2 bucket that is needed. */
export type ListBucket = {
  put(
    name: string,
    octets: Uint8Array,
    options?: { readonly customMetadata: Record<string, string> },
  ): Promise<unknown>;
  get(
    name: string,
    options?: { readonly range: { readonly offset: number; readonly length: number } },
  ): Promise<{ arrayBuffer(): Promise<ArrayBuffer>; readonly body: ReadableStream<Uint8Array> } | null>;
  delete(names: string | string[]): Promise<void>;
  list(options: { prefix: string; limit: number; cursor?: string; include?: 'customMetadata'[] }): Promise<{
    readonly objects: readonly BucketObject[];
    readonly truncated: boolean;
    readonly cursor?: string;
  }>;
  createMultipartUpload(name: string): Promise<{
    uploadPart(number: number, octets: Uint8Array): Promise<UploadedPart>;
    complete(parts: UploadedPart[]): Promise<unknown>;
    abort(): Promise<void>;
  }>;
};

type BucketObject = {
  readonly key: string;
  readonly size: number;
  readonly customMetadata?: Record<string, string>;
};

export type UploadedPart = { readonly partNumber: number; readonly etag: string };

/** Octets of a part: R2 wants all but the last to be equal, and at least 5 MiB. */
export const PART_OCTETS = 8 * 1_048_576;
/** Names that one call deletes. */
const DELETE_MAX = 1_000;

const folderOf = (id: string): string => `lists/${id}/`;
export const keyNameOf = (id: string): string => `${folderOf(id)}key`;
export const sourceNameOf = (id: string, upload: string): string => `${folderOf(id)}source-${upload}`;
export const resultNameOf = (id: string, number: number): string => `${folderOf(id)}result-${number}`;
const PART_DIGITS = 5;
const partsPrefixOf = (id: string): string => `${folderOf(id)}parts/`;
export const partNameOf = (id: string, part: number): string =>
  `${partsPrefixOf(id)}${String(part).padStart(PART_DIGITS, '0')}`;

/** The octets of a range, or null if there is no such object. */
export async function readOctets(
  bucket: ListBucket,
  name: string,
  offset: number,
  length: number,
): Promise<Uint8Array<ArrayBuffer> | null> {
  if (length === 0) return new Uint8Array(0);
  const object = await bucket.get(name, { range: { offset, length } });
  return object === null ? null : new Uint8Array(await object.arrayBuffer());
}

export type StoredPart = { readonly part: number; readonly octets: number };

/** The parts that have come, in order. */
export async function partsOf(bucket: ListBucket, id: string): Promise<readonly StoredPart[]> {
  const prefix = partsPrefixOf(id);
  const objects = await everyObject(bucket, prefix);
  return objects.map(({ key, size }) => ({ part: Number(key.slice(prefix.length)), octets: size }));
}

/** Deletes all that a list has in the bucket, its key first. */
export async function deleteFiles(bucket: ListBucket, id: string): Promise<void> {
  await bucket.delete(keyNameOf(id));
  const names = (await everyObject(bucket, folderOf(id))).map(({ key }) => key);
  for (let at = 0; at < names.length; at += DELETE_MAX) await bucket.delete(names.slice(at, at + DELETE_MAX));
}

async function everyObject(bucket: ListBucket, prefix: string): Promise<readonly BucketObject[]> {
  const objects: BucketObject[] = [];
  let cursor: string | undefined;
  do {
    const from = cursor === undefined ? {} : { cursor };
    const page = await bucket.list({ prefix, limit: 1_000, include: ['customMetadata'], ...from });
    objects.push(...page.objects);
    cursor = page.truncated ? page.cursor : undefined;
  } while (cursor !== undefined);
  return objects;
}

/** Later than any list, in milliseconds since 1970, with as many digits as any time before it. */
const TIME_MAX = 9_999_999_999_999;
const TIME_DIGITS = 13;

const ownerPrefixOf = (ownerHash: string): string => `owners/${ownerHash}/`;

/** The name by which an owner's list is found: newer ones come first in the order of names. */
export function ownedNameOf(ownerHash: string, id: string, createdAtMs: number): string {
  return `${ownerPrefixOf(ownerHash)}${String(TIME_MAX - createdAtMs).padStart(TIME_DIGITS, '0')}-${id}`;
}

/** Octets of the file of a list, or null while it is coming in. */
export type OwnedFile = { readonly id: string; readonly octets: number | null };

/** Says that a list is the owner's, and how large its file is. */
export async function putOwned(
  bucket: ListBucket,
  owner: string,
  { id, octets }: OwnedFile,
  createdAtMs: number,
): Promise<void> {
  const customMetadata: Record<string, string> = octets === null ? {} : { octets: String(octets) };
  await bucket.put(ownedNameOf(owner, id, createdAtMs), new Uint8Array(0), { customMetadata });
}

export async function ownedFiles(bucket: ListBucket, owner: string): Promise<readonly OwnedFile[]> {
  const objects = await everyObject(bucket, ownerPrefixOf(owner));
  return objects.map(({ key, customMetadata }) => {
    const octets = customMetadata?.['octets'];
    return { id: idOfOwned(owner, key), octets: octets === undefined ? null : Number(octets) };
  });
}

function idOfOwned(owner: string, name: string): string {
  return name.slice(ownerPrefixOf(owner).length + TIME_DIGITS + 1);
}

const OPEN_PREFIX = 'open/';

/** The name by which a list that may not be over yet is found, whoever has made it: newer ones come first. */
export function openNameOf(id: string, createdAtMs: number): string {
  return `${OPEN_PREFIX}${String(TIME_MAX - createdAtMs).padStart(TIME_DIGITS, '0')}-${id}`;
}

export type OpenPage = {
  readonly lists: readonly { readonly id: string; readonly name: string }[];
  readonly cursor: string | null;
};

/** Lists of everybody, newest first. Some are over: their names are deleted when that is seen. */
export async function listOpen(bucket: ListBucket, cursor: string | null, limit: number): Promise<OpenPage> {
  const page = await bucket.list({ prefix: OPEN_PREFIX, limit, ...(cursor === null ? {} : { cursor }) });
  const lists = page.objects.map(({ key }) => ({ name: key, id: key.slice(OPEN_PREFIX.length + TIME_DIGITS + 1) }));
  return { lists, cursor: page.truncated ? (page.cursor ?? null) : null };
}

export type OwnedPage = { readonly ids: readonly string[]; readonly cursor: string | null };

/** Ids of an owner's lists, newest first. */
export async function listOwned(
  bucket: ListBucket,
  ownerHash: string,
  cursor: string | null,
  limit: number,
): Promise<OwnedPage> {
  const prefix = ownerPrefixOf(ownerHash);
  const page = await bucket.list({ prefix, limit, ...(cursor === null ? {} : { cursor }) });
  const ids = page.objects.map(({ key }) => idOfOwned(ownerHash, key));
  return { ids, cursor: page.truncated ? (page.cursor ?? null) : null };
}
