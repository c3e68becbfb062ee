/**
 * A set of names as a binary fuse filter: 36 bits per name, no parsing, three reads per look-up.
 *
 * The buffer is used in place: a header of eight words and the table, little-endian like every machine that we run on.
 * A name in the set is always found; any other name is a false positive with probability 2^-32 (2.3e-10). The filter
 * cannot be listed or changed. scripts/write-fuse-filter.ts writes it with the hash of this file: if you change the
 * hash or the layout, raise FILTER_VERSION and build the data anew.
 *
 * Graf, Lemire: Binary Fuse Filters: Fast and Smaller Than Xor Filters (2022), doi:10.1145/3510449, with three
 * positions; the 64-bit hash is two lanes of 32 bits, because JavaScript multiplies no wider at speed.
 */

/** "VRFS" as a little-endian word. */
export const FILTER_MAGIC = 0x53465256;
export const FILTER_VERSION = 1;
/** Words of the header: magic, version, count, seed, segment length, span, date built (yyyymmdd), checksum. */
export const FILTER_HEADER_WORDS = 8;

/** Dimensions of one filter. The table has `span` + 2 × `segmentLength` words. */
export type FilterShape = {
  readonly seed: number;
  /** A power of two. */
  readonly segmentLength: number;
  /** Range of the first position: the number of segments except the last two, times their length. */
  readonly span: number;
};

export type FuseFilter = {
  has(name: string): boolean;
  readonly count: number;
};

/** Three positions in the table, and the word that the three must combine to. */
export type Slots = { first: number; second: number; third: number; fingerprint: number };

/** Opens a filter without reading its table. Throws if the buffer is not a filter of this version. */
export function openFuseFilter(buffer: ArrayBuffer): FuseFilter {
  const header = new Uint32Array(buffer, 0, FILTER_HEADER_WORDS);
  const [magic, version, count = 0, seed = 0, segmentLength = 0, span = 0] = header;
  if (magic !== FILTER_MAGIC || version !== FILTER_VERSION) throw new Error('the data is not a filter of this version');
  const table = new Uint32Array(buffer, FILTER_HEADER_WORDS * Uint32Array.BYTES_PER_ELEMENT);
  if (table.length !== span + 2 * segmentLength) throw new Error('the filter is cut short');
  const shape = { seed, segmentLength, span };
  const slots: Slots = { first: 0, second: 0, third: 0, fingerprint: 0 };
  return {
    count,
    has(name) {
      placeName(name, shape, slots);
      const word = (table[slots.first] ?? 0) ^ (table[slots.second] ?? 0) ^ (table[slots.third] ?? 0);
      return word >>> 0 === slots.fingerprint;
    },
  };
}

/** Computes the positions of a name. Writes into `slots`, so that a look-up allocates nothing. */
export function placeName(name: string, { seed, segmentLength, span }: FilterShape, slots: Slots): void {
  let a = seed ^ 0x9e3779b9;
  let b = Math.imul(seed, 0x85ebca6b) ^ 0x243f6a88;
  for (let index = 0; index < name.length; index += 1) {
    const unit = name.charCodeAt(index);
    a = Math.imul(a ^ unit, 0x9e3779b1);
    a ^= a >>> 15;
    b = Math.imul(b ^ unit, 0x85ebca77);
    b ^= b >>> 13;
  }
  const one = finish(a ^ Math.imul(b, 0x27d4eb2f)) >>> 0;
  const two = finish(b ^ Math.imul(a, 0x165667b1));
  const mask = segmentLength - 1;
  slots.first = Math.floor((one / 0x1_0000_0000) * span);
  slots.second = (slots.first + segmentLength) ^ ((two >>> 16) & mask);
  slots.third = (slots.first + 2 * segmentLength) ^ (two & mask);
  slots.fingerprint = finish(one + Math.imul(two, 0x5bd1e995)) >>> 0;
}

/** The finaliser of MurmurHash3: every input bit affects every output bit. */
function finish(value: number): number {
  let word = value ^ (value >>> 16);
  word = Math.imul(word, 0x85ebca6b);
  word = Math.imul(word ^ (word >>> 13), 0xc2b2ae35);
  return word ^ (word >>> 16);
}
