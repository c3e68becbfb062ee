/**
 * Who owns a name, as far as a name tells: the registrable domain by the public suffix list, where suffixes of companies
 * whose customers get names below them count as well (`github.io`).
 *
 * One owner's domains are one voice: whoever can make names below a domain cannot make several owners of them.
 */
import { getDomain } from 'tldts';

/** The registrable domain; a name without one is its own owner. Takes lower-case A-labels. */
export function ownerOf(name: string): string {
  return getDomain(name, { allowPrivateDomains: true }) ?? name;
}
