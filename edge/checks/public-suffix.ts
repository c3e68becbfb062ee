/**
 * Whose names begin where, by the Public Suffix List (publicsuffix.org, "Formal Algorithm").
 *
 * No verdict needs it: only an operator's mark and a refresh of the disposable names. So the list is no part of the worker but
 * a static file (scripts/assets/public-suffixes.ts), read by wiring/public-suffixes.ts when it is asked for. Pure.
 */

export type PublicSuffixes = {
  /** True for a name below which others register names of their own, with a public registry or a company. */
  isPublicSuffix(name: string): boolean;
  /** The name that was registered with a public registry, the same or above; null for a suffix. */
  registrableDomainOf(name: string): string | null;
};

type HasRule = (rule: string) => boolean;

/** Parts the rules of public registries from those of companies. */
export const PRIVATE_RULES_BEGIN = '// ===BEGIN PRIVATE DOMAINS===';

/** @param text the list in its own format, with names as lower-case A-labels. Throws if it has no rules of either kind. */
export function readPublicSuffixes(text: string): PublicSuffixes {
  const [ofRegistries = new Set(), ofCompanies = new Set()] = text.split(PRIVATE_RULES_BEGIN).map(rulesOf);
  if (ofRegistries.size === 0 || ofCompanies.size === 0) throw new Error('the public suffix list is not whole');
  const isOfRegistry: HasRule = (rule) => ofRegistries.has(rule);
  const isRule: HasRule = (rule) => ofRegistries.has(rule) || ofCompanies.has(rule);
  return {
    isPublicSuffix: (name) => suffixOf(name, isRule) === name,
    registrableDomainOf(name) {
      const suffix = suffixOf(name, isOfRegistry);
      if (suffix === name) return null;
      const before = name.slice(0, -suffix.length - 1);
      return name.slice(before.lastIndexOf('.') + 1);
    },
  };
}

function rulesOf(text: string): ReadonlySet<string> {
  return new Set(text.split('\n').filter((line) => line !== '' && !line.startsWith('//')));
}

/** The longest suffix that a rule names. An exception (`!`) takes its first label off; without a rule it is the last label. */
function suffixOf(name: string, has: HasRule): string {
  for (let rest = name; ; ) {
    const dot = rest.indexOf('.');
    const above = rest.slice(dot + 1);
    if (has(`!${rest}`)) return above;
    if (dot < 0 || has(rest) || has(`*.${above}`)) return rest;
    rest = above;
  }
}
