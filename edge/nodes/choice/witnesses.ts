/**
 * Whether a word about a provider is to be believed: one domain is not enough, since its owner may have made its servers
 * say so, or have told the provider to.
 *
 * Heard of a known provider, a word counts if one of the provider's own domains has heard it, such as gmail.com, or several
 * domains with different owners have within a few minutes. A host of nobody we know speaks for itself alone. Module state
 * of an isolate is a cache and nothing else.
 */
import { ExpiringMap } from '../../../shared/expiring-map.ts';
import { providerById } from '../../../shared/providers.ts';

/** Owners that must have heard the same, and milliseconds within which. */
const OWNERS_MIN = 3;
const HEARD_MS = 600_000;
/** Words remembered. */
const WORDS_MAX = 2_000;
/** Letters of a second level such as the `co` of co.uk, below a country. */
const SECOND_LEVEL_LENGTH_MAX = 3;
const COUNTRY_LENGTH = 2;

export type Witnesses = {
  /**
   * Takes in that a domain has heard this of a provider; true once that is to be believed.
   *
   * @param provider provider id, or the name of a host of nobody we know
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
 * Who owns a domain, about: its last two labels, or three below a second level such as co.uk. The public suffix list knows
 * better and is too large for this; what this gets wrong makes one owner of several.
 */
export function likelyOwnerOf(domain: string): string {
  const labels = domain.toLowerCase().split('.');
  const [top = '', second = ''] = labels.toReversed();
  const isShort = top.length === COUNTRY_LENGTH && second.length <= SECOND_LEVEL_LENGTH_MAX;
  return labels.slice(isShort ? -3 : -2).join('.');
}
