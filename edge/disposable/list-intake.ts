/**
 * Reads a third party's list of disposable domains, and decides whether to accept it. Pure.
 *
 * A list is hostile until it is measured: it may be an error page, a list of something else, empty after an accident,
 * or contain names that no list may hold. It is accepted if nearly every entry is a domain, if it has lost at most a
 * tenth of its names since it was last accepted, and if it names hardly any real provider; its wrong names are left
 * out.
 */
import { parseDomainName } from '../../shared/domain-name.ts';

/** Octets of one list: the largest well-kept ones have 4 MB. */
export const LIST_OCTETS_MAX = 8 * 1024 * 1024;
/** Names that one list may add to the compiled set. */
export const LIST_NEW_NAMES_MAX = 50_000;
/** Share of entries that may be invalid domains. */
const NO_DOMAIN_SHARE_MAX = 0.02;
/** Share of its names that a list may lose between two refreshes. */
const SHRINKAGE_SHARE_MAX = 0.1;
/** Below this many names a loss is no sign of an accident. */
const SHRINKAGE_NAMES_MIN = 20;
/**
 * Share of names that may be those of real providers, and the number that is always allowed: good lists have one in
 * 500.
 */
const REAL_SHARE_MAX = 0.01;
const REAL_NAMES_MIN = 5;

export type ListRefusal = 'empty' | 'not_a_list' | 'shrunk' | 'names_real_providers' | 'too_many_new_names';

export type Intake =
  | { readonly ok: true; readonly total: number; readonly names: readonly string[]; readonly leftOut: number }
  | { readonly ok: false; readonly refusal: ListRefusal };

export type IntakeRules = {
  /** The reason why one list is not enough evidence for a name, or null. */
  readonly faultOf: (name: string) => string | null;
  /** In the compiled set, or below a name in it. */
  readonly isKnown: (name: string) => boolean;
};

/** @param lastTotal names of the list when it was last accepted, or null */
export function takeList(text: string, lastTotal: number | null, rules: IntakeRules): Intake {
  const entries = entriesOf(text);
  if (entries === null) return { ok: false, refusal: 'not_a_list' };
  if (entries.length === 0) return { ok: false, refusal: 'empty' };
  const names = namesOf(entries);
  if (names === null) return { ok: false, refusal: 'not_a_list' };
  const isSmall = lastTotal === null || lastTotal < SHRINKAGE_NAMES_MIN;
  if (!isSmall && names.size < lastTotal * (1 - SHRINKAGE_SHARE_MAX)) return { ok: false, refusal: 'shrunk' };
  const fresh: string[] = [];
  let leftOut = 0;
  let real = 0;
  for (const name of names) {
    // Every name of the compiled set has passed this check, and most of a list is in the set.
    if (rules.isKnown(name)) continue;
    const fault = rules.faultOf(name);
    if (fault === null) fresh.push(name);
    else leftOut += 1;
    if (fault === 'realProvider') real += 1;
  }
  if (real > Math.max(REAL_NAMES_MIN, names.size * REAL_SHARE_MAX))
    return { ok: false, refusal: 'names_real_providers' };
  if (fresh.length > LIST_NEW_NAMES_MAX) return { ok: false, refusal: 'too_many_new_names' };
  return { ok: true, total: names.size, names: fresh.sort(), leftOut };
}

/**
 * The entries of a JSON array, or of a text with one domain per line and comments after `#` or `//`; null for anything
 * else.
 */
function entriesOf(text: string): readonly string[] | null {
  const start = text.trimStart();
  if (start.startsWith('[')) {
    try {
      const list: unknown = JSON.parse(start);
      return Array.isArray(list) && list.every((entry) => typeof entry === 'string') ? list : null;
    } catch {
      return null;
    }
  }
  return text
    .split(/\r?\n/)
    .map((line) => line.replace(/(?:#|\/\/).*$/, '').trim())
    .filter((line) => line !== '');
}

/**
 * The domains among the entries in A-labels, or null if too many entries are not domains. Many lists write `*.` or `@`
 * before a name.
 */
function namesOf(entries: readonly string[]): ReadonlySet<string> | null {
  const names = new Set<string>();
  let strange = 0;
  for (const entry of entries) {
    const parsed = entry.length > 255 ? null : parseDomainName(entry.trim().replace(/^(?:\*\.|\.|@)/, ''));
    if (parsed?.ok === true) names.add(parsed.ascii);
    else strange += 1;
  }
  return strange > entries.length * NO_DOMAIN_SHARE_MAX ? null : names;
}
