/**
 * A rule row, and the small notation of its phrases.
 *
 * A row says: a reply that meets these conditions has this class. The rows are data (rules.ts and rules/); classify.ts
 * applies them. All given conditions must hold; an omitted one always holds. No row can break the laws of classify.ts:
 * rows that would are passed over.
 */
import { once } from '../once.ts';
import type { ReplyClass } from './classes.ts';
import type { Quote, Stage } from './reply.ts';
import { foldText } from './wording.ts';

/** A pattern written as phrases is compiled on first use: all of them at once would lengthen every start. */
export type Pattern = RegExp | (() => RegExp);

export type RuleRow = {
  /** Stable, kebab-case, unique; shown to people and kept in stored verdicts. */
  readonly id: string;
  /** Id of shared/providers.ts for a row about that provider's replies, or null for a wording that servers share. */
  readonly provider: string | null;
  /** True if the wording alone identifies the provider: the row then counts for every host. */
  readonly isSigned?: boolean;
  /** Stages at which the row counts; omitted: all. */
  readonly stages?: readonly Stage[];
  /** Reply codes, whole (`552`) or by their first digit (`4`). */
  readonly codes: readonly number[];
  /** RFC 3463 status by subject and detail, without the class digit: `1.1`, a whole subject `1`, or `7.606-649`. */
  readonly enhanced?: readonly string[];
  /** Tested against the words of shared/replies/wording.ts. */
  readonly text?: Pattern;
  /** Words that must not occur, if `text` alone would match too much. */
  readonly unless?: Pattern;
  /** Tested against the URLs of the reply. */
  readonly url?: Pattern;
  /** The item of ours that the reply must name, without the recipient. */
  readonly names?: Exclude<Quote, 'recipient'>;
  readonly class: ReplyClass;
  /** A reply that the row is for, as a server sends it; in our own words if no document gives it. */
  readonly sample: string;
  /** Source of the row: a document, a server or an observation. */
  readonly source: string;
  /** Month in which the source was last checked. */
  readonly seen: string;
};

/** Longest gap, in units, that the `~` of a phrase may skip; it never leaves its sentence. */
const GAP_LENGTH_MAX = 48;

/**
 * One pattern out of phrases. A phrase matches whole words; `~` stands for any words of the same sentence, `|`, `(`,
 * `?` and `[^ ]` have their meaning in regular expressions, every group is a non-capturing one. Accents are folded as
 * in a wording. Matching is linear: no repetition of a phrase is unbounded, neither that of `~` nor any `{0,3}`.
 */
export function phrases(...alternatives: readonly string[]): () => RegExp {
  return once(() => patternOf(alternatives));
}

/** The pattern itself. */
export function regExpOf(pattern: Pattern): RegExp {
  return typeof pattern === 'function' ? pattern() : pattern;
}

function patternOf(alternatives: readonly string[]): RegExp {
  const source = alternatives
    .map((phrase) => foldText(phrase))
    .join('|')
    .replace(/\((?!\?)/g, '(?:')
    .replace(/\b(addr|host|ip|url|rbl)\$/g, (_, name: string) => name.toUpperCase())
    .replace(/~/g, ` (?:[^.]{0,${GAP_LENGTH_MAX}} )?`);
  return new RegExp(` (?:${source})(?= )`);
}
