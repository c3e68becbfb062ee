/**
 * Names of fields and parameters that are nearly one of ours. A caller who writes `max_agee` would get old verdicts and never
 * learn why, so the request is refused, and the answer names the field that may be meant.
 *
 * Names that resemble none of ours are ignored: links carry `utm_source`, browsers add `_` against caches, and a client may
 * be newer than this edge.
 */
import { Problem } from '../../shared/problem.ts';
import { slipCost } from '../checks/typo-distance.ts';

/** The highest typo distance that counts as a slip: one slip of a finger, or two in a long name. */
const COST_MAX = 1.1;
const COST_MAX_PER_LETTER = 0.2;
/** Bounds: a longer name is no slip of one of ours, and names beyond the first so many are not compared. */
const NAME_LENGTH_MAX = 20;
const NAMES_MAX = 50;

/** Throws an `invalid_request` for the first name that is nearly a known one. */
export function refuseSlips(given: Iterable<string>, known: readonly string[]): void {
  let left = NAMES_MAX;
  for (const name of given) {
    left -= 1;
    if (left < 0) return;
    if (known.includes(name) || name.length > NAME_LENGTH_MAX) continue;
    const meant = known.find((one) => isSlipOf(lettersOf(name), lettersOf(one)));
    if (meant === undefined) continue;
    const detail = `is not known here; ${meant} may be meant`;
    throw new Problem('invalid_request', {
      detail: `${name}: ${detail}.`,
      errors: [{ field: name, rule: 'unknown', detail }],
    });
  }
}

function isSlipOf(typed: string, meant: string): boolean {
  return slipCost(typed, meant) <= Math.max(COST_MAX, meant.length * COST_MAX_PER_LETTER);
}

/** `maxAge` and `max-age` are `max_age` in the habits of others. */
function lettersOf(name: string): string {
  return name.toLowerCase().replaceAll(/[-_]/g, '');
}
