/** Reproducible randomness: mulberry32, seeded. */

export type Chance = {
  /** In [0, 1). */
  readonly next: () => number;
  /** One of the entries, weighted by share. */
  readonly pick: <T extends { readonly share: number }>(entries: readonly T[]) => T;
};

export function createChance(seed: number): Chance {
  let state = seed;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), 1 | state);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    next,
    pick: (entries) => {
      let left = next() * entries.reduce((sum, { share }) => sum + share, 0);
      for (const entry of entries) {
        left -= entry.share;
        if (left < 0) return entry;
      }
      const last = entries.at(-1);
      if (last === undefined) throw new Error('there is nothing to pick from');
      return last;
    },
  };
}
