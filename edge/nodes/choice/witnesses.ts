/**
 * Whether an observation about a provider is to be believed: one domain is not enough, since its owner may have made
 * its servers answer so, or have asked the provider to.
 *
 * About a known provider, an observation counts if one of the provider's own domains has made it, such as gmail.com, or
 * if several domains with different owners have within a few minutes. A host of an unknown provider speaks for itself
 * alone. Module state of an isolate is a cache only.
 */
import { ExpiringMap } from '../../../shared/expiring-map.ts';
import { providerById } from '../../../shared/providers.ts';

/** Owners that must have observed the same, and the milliseconds within which. */
const OWNERS_MIN = 3;
const HEARD_MS = 600_000;
/** Observations remembered. */
const WORDS_MAX = 2_000;
/** Letters of a second level such as the `co` of co.uk, below a country. */
const SECOND_LEVEL_LENGTH_MAX = 3;
const COUNTRY_LENGTH = 2;

export type Witnesses = {
  /**
   * Records an observation of a domain about a provider; true once it is to be believed.
   *
   * @param provider provider id, or the name of a host of an unknown provider
   */
  hears(word: string, provider: string, domain: string): boolean;
};

export function createWitnesses(nowMs: () => number): Witnesses {
  const ownersByWord = new ExpiringMap<Set<string>>(WORDS_MAX, nowMs);
  return {
    hears(word, provider, domain) {
      const known = providerById(provider);
      if (known === null || known.domains.includes(domain)) return true;
      const key = `${word}>${provider}`;
      const owners = ownersByWord.get(key) ?? new Set<string>();
      if (owners.size === 0) ownersByWord.set(key, owners, HEARD_MS);
      if (owners.size < OWNERS_MIN) owners.add(likelyOwnerOf(domain));
      return owners.size >= OWNERS_MIN;
    },
  };
}

/**
 * The approximate owner of a domain: its last two labels, or three below a second level such as co.uk. The public
 * suffix list knows better and is too large for this; an error here only merges several owners into one.
 */
export function likelyOwnerOf(domain: string): string {
  const labels = domain.toLowerCase().split('.');
  const [top = '', second = ''] = labels.toReversed();
  const isShort = top.length === COUNTRY_LENGTH && second.length <= SECOND_LEVEL_LENGTH_MAX;
  return labels.slice(isShort ? -3 : -2).join('.');
}
