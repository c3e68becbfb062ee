/**
 * How much the lists of one owner may hold at a time: a number of lists, and octets of their files. A key with a daily quota has
 * room in proportion to it, since a key that costs nothing could fill the bucket otherwise. The operator and a machine of one's
 * own have no bound.
 *
 * What is held is read from the names in the bucket, which show what was written at once. Requests at the same time may each
 * find room; so it is looked at again when a list is there, and the list that is too much goes.
 */
import { type ListBucket, type OwnedFile, ownedFiles, partsOf } from './files.ts';
import type { ListPayer } from './list-record.ts';

/** Lists of a key at a time: with a daily quota, and without. */
const LISTS_MAX = 100;
const LISTS_MAX_UNLIMITED = 1_000;
const MIB = 1_048_576;
/** Octets for each key, and beside them for each unit of its daily quota. */
const OCTETS_OF_KEY = 64 * MIB;
const OCTETS_OF_UNIT = 65_536;

export type StorageBound = { readonly lists: number; readonly octets: number };

/** Null: no bound. */
export function storageBoundOf(payer: ListPayer): StorageBound | null {
  switch (payer.kind) {
    case 'operator':
    case 'local':
      return null;
    case 'test':
      return { lists: LISTS_MAX, octets: OCTETS_OF_KEY };
    case 'key': {
      const { dailyQuota } = payer;
      if (dailyQuota === null) return { lists: LISTS_MAX_UNLIMITED, octets: Number.POSITIVE_INFINITY };
      return { lists: LISTS_MAX, octets: OCTETS_OF_KEY + dailyQuota * OCTETS_OF_UNIT };
    }
  }
}

export type StorageHeld = { readonly lists: number; readonly octets: number };

/**
 * What the lists of an owner hold; one that is still coming in holds its parts.
 *
 * @param exceptId a list that is not counted
 */
export async function heldBy(bucket: ListBucket, owner: string, exceptId: string | null): Promise<StorageHeld> {
  const files = (await ownedFiles(bucket, owner)).filter(({ id }) => id !== exceptId);
  const octets = await Promise.all(files.map((file) => octetsOf(bucket, file)));
  return { lists: files.length, octets: octets.reduce((sum, count) => sum + count, 0) };
}

async function octetsOf(bucket: ListBucket, { id, octets }: OwnedFile): Promise<number> {
  if (octets !== null) return octets;
  return (await partsOf(bucket, id)).reduce((sum, part) => sum + part.octets, 0);
}

/** A sentence if the lists are more than may be, or null. */
export function faultOfHeld(bound: StorageBound, held: StorageHeld): string | null {
  if (held.lists > bound.lists) {
    return `A key of this quota may have ${bound.lists} lists at a time; delete one, or wait until one expires.`;
  }
  return held.octets > bound.octets ? noRoom(bound) : null;
}

export function noRoom({ octets }: StorageBound): string {
  return `The files of all lists of this key may have ${Math.floor(octets / MIB)} MiB at a time; delete a list, or wait until one expires.`;
}
