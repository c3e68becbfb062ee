/**
 * Builds the filter that edge/checks/fuse-filter.ts reads: peels a three-uniform hypergraph and fills the table
 * backwards.
 *
 * Deterministic: the same names in the same order give the same bytes. Takes distinct names; memory and time are
 * linear. Segment length and table size for three positions follow Graf and Lemire 2022, §4.
 */
import {
  FILTER_HEADER_WORDS,
  FILTER_MAGIC,
  FILTER_VERSION,
  type FilterShape,
  placeName,
  type Slots,
} from '../edge/checks/fuse-filter.ts';

/** Seeds to try. Each works with a probability well over 0.9. */
const SEEDS_MAX = 64;

/** The filter of `names`, ready to be written to a file. `builtOn` is a date as the number yyyymmdd. */
export function writeFuseFilter(names: readonly string[], builtOn: number): Uint32Array<ArrayBuffer> {
  const { segmentLength, span } = measure(names.length);
  for (let seed = 1; seed <= SEEDS_MAX; seed += 1) {
    const table = fill(names, { seed, segmentLength, span });
    if (table === null) continue;
    const words = new Uint32Array(FILTER_HEADER_WORDS + table.length);
    words.set([FILTER_MAGIC, FILTER_VERSION, names.length, seed, segmentLength, span, builtOn, checksumOf(table)]);
    words.set(table, FILTER_HEADER_WORDS);
    return words;
  }
  throw new Error('no seed gives a filter; is a name in the list twice?');
}

/** FNV-1a over the words of the table. */
export function checksumOf(table: Uint32Array): number {
  let sum = 0x811c9dc5;
  for (const word of table) sum = Math.imul(sum ^ word, 0x01000193);
  return sum >>> 0;
}

function measure(count: number): { segmentLength: number; span: number } {
  const many = Math.max(count, 2);
  const segmentLength = 2 ** Math.max(2, Math.min(18, Math.floor(Math.log(many) / Math.log(3.33) + 2.25)));
  const factor = Math.max(1.125, 0.875 + (0.25 * Math.log(1_000_000)) / Math.log(many));
  const segments = Math.max(1, Math.ceil((many * factor) / segmentLength) - 2);
  return { segmentLength, span: segments * segmentLength };
}

/** The table, or null if peeling gets stuck with this seed. */
function fill(names: readonly string[], shape: FilterShape): Uint32Array | null {
  const size = shape.span + 2 * shape.segmentLength;
  const degree = new Uint32Array(size);
  const xorOfNames = new Uint32Array(size);
  const placed = names.map((name) => {
    const slots: Slots = { first: 0, second: 0, third: 0, fingerprint: 0 };
    placeName(name, shape, slots);
    return slots;
  });
  for (const [index, slots] of placed.entries())
    touch(slots, (at) => {
      degree[at] = (degree[at] ?? 0) + 1;
      xorOfNames[at] = (xorOfNames[at] ?? 0) ^ index;
    });
  const order: { index: number; at: number }[] = [];
  const queue: number[] = [];
  for (let at = 0; at < size; at += 1) if (degree[at] === 1) queue.push(at);
  for (let at = queue.pop(); at !== undefined; at = queue.pop()) {
    if (degree[at] !== 1) continue;
    const index = xorOfNames[at] ?? 0;
    const slots = placed[index];
    if (slots === undefined) return null;
    order.push({ index, at });
    touch(slots, (other) => {
      degree[other] = (degree[other] ?? 0) - 1;
      xorOfNames[other] = (xorOfNames[other] ?? 0) ^ index;
      if (degree[other] === 1) queue.push(other);
    });
  }
  return order.length === names.length ? assign(order, placed, size) : null;
}

/**
 * Fill in reverse order: each name has a position of its own that is still free, and sets it so that the three add up.
 */
function assign(order: readonly { index: number; at: number }[], placed: readonly Slots[], size: number): Uint32Array {
  const table = new Uint32Array(size);
  for (const { index, at } of order.toReversed()) {
    const slots = placed[index];
    if (slots === undefined) continue;
    const { first, second, third, fingerprint } = slots;
    table[at] = 0;
    table[at] = fingerprint ^ (table[first] ?? 0) ^ (table[second] ?? 0) ^ (table[third] ?? 0);
  }
  return table;
}

function touch({ first, second, third }: Slots, visit: (at: number) => void): void {
  visit(first);
  visit(second);
  visit(third);
}
