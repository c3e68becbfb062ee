/**
 * Why a name may not stand in edge/checks/data/disposable-mx.ts. Pure.
 *
 * A wrong mail host is worse than a wrong domain: it makes every domain that has its mail there disposable. So a name is
 * refused if its registrable domain is one of a mail provider, a hosting company, a forwarder or a popular site, however
 * the host itself is called.
 */
import { NEVER_DISPOSABLE_MX } from '../edge/checks/data/never-disposable-mx.ts';
import { faultOfListedName, type NameFault } from '../edge/checks/listable-name.ts';
import { parseDomainName } from '../shared/domain-name.ts';
import { PROVIDERS } from '../shared/providers.ts';
import { SUFFIXES } from './public-suffixes.ts';

const REAL_MAIL_DOMAINS: ReadonlySet<string | null> = new Set(
  [...PROVIDERS.flatMap(({ mx }) => mx), ...NEVER_DISPOSABLE_MX].map(SUFFIXES.registrableDomainOf),
);

/** Null if the name may stand there. `notAName`: not a domain in lower case and A-labels. */
export function faultOfDisposableMx(name: string): NameFault | 'notAName' | 'realMailHost' | null {
  const parsed = parseDomainName(name);
  if (!parsed.ok || parsed.ascii !== name) return 'notAName';
  return REAL_MAIL_DOMAINS.has(SUFFIXES.registrableDomainOf(name)) ? 'realMailHost' : faultOfListedName(name, SUFFIXES);
}
