/**
 * Which names may stand on a list of disposable domains at all, whoever made the list, and which ones raise a doubt.
 *
 * Every list errs, and a name that is wrong there flags everybody below it: a public suffix whose names have owners of
 * their own, a suffix under which nobody registers for an hour (edu, gov, …), a real mail provider, a popular site.
 * These faults hold against any number of lists. A doubt does not: it is weighed against what the lists say where the set
 * is built (scripts/disposable-evidence.ts); against one live list alone it is enough. Pure; it brings the public suffix
 * list with it.
 */
import { getDomain, getPublicSuffix } from 'tldts';
import { NEVER_DISPOSABLE, SHARED_PARENTS } from './data/never-disposable.ts';
import { POPULAR_DOMAINS } from './data/popular-domains.ts';
import { LISTED_LABELS_MAX } from './disposable.ts';
import { freeDomains } from './free.ts';
import { suggestDomain } from './typo.ts';

export const NAME_FAULTS = ['tooManyLabels', 'publicSuffix', 'guarded', 'sharedParent', 'realProvider'] as const;
export type NameFault = (typeof NAME_FAULTS)[number];

export const NAME_DOUBTS = ['nearMiss', 'shortName', 'closedRegistry'] as const;
export type NameDoubt = (typeof NAME_DOUBTS)[number];

/** Suffixes whose registries give names to nobody who would throw them away. */
const GUARDED =
  /(^|\.)(edu|gov|mil|int|arpa|(gov|gob|gouv|mil)\.[a-z]{2}|(ac|sch|nhs)\.uk|edu\.(au|cn|co|hk|it|my|sg|tr|tw)|ac\.(ae|il|in|jp|kr|nz|th|za))$/;

/** Suffixes whose registries ask for a registered company, a society or a trade mark. */
const CLOSED_REGISTRY =
  /\.(com\.au|net\.au|org\.au|asn\.au|co\.jp|or\.jp|ne\.jp|com\.hk|com\.my|com\.sg|ltd\.uk|plc\.uk|no|aero|bank|coop|insurance|museum|post|pharmacy)$/;

/** A name of three letters or fewer under an old suffix is worth thousands: nobody burns it. */
const SHORT_NAME = /^[a-z]{1,3}\.(com|net|org)$/;

/** Real providers, popular sites and the allow list. */
const REAL: ReadonlySet<string> = new Set([...freeDomains(), ...NEVER_DISPOSABLE, ...POPULAR_DOMAINS.split(' ')]);
const SHARED: ReadonlySet<string> = new Set(SHARED_PARENTS);

/** Why the name may not be listed, or null where it may. Takes lower-case A-labels. */
export function faultOfListedName(name: string): NameFault | null {
  if (name.split('.').length > LISTED_LABELS_MAX) return 'tooManyLabels';
  if (isPublicSuffix(name)) return 'publicSuffix';
  if (GUARDED.test(name)) return 'guarded';
  if (SHARED.has(name)) return 'sharedParent';
  return REAL.has(name) || REAL.has(getDomain(name) ?? '') ? 'realProvider' : null;
}

/** What speaks against the word of a list about this name, or null. Takes lower-case A-labels. */
export function doubtOfListedName(name: string): NameDoubt | null {
  if (suggestDomain(name) !== null) return 'nearMiss';
  if (SHORT_NAME.test(name)) return 'shortName';
  return CLOSED_REGISTRY.test(name) ? 'closedRegistry' : null;
}

/** Why the word of one list alone is not enough, or null where it is. */
export function faultOfLoneName(name: string): NameFault | NameDoubt | null {
  return faultOfListedName(name) ?? doubtOfListedName(name);
}

/** A name below which others register names of their own, be the registry public or a company's. */
export function isPublicSuffix(name: string): boolean {
  return getPublicSuffix(name, { allowPrivateDomains: true }) === name;
}
