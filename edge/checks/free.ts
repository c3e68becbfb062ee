/**
 * Whether a domain gives mailboxes to anybody: free mail, and mail that comes with an internet connection at home.
 *
 * The answer is about the kind of address (most likely a private one), not about whether it works. Unknown domains are
 * not free. Pure; the names are in edge/checks/data/mail-providers.ts and shared/alias-rules.ts.
 */
import { ALIAS_RULES } from '../../shared/alias-rules.ts';
import { COMMON_PROVIDERS, GIANT_PROVIDERS, OTHER_PROVIDERS } from './data/mail-providers.ts';

const FREE_DOMAINS: ReadonlySet<string> = new Set([
  ...GIANT_PROVIDERS.split(' '),
  ...COMMON_PROVIDERS.split(' '),
  ...OTHER_PROVIDERS.split(' '),
  ...ALIAS_RULES.flatMap((rule) => rule.domains),
]);

/** Domains that give each customer a name below their own: `tag@anna.fastmail.com`. */
const SUBDOMAIN_DOMAINS: ReadonlySet<string> = new Set(
  ALIAS_RULES.flatMap((rule) => (rule.hasSubdomains === true ? rule.domains : [])),
);

/** True for a consumer mail domain. Takes the lower-case A-label form. */
export function isFree(domain: string): boolean {
  return FREE_DOMAINS.has(domain) || SUBDOMAIN_DOMAINS.has(domain.slice(domain.indexOf('.') + 1));
}

/**
 * Every domain for which `isFree` is true by name, for checks that must not take a real provider for something else.
 */
export function freeDomains(): Iterable<string> {
  return FREE_DOMAINS.values();
}
