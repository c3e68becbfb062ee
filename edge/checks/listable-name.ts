/**
 * Which names may stand on a list of throw-away domains at all, whoever made the list.
 *
 * Every list errs, and a name that is wrong there flags everybody below it: a public suffix whose names have owners of
 * their own, a suffix under which nobody registers for an hour (edu, gov, …), a real mail provider, a site that
 * everybody knows. Used where the compiled set is built, where an overlay is taken and where a domain is marked
 * (edge/domains). Pure; it brings the public suffix list with it.
 */
import { getDomain, getPublicSuffix } from 'tldts';
import { NEVER_DISPOSABLE } from './data/never-disposable.ts';
import { LISTED_LABELS_MAX } from './disposable.ts';
import { freeDomains } from './free.ts';

export const NAME_FAULTS = ['tooManyLabels', 'publicSuffix', 'guarded', 'realProvider'] as const;
export type NameFault = (typeof NAME_FAULTS)[number];

/** Suffixes whose registries give names to nobody who would throw them away. */
const GUARDED =
  /(^|\.)(edu|gov|mil|int|arpa|(gov|gob|gouv|mil)\.[a-z]{2}|(ac|sch|nhs)\.uk|edu\.(au|cn|co|hk|it|my|sg|tr|tw)|ac\.(ae|il|in|jp|kr|nz|th|za))$/;

/** Real providers and the allow list. */
const REAL: ReadonlySet<string> = new Set([...freeDomains(), ...NEVER_DISPOSABLE.split(' ')]);

/** Why the name may not be listed, or null where it may. Takes lower-case A-labels. */
export function faultOfListedName(name: string): NameFault | null {
  if (name.split('.').length > LISTED_LABELS_MAX) return 'tooManyLabels';
  if (isPublicSuffix(name)) return 'publicSuffix';
  if (GUARDED.test(name)) return 'guarded';
  return REAL.has(name) || REAL.has(getDomain(name) ?? '') ? 'realProvider' : null;
}

/** A name below which others register names of their own, be the registry public or a company's. */
export function isPublicSuffix(name: string): boolean {
  return getPublicSuffix(name, { allowPrivateDomains: true }) === name;
}
