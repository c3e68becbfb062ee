/**
 * Names that no list of disposable domains may hold, and names that raise a doubt.
 *
 * Every list errs, and a wrong name flags everybody below it: a public suffix with owners of its own below it, a
 * restricted suffix that sells nothing for an hour (edu, gov, …), a real mail provider, a popular site. These faults
 * hold against any number of lists. A doubt is weaker: the build weighs it against the lists
 * (scripts/disposable-evidence.ts), but against one live list alone it is enough. Pure.
 */
import { NEVER_DISPOSABLE, SHARED_PARENTS } from './data/never-disposable.ts';
import { POPULAR_DOMAINS } from './data/popular-domains.ts';
import { LISTED_LABELS_MAX } from './disposable.ts';
import { freeDomains } from './free.ts';
import type { PublicSuffixes } from './public-suffix.ts';
import { suggestDomain } from './typo.ts';

export const NAME_FAULTS = ['tooManyLabels', 'publicSuffix', 'guarded', 'sharedParent', 'realProvider'] as const;
export type NameFault = (typeof NAME_FAULTS)[number];

const NAME_DOUBTS = ['nearMiss', 'shortName', 'closedRegistry'] as const;
export type NameDoubt = (typeof NAME_DOUBTS)[number];

/** Suffixes whose registries do not sell to the public, so that their names are never disposable. */
const GUARDED =
  /(^|\.)(edu|gov|mil|int|arpa|(gov|gob|gouv|mil)\.[a-z]{2}|(ac|sch|nhs)\.uk|edu\.(au|cn|co|hk|it|my|sg|tr|tw)|ac\.(ae|il|in|jp|kr|nz|th|za))$/;

/** Suffixes whose registries require a registered company, a society or a trade mark. */
const CLOSED_REGISTRY =
  /\.(com\.au|net\.au|org\.au|asn\.au|co\.jp|or\.jp|ne\.jp|com\.hk|com\.my|com\.sg|ltd\.uk|plc\.uk|no|aero|bank|coop|insurance|museum|post|pharmacy)$/;

/** A name of three letters or fewer under an old suffix is worth thousands, too much to be burnt. */
const SHORT_NAME = /^[a-z]{1,3}\.(com|net|org)$/;

/** Real providers, popular sites and the allow list. */
const REAL: ReadonlySet<string> = new Set([...freeDomains(), ...NEVER_DISPOSABLE, ...POPULAR_DOMAINS.split(' ')]);
const SHARED: ReadonlySet<string> = new Set(SHARED_PARENTS);

/** The fault of the name, or null if it may be listed. Takes lower-case A-labels. */
export function faultOfListedName(name: string, suffixes: PublicSuffixes): NameFault | null {
  if (name.split('.').length > LISTED_LABELS_MAX) return 'tooManyLabels';
  if (suffixes.isPublicSuffix(name)) return 'publicSuffix';
  if (GUARDED.test(name)) return 'guarded';
  if (SHARED.has(name)) return 'sharedParent';
  return REAL.has(name) || REAL.has(suffixes.registrableDomainOf(name) ?? '') ? 'realProvider' : null;
}

/** The doubt about a listed name, or null. Takes lower-case A-labels. */
export function doubtOfListedName(name: string): NameDoubt | null {
  if (suggestDomain(name) !== null) return 'nearMiss';
  if (SHORT_NAME.test(name)) return 'shortName';
  return CLOSED_REGISTRY.test(name) ? 'closedRegistry' : null;
}

/** The reason why a single list is not enough evidence for this name, or null if it is. */
export function faultOfLoneName(name: string, suffixes: PublicSuffixes): NameFault | NameDoubt | null {
  return faultOfListedName(name, suffixes) ?? doubtOfListedName(name);
}
