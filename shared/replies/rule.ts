/**
 * What a rule row is, and the small notation its phrases are written in.
 *
 * A row says: a reply that meets these conditions has this class. The rows themselves are data (rules.ts and rules/),
 * reading them is classify.ts. All conditions given must hold; one that is left out holds always. A row can never
 * break the laws of classify.ts, whatever it says: rows that would are passed over.
 */
import { once } from '../once.ts';
import type { ReplyClass } from './classes.ts';
import type { Quote, Stage } from './reply.ts';
import { foldText } from './wording.ts';

/** One that is written as phrases is made when it is first asked for: all of them at once would be a part of every start. */
export type Pattern = RegExp | (() => RegExp);

export type RuleRow = {
  /** Stable, kebab-case, unique; shown to people and kept in stored verdicts. */
  readonly id: string;
  /** Id of shared/providers.ts whose replies the row is about, or null for a wording that servers share. */
  readonly provider: string | null;
  /** True where the wording alone betrays the provider: the row then counts for whoever answers. */
  readonly isSigned?: boolean;
  /** Stages at which the row counts; left out: all. */
  readonly stages?: readonly Stage[];
  /** Reply codes, whole (`552`) or by their first digit (`4`). */
  readonly codes: readonly number[];
  /** RFC 3463 status by subject and detail, without the class digit: `1.1`, a whole subject `1`, or `7.606-649`. */
  readonly enhanced?: readonly string[];
  /** Tested against the words of shared/replies/wording.ts. */
  readonly text?: Pattern;
  /** Words that must not occur, where `text` alone would say too much. */
  readonly unless?: Pattern;
  /** Tested against the URLs of the reply. */
  readonly url?: Pattern;
  /** What of ours the reply must name, and not the recipient. */
  readonly names?: Exclude<Quote, 'recipient'>;
  readonly class: ReplyClass;
  /** One reply that the row is for, as a server sends it, in our own words where no document gives it. */
  readonly sample: string;
  /** Document, server or observation that the row comes from. */
  readonly source: string;
  /** Month in which the source was last looked at. */
  readonly seen: string;
};

/** Longest stretch, in units, that the `~` of a phrase may skip; it never leaves its sentence. */
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
