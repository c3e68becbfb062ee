/**
 * The bounce rate that is to be expected of a list, before it is cleaned and after. The formula and its assumptions are in
 * docs/LISTS.md, for those who must defend a figure. Pure.
 *
 * before = (invalid + p · undecided) / distinct
 * after  = (q · deliverable + p · kept) / (deliverable + kept)
 *
 * p: share of `invalid` among the decided addresses (`invalid`, `deliverable`) of the list, taken for each provider that has
 * DECIDED_MIN of them and over the whole list otherwise. q: share of `deliverable` addresses that bounce all the same.
 * `kept`: risky addresses that are mailed too. The bounds use Wilson's 95 % interval of p (Wilson 1927).
 */
import type { Reason, Verdict } from '../../shared/verdict.ts';

/** Decided addresses that an estimate needs, of the list and of a provider alike. */
const DECIDED_MIN = 200;
/** Share of `deliverable` addresses that bounce all the same: mailboxes that are closed or filled in the meantime. */
const DELIVERABLE_BOUNCES = 0.005;
/** Of a normal distribution: 95 % lie within. */
const Z_95 = 1.96;

/** Addresses of one provider by what is known of them. */
export type ProviderCounts = {
  readonly distinct: number;
  readonly byVerdict: Readonly<Record<Verdict, number>>;
  readonly byReason: Readonly<Partial<Record<Reason, number>>>;
};

export type ExpectedBounceRate = {
  /** Shares from 0 to 1. */
  readonly before: number;
  readonly after: number;
  /** Bounds of `before`. */
  readonly low: number;
  readonly high: number;
  /** Whether `after` is under two in a hundred, beyond which providers begin to refuse a sender. */
  readonly is_under_2_percent: boolean;
  /** Formula and assumptions in one sentence. */
  readonly method: string;
};

const METHOD =
  'before = (invalid + p * undecided) / distinct; after = (0.5 % of deliverable + p of the risky that are kept) / mailed; ' +
  'p = invalid / (invalid + deliverable) of this list, by provider where 200 addresses are decided; it assumes that ' +
  'undecided addresses are like decided ones of the same provider.';

/**
 * The estimate, or null while fewer than DECIDED_MIN addresses are decided.
 *
 * @param kept reasons of `risky` whose addresses are mailed as well
 */
export function expectedBounceRate(
  providers: readonly ProviderCounts[],
  kept: ReadonlySet<Reason> = new Set(),
): ExpectedBounceRate | null {
  const whole = decidedOf(providers);
  const distinct = sumOf(providers, (counts) => counts.distinct);
  if (whole.total < DECIDED_MIN || distinct === 0) return null;
  const shareOf = (counts: ProviderCounts): Interval => {
    const own = decidedOf([counts]);
    return wilson(own.total >= DECIDED_MIN ? own : whole);
  };
  const bounces = { middle: 0, low: 0, high: 0 };
  let mailed = 0;
  let mailedBounces = 0;
  for (const counts of providers) {
    const { byVerdict, byReason } = counts;
    const { invalid, deliverable } = byVerdict;
    const undecided = counts.distinct - invalid - deliverable;
    const share = shareOf(counts);
    bounces.middle += invalid + share.middle * undecided;
    bounces.low += invalid + share.low * undecided;
    bounces.high += invalid + share.high * undecided;
    const keptHere = [...kept].reduce((sum, reason) => sum + (byReason[reason] ?? 0), 0);
    mailed += deliverable + keptHere;
    mailedBounces += DELIVERABLE_BOUNCES * deliverable + share.middle * keptHere;
  }
  const after = mailed === 0 ? 0 : mailedBounces / mailed;
  return {
    before: rounded(bounces.middle / distinct),
    after: rounded(after),
    low: rounded(bounces.low / distinct),
    high: rounded(bounces.high / distinct),
    is_under_2_percent: after < 0.02,
    method: METHOD,
  };
}

type Decided = { readonly invalid: number; readonly total: number };

function decidedOf(providers: readonly ProviderCounts[]): Decided {
  const invalid = sumOf(providers, ({ byVerdict }) => byVerdict.invalid);
  return { invalid, total: invalid + sumOf(providers, ({ byVerdict }) => byVerdict.deliverable) };
}

type Interval = { readonly middle: number; readonly low: number; readonly high: number };

function wilson({ invalid, total }: Decided): Interval {
  const share = invalid / total;
  const z2 = Z_95 ** 2 / total;
  const centre = (share + z2 / 2) / (1 + z2);
  const half = (Z_95 * Math.sqrt((share * (1 - share)) / total + z2 / (4 * total))) / (1 + z2);
  return { middle: share, low: Math.max(0, centre - half), high: Math.min(1, centre + half) };
}

function sumOf(providers: readonly ProviderCounts[], count: (counts: ProviderCounts) => number): number {
  return providers.reduce((sum, counts) => sum + count(counts), 0);
}

/** Four places: a hundredth of a percent. */
function rounded(share: number): number {
  return Math.round(share * 10_000) / 10_000;
}
