/**
 * The domain that somebody meant who typed another: `gmial.com`, `hotmail.cmo`, `yahoo.co.ku`, `acme.con`.
 *
 * A distance that knows the keyboard (Damerau-Levenshtein with prices per kind of slip) is measured against the common
 * providers; how much is forgiven depends on how common the provider is and how long its name. A domain that exists in
 * its own right is never corrected. Silence beats a wrong suggestion: short names, first letters and ties stay alone.
 * The answer is a question to a person ("did you mean …?") and never changes a verdict. Pure; no DNS is asked.
 */
import { COMMON_PROVIDERS, GIANT_PROVIDERS } from './data/mail-providers.ts';
import { COUNTRY_TLDS, NEAR_TLDS, REAL_NEIGHBOURS } from './data/typo-exceptions.ts';
import { freeDomains } from './free.ts';
import { isPlainSlip, slipCost } from './typo-distance.ts';

/** Longest domain that is looked at, in characters: no provider's name is half as long. */
const DOMAIN_LENGTH_MAX = 80;

type Provider = {
  readonly domain: string;
  readonly name: string;
  readonly suffix: string;
  readonly isGiant: boolean;
  /** The letters of the name, a bit each. */
  readonly letters: number;
  /** 0 for the most common. Decides ties between two suffixes of one name. */
  readonly rank: number;
};

type Candidate = { readonly provider: Provider; readonly cost: number };

const PROVIDERS: readonly Provider[] = [
  ...GIANT_PROVIDERS.split(' ').map((domain) => providerOf(domain, true)),
  ...COMMON_PROVIDERS.split(' ').map((domain) => providerOf(domain, false)),
].map((provider, rank) => ({ ...provider, rank }));

/** Letters that a slip may add to a name or take from it. */
const LENGTH_SLIP_MAX = 2;

/** Providers of one suffix by the length of their names: most are too long or too short to be looked at. */
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

/** Country codes that are one lost letter of `com` and under which the providers hold nothing of their own. */
const COM_SLIPS: ReadonlySet<string> = new Set(['co', 'cm', 'om']);

/** Letters of a name that is no other company's with a suffix run on to it: `yahooco.uk`, not `liveco.uk`. */
const LONG_NAME_LENGTH = 5;

/** One slip of any kind. */
const SUFFIX_COST_MAX = 1.4;

/** Top-level domains that are mended for any name at all: `acme.con` cannot exist, whoever acme is. */
const MENDED_TLDS = ['com', 'net', 'org'] as const;
/** One slip that no other word is likely to be. */
const TLD_COST_MAX = 1.1;

/** The domain that was meant, or null. Takes the lower-case A-label form. */
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

/** The giant whose letters are all there, in order, with a dot at another place or one too little, or its end twice. */
function giantOfLetters(domain: string): string | null {
  const letters = domain.replaceAll('.', '');
  const giant = GIANTS_WITHOUT_DOTS.get(letters);
  const isDotLost = giant !== undefined && domain.length === giant.length - 1 && giant.indexOf('.') >= LONG_NAME_LENGTH;
  if (giant !== undefined && (giant.length === domain.length || isDotLost)) return giant;
  // `gmailcom.com`, `gmail.com.com`.
  return letters.endsWith('comcom') ? (GIANTS_WITHOUT_DOTS.get(letters.slice(0, -'com'.length)) ?? null) : null;
}

/** The providers that may have been meant, cheapest slip first, then the most common first. */
function candidatesFor(name: string, suffix: string): Candidate[] {
  const candidates: Candidate[] = [];
  const sameSuffix = GROUP_BY_SUFFIX.get(suffix);
  // A suffix that some provider has is taken as it is: nobody types .fr for .com.
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

/** A look at the letters alone spares nearly every provider the distance: three letters lost are more than is forgiven. */
function isFarOff(provider: Provider, letters: number): boolean {
  let missing = provider.letters & ~letters;
  missing &= missing - 1;
  missing &= missing - 1;
  return missing !== 0;
}

/** A bit for each letter; digits and hyphens share the bits that are left. */
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

/** Of two providers at the same distance: the more common, where only the suffix tells them apart or it is a giant. */
function isPreferred(first: Provider, second: Provider): boolean {
  return first.rank < second.rank && (first.name === second.name || (first.isGiant && !second.isGiant));
}

/** What the slip costs, or null where it is none or too much. `suffixCost` is the distance of the suffixes. */
function costFor(provider: Provider, name: string, suffix: string, suffixCost: number): number | null {
  if (suffixCost === 0) return costOfName(provider, name);
  const isNameRight = name === provider.name;
  if (!isNameRight && !provider.isGiant) return null;
  if (!isSuffixSlip(provider, suffix, suffixCost)) return null;
  if (isNameRight) return suffixCost;
  // Two slips, one on each side of the dot: only for a giant, and only if the first letter stands.
  const nameCost = name[0] === provider.name[0] ? costOfName(provider, name) : null;
  return nameCost === null || nameCost > 1.1 ? null : nameCost + suffixCost;
}

function costOfName(provider: Provider, name: string): number | null {
  // A name that starts with another letter is mostly another name: only a long giant may lose or change its first.
  const isFirstKept = name[0] === provider.name[0] || name[1] === provider.name[0];
  if (!isFirstKept && !(provider.isGiant && isFirstSlip(name, provider.name))) return null;
  const costMax = Math.min(forgivenFor(provider, name), isFirstKept ? 2 : 1);
  const cost = slipCost(name, provider.name, costMax);
  return cost <= costMax ? cost : null;
}

/** `tahoo`, `utlook`: the neighbour key of the first letter, or the first letter lost, and all else as it should be. */
function isFirstSlip(name: string, meant: string): boolean {
  if (meant === 'gmail') return false;
  return name === meant.slice(1) || (name.length === meant.length && name.slice(1) === meant.slice(1));
}

/** How much is forgiven: more for common and long names, nothing for names of four letters and fewer. */
function forgivenFor({ isGiant, name: meant }: Provider, name: string): number {
  if (meant.length <= 4) return 0;
  if (isGiant) return meant.length >= 7 && Math.abs(meant.length - name.length) < 2 ? 2 : 1.15;
  // Five letters: only the slips that no other word is likely to be, and a neighbour key touched besides.
  if (meant.length === 5) return isPlainSlip(name, meant) ? 1 : name.length > meant.length ? 0.95 : 0;
  return meant.length >= 8 ? 1.4 : 1.1;
}

/** Whether another suffix was meant to be the provider's: not where it may be meant as it is. */
function isSuffixSlip({ name, suffix: meant, isGiant }: Provider, suffix: string, suffixCost: number): boolean {
  if (!isExistingTld(suffix.slice(suffix.lastIndexOf('.') + 1))) return true;
  const isLostLetter = (meant === 'com' && COM_SLIPS.has(suffix)) || (meant === 'net' && suffix === 'ne');
  if (isLostLetter) return isGiant || name.length >= 7;
  // `yahoo.com.bt`, `uol.con.br`, `hotmail.o.uk`: both parts there, and one of them a slip away.
  return meant.includes('.') && suffix.includes('.') && (suffixCost < 1 || (isGiant && suffixCost <= 1));
}

/** Longer ones that are near none of ours cannot be confused with them, so the table does not hold them. */
function isExistingTld(tld: string): boolean {
  return REAL_TLDS.has(tld);
}

/** `acme.con` → `acme.com`; null where the top-level domain exists or resembles none of the three, or two of them. */
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
