/**
 * The intended domain behind a typo: `gmial.com`, `hotmail.cmo`, `yahoo.co.ku`, `acme.con`.
 *
 * It measures a keyboard-aware distance (Damerau-Levenshtein with costs per kind of error) to the common providers; the
 * tolerance depends on how common the provider is and how long its name. A domain that exists in its own right is never
 * corrected. A missing suggestion is better than a wrong one: short names, other first letters and ties are left alone. The answer is a
 * question to a person ("did you mean …?") and never changes a verdict. Pure; no DNS is asked.
 */
import { COMMON_PROVIDERS, GIANT_PROVIDERS } from './data/mail-providers.ts';
import { COUNTRY_TLDS, NEAR_TLDS, REAL_NEIGHBOURS } from './data/typo-exceptions.ts';
import { freeDomains } from './free.ts';
import { isPlainSlip, slipCost } from './typo-distance.ts';

/** Longest domain that is checked, in characters: no provider's name is half as long. */
const DOMAIN_LENGTH_MAX = 80;

type Provider = {
  readonly domain: string;
  readonly name: string;
  readonly suffix: string;
  readonly isGiant: boolean;
  /** The letters of the name, one bit each. */
  readonly letters: number;
  /** 0 for the most common. Decides ties between two suffixes of one name. */
  readonly rank: number;
};

type Candidate = { readonly provider: Provider; readonly cost: number };

const PROVIDERS: readonly Provider[] = [
  ...GIANT_PROVIDERS.split(' ').map((domain) => providerOf(domain, true)),
  ...COMMON_PROVIDERS.split(' ').map((domain) => providerOf(domain, false)),
].map((provider, rank) => ({ ...provider, rank }));

/** Letters that a typo may add to a name or take from it. */
const LENGTH_SLIP_MAX = 2;

/** Providers of one suffix by the length of their names: most are too long or too short to be compared. */
type Group = readonly (readonly Provider[])[];

const GROUP_BY_SUFFIX: ReadonlyMap<string, Group> = new Map(
  [...Map.groupBy(PROVIDERS, ({ suffix }) => suffix)].map(([suffix, providers]) => [suffix, byLength(providers)]),
);
/** `gm.ailcom`: the giants by their letters alone. */
const GIANTS_WITHOUT_DOTS: ReadonlyMap<string, string> = new Map(
  GIANT_PROVIDERS.split(' ').map((domain) => [domain.replaceAll('.', ''), domain]),
);

const REAL_DOMAINS: ReadonlySet<string> = new Set([...freeDomains(), ...REAL_NEIGHBOURS.split(' ')]);
const REAL_TLDS: ReadonlySet<string> = new Set([...COUNTRY_TLDS.split(' '), ...NEAR_TLDS.split(' ')]);

/** Country codes that are `com` without one letter, and under which the providers have no domain. */
const COM_SLIPS: ReadonlySet<string> = new Set(['co', 'cm', 'om']);

/** Letters of a name that no other company has with a suffix appended: `yahooco.uk`, not `liveco.uk`. */
const LONG_NAME_LENGTH = 5;

/** One typo of any kind. */
const SUFFIX_COST_MAX = 1.4;

/** Top-level domains that are corrected for any name at all: `acme.con` cannot exist, whichever company acme is. */
const MENDED_TLDS = ['com', 'net', 'org'] as const;
/** One typo that another word is unlikely to look like. */
const TLD_COST_MAX = 1.1;

/** The intended domain, or null. Takes the lower-case A-label form. */
export function suggestDomain(domain: string): string | null {
  if (domain.length > DOMAIN_LENGTH_MAX || isReal(domain)) return null;
  const dot = domain.indexOf('.');
  const name = domain.slice(0, dot);
  const suffix = domain.slice(dot + 1);
  const giant = giantOfLetters(domain);
  if (giant !== null) return giant;
  const [best, second] = candidatesFor(name, suffix);
  if (best === undefined) {
    const mended = mendTld(domain);
    return mended === null ? null : (suggestDomain(mended) ?? mended);
  }
  const isTie = second?.cost === best.cost && !isPreferred(best.provider, second.provider);
  return isTie ? null : best.provider.domain;
}

/** The giant with the same letters in the same order, and a dot misplaced or missing, or its end repeated. */
function giantOfLetters(domain: string): string | null {
  const letters = domain.replaceAll('.', '');
  const giant = GIANTS_WITHOUT_DOTS.get(letters);
  const isDotLost = giant !== undefined && domain.length === giant.length - 1 && giant.indexOf('.') >= LONG_NAME_LENGTH;
  if (giant !== undefined && (giant.length === domain.length || isDotLost)) return giant;
  // `gmailcom.com`, `gmail.com.com`.
  return letters.endsWith('comcom') ? (GIANTS_WITHOUT_DOTS.get(letters.slice(0, -'com'.length)) ?? null) : null;
}

/** Candidate providers, by cost and then by how common they are. */
function candidatesFor(name: string, suffix: string): Candidate[] {
  const candidates: Candidate[] = [];
  const sameSuffix = GROUP_BY_SUFFIX.get(suffix);
  // A suffix that some provider has is taken as it is: .fr is no typo of .com.
  if (sameSuffix !== undefined) addCandidates(candidates, sameSuffix, name, suffix, 0);
  else {
    for (const [meant, group] of GROUP_BY_SUFFIX) {
      const suffixCost = slipCost(suffix, meant, SUFFIX_COST_MAX);
      if (suffixCost <= SUFFIX_COST_MAX) addCandidates(candidates, group, name, suffix, suffixCost);
    }
  }
  if (candidates.length < 2) return candidates;
  return candidates.sort((a, b) => a.cost - b.cost || a.provider.rank - b.provider.rank);
}

function addCandidates(candidates: Candidate[], group: Group, name: string, suffix: string, suffixCost: number): void {
  const letters = lettersOf(name);
  for (let length = name.length - LENGTH_SLIP_MAX; length <= name.length + LENGTH_SLIP_MAX; length += 1) {
    for (const provider of group[length] ?? []) {
      if (isFarOff(provider, letters)) continue;
      const cost = costFor(provider, name, suffix, suffixCost);
      if (cost !== null) candidates.push({ provider, cost });
    }
  }
}

/**
 * A bit mask of letters rules out nearly every provider before the distance: three lost letters are more than is
 * tolerated.
 */
function isFarOff(provider: Provider, letters: number): boolean {
  let missing = provider.letters & ~letters;
  missing &= missing - 1;
  missing &= missing - 1;
  return missing !== 0;
}

/** One bit per letter; digits and hyphens share the remaining bits. */
function lettersOf(name: string): number {
  let letters = 0;
  for (let at = 0; at < name.length; at += 1) letters |= 1 << (name.charCodeAt(at) & 31);
  return letters;
}

/** Known to exist, or below a domain that is known to exist. */
function isReal(domain: string): boolean {
  for (let rest = domain; rest.includes('.'); rest = rest.slice(rest.indexOf('.') + 1)) {
    if (REAL_DOMAINS.has(rest)) return true;
  }
  return false;
}

/** Of two providers at the same distance: the more common one, if only the suffix differs or if it is a giant. */
function isPreferred(first: Provider, second: Provider): boolean {
  return first.rank < second.rank && (first.name === second.name || (first.isGiant && !second.isGiant));
}

/** The cost of the typo, or null if there is none or it is too large. `suffixCost` is the distance of the suffixes. */
function costFor(provider: Provider, name: string, suffix: string, suffixCost: number): number | null {
  if (suffixCost === 0) return costOfName(provider, name);
  const isNameRight = name === provider.name;
  if (!isNameRight && !provider.isGiant) return null;
  if (!isSuffixSlip(provider, suffix, suffixCost)) return null;
  if (isNameRight) return suffixCost;
  // Two typos, one on each side of the dot: only for a giant, and only if the first letter is right.
  const nameCost = name[0] === provider.name[0] ? costOfName(provider, name) : null;
  return nameCost === null || nameCost > 1.1 ? null : nameCost + suffixCost;
}

function costOfName(provider: Provider, name: string): number | null {
  // A name with another first letter is usually another name: only a long giant may lose or change its first letter.
  const isFirstKept = name[0] === provider.name[0] || name[1] === provider.name[0];
  if (!isFirstKept && !(provider.isGiant && isFirstSlip(name, provider.name))) return null;
  const costMax = Math.min(forgivenFor(provider, name), isFirstKept ? 2 : 1);
  const cost = slipCost(name, provider.name, costMax);
  return cost <= costMax ? cost : null;
}

/** `tahoo`, `utlook`: a neighbouring key for the first letter, or the first letter lost, and the rest right. */
function isFirstSlip(name: string, meant: string): boolean {
  if (meant === 'gmail') return false;
  return name === meant.slice(1) || (name.length === meant.length && name.slice(1) === meant.slice(1));
}

/** The tolerance: more for common and long names, none for names of four letters and fewer. */
function forgivenFor({ isGiant, name: meant }: Provider, name: string): number {
  if (meant.length <= 4) return 0;
  if (isGiant) return meant.length >= 7 && Math.abs(meant.length - name.length) < 2 ? 2 : 1.15;
  // Five letters: only typos that another word is unlikely to look like, and a neighbouring key hit in addition.
  if (meant.length === 5) return isPlainSlip(name, meant) ? 1 : name.length > meant.length ? 0.95 : 0;
  return meant.length >= 8 ? 1.4 : 1.1;
}

/** Whether a suffix is a typo of the provider's: not if the suffix may be intended. */
function isSuffixSlip({ name, suffix: meant, isGiant }: Provider, suffix: string, suffixCost: number): boolean {
  if (!isExistingTld(suffix.slice(suffix.lastIndexOf('.') + 1))) return true;
  const isLostLetter = (meant === 'com' && COM_SLIPS.has(suffix)) || (meant === 'net' && suffix === 'ne');
  if (isLostLetter) return isGiant || name.length >= 7;
  // `yahoo.com.bt`, `uol.con.br`, `hotmail.o.uk`: both parts there, one of them with a typo.
  return meant.includes('.') && suffix.includes('.') && (suffixCost < 1 || (isGiant && suffixCost <= 1));
}

/**
 * Longer top-level domains that are close to none of ours cannot be confused with them, so the table leaves them out.
 */
function isExistingTld(tld: string): boolean {
  return REAL_TLDS.has(tld);
}

/** `acme.con` → `acme.com`; null if the top-level domain exists, or resembles none of the three or two of them. */
function mendTld(domain: string): string | null {
  const dot = domain.lastIndexOf('.');
  const tld = domain.slice(dot + 1);
  if (isExistingTld(tld) || tld.length < 3 || tld.length > 4 || tld.startsWith('xn--')) return null;
  const [meant, another] = MENDED_TLDS.filter((known) => slipCost(tld, known, TLD_COST_MAX) <= TLD_COST_MAX);
  return meant === undefined || another !== undefined ? null : `${domain.slice(0, dot + 1)}${meant}`;
}

function providerOf(domain: string, isGiant: boolean): Provider {
  const dot = domain.indexOf('.');
  const name = domain.slice(0, dot);
  return { domain, name, suffix: domain.slice(dot + 1), isGiant, letters: lettersOf(name), rank: 0 };
}

function byLength(providers: readonly Provider[]): Group {
  const group: Provider[][] = [];
  for (const provider of providers) {
    for (let length = group.length; length <= provider.name.length; length += 1) group.push([]);
    group[provider.name.length]?.push(provider);
  }
  return group;
}
