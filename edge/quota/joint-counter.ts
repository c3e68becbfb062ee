/**
 * Combines several counters that must all grant: a client with IPv6 is counted as its network and as its site.
 *
 * If one grants more than the others, the excess is given back behind the answer. A counter that cannot tell is left
 * out.
 */
import type { GrantedUnits } from './day-count.ts';

/** The counter of one caller; null if it cannot tell. */
export type CallerCounter = {
  readonly reserve: (units: number) => Promise<GrantedUnits | null>;
  readonly release: (units: number, day: number, vain: number) => Promise<void>;
};

export function jointCounter(
  counters: readonly CallerCounter[],
  background: (work: Promise<unknown>) => void,
): CallerCounter {
  return {
    async reserve(units) {
      const answers = await Promise.all(
        counters.map(async (counter) => ({ counter, said: await counter.reserve(units) })),
      );
      const known = answers.flatMap(({ counter, said }) => (said === null ? [] : [{ counter, said }]));
      const [tightest] = known
        .map(({ said }) => said)
        .toSorted((a, b) => a.granted - b.granted || a.remaining - b.remaining);
      if (tightest === undefined) return null;
      for (const { counter, said } of known) {
        const surplus = said.granted - tightest.granted;
        if (surplus > 0) background(counter.release(surplus, said.day, 0));
      }
      return { ...tightest, vainLeft: Math.min(...known.map(({ said }) => said.vainLeft)) };
    },
    async release(units, day, vain) {
      await Promise.all(counters.map((counter) => counter.release(units, day, vain)));
    },
  };
}
