/**
 * Owner of a name: its registrable domain by the public suffix list, including suffixes of companies that give names
 * below them to customers (`github.io`).
 *
 * One owner's domains are one voice: the holder of a domain can make any number of names below it, but not several
 * owners.
 */
import { getDomain } from 'tldts';

/** The registrable domain; a name without one is its own owner. Takes lower-case A-labels. */
export function ownerOf(name: string): string {
  return getDomain(name, { allowPrivateDomains: true }) ?? name;
}
