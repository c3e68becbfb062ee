/**
 * Weighted rendezvous hashing: each key has its own order of the nodes, and every node comes first for its share of the
 * keys. A node that comes or goes moves only its own keys, and so does one whose weight changes. Pure.
 *
 * Nodes of equal weight form a group, since among them the hash alone decides, which is an integer; the logarithm that
 * weights need (Schindelhauer and Schomaker, 2005) is computed for the strongest of each group and not for every node.
 */

/** Nodes of one weight: indexes into a list of the caller's, and the seed of each node. */
export type Peers = {
  readonly weight: number;
  readonly places: Uint32Array;
  /** All distinct, so that the hashes are distinct. */
  readonly seeds: Uint32Array;
};

/** Nodes found by linear scans, one after the other, before the rest is sorted. */
const HANDFUL = 4;
const HASHES = 2 ** 32;

/** FNV-1a over UTF-16 units with a final mix: 32 bits, well spread for short texts. */
export function hashText(text: string): number {
  let bits = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    bits = Math.imul(bits ^ text.charCodeAt(index), 0x01000193);
  }
  return mix(bits);
}

/** Yields every index once, the first choice for the key first; lazy. */
export function* inRendezvousOrder(groups: readonly Peers[], key: number): Generator<number> {
  const heads = groups.map((peers) => {
    const walk = strongestFirst(peers, key);
    return { walk, peers, place: walk.next().value ?? null };
  });
  for (;;) {
    let best: (typeof heads)[number] | null = null;
    let bestScore = Number.POSITIVE_INFINITY;
    for (const head of heads) {
      if (head.place === null) continue;
      const score = heads.length === 1 ? 0 : scoreOf(head.place.hash, head.peers.weight);
      if (score < bestScore) [best, bestScore] = [head, score];
    }
    if (best === null || best.place === null) return;
    yield best.place.at;
    best.place = best.walk.next().value ?? null;
  }
}

type Place = { readonly at: number; readonly hash: number };

/**
 * An exponential variable with the weight as its rate: each of several is the smallest with a probability in proportion
 * to its weight.
 */
function scoreOf(hash: number, weight: number): number {
  return -Math.log((hash + 0.5) / HASHES) / weight;
}

function* strongestFirst({ places, seeds }: Peers, key: number): Generator<Place, undefined> {
  let below = HASHES;
  for (let found = 0; found < HANDFUL; found += 1) {
    let best = -1;
    let bestIndex = -1;
    for (let index = 0; index < seeds.length; index += 1) {
      const hash = mix(key + (seeds[index] ?? 0));
      if (hash > best && hash < below) [best, bestIndex] = [hash, index];
    }
    if (bestIndex < 0) return;
    yield { at: places[bestIndex] ?? 0, hash: best };
    below = best;
  }
  const rest: Place[] = [];
  for (let index = 0; index < seeds.length; index += 1) {
    const hash = mix(key + (seeds[index] ?? 0));
    if (hash < below) rest.push({ at: places[index] ?? 0, hash });
  }
  yield* rest.sort((a, b) => b.hash - a.hash);
}

/** The final mix of MurmurHash3: a bijection in which every input bit affects every output bit. */
function mix(value: number): number {
  let bits = value | 0;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}
