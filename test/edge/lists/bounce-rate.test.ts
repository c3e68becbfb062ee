import { describe, expect, test } from 'vitest';
import { expectedBounceRate, type ProviderCounts } from '../../../edge/lists/bounce-rate.ts';
import type { Verdict } from '../../../shared/verdict.ts';

function counts(byVerdict: Partial<Record<Verdict, number>>, undecided = 0, catchAll = 0): ProviderCounts {
  const whole = { deliverable: 0, invalid: 0, risky: 0, unknown: 0, ...byVerdict };
  const known = whole.deliverable + whole.invalid + whole.risky + whole.unknown;
  return { distinct: known + undecided, byVerdict: whole, byReason: { catch_all: catchAll } };
}

describe('the expected bounce rate', () => {
  test('is not told before 200 addresses are decided', () => {
    expect(expectedBounceRate([counts({ deliverable: 199 }, 1_000)])).toBeNull();
    expect(expectedBounceRate([counts({ deliverable: 200 }, 1_000)])).not.toBeNull();
    expect(expectedBounceRate([])).toBeNull();
  });

  test('before a list is cleaned is what is invalid, and the share of it among what is open', () => {
    // p = 100 / 1000; (100 + 0.1 * 1000) / 2000
    expect(expectedBounceRate([counts({ deliverable: 900, invalid: 100 }, 1_000)])).toMatchObject({ before: 0.1 });
    // Risky and unknown addresses are undecided as well.
    const all = [counts({ deliverable: 900, invalid: 100, risky: 500, unknown: 500 })];
    expect(expectedBounceRate(all)).toMatchObject({ before: 0.1 });
  });

  test('after it is cleaned is half a percent, and is said to be under two', () => {
    const rate = expectedBounceRate([counts({ deliverable: 900, invalid: 100 }, 1_000)]);
    expect(rate).toMatchObject({ after: 0.005, is_under_2_percent: true });
  });

  test('after it is cleaned grows with the risky that are kept', () => {
    const list = [counts({ deliverable: 500, invalid: 500, risky: 500 }, 0, 500)];
    // (0.005 * 500 + 0.5 * 500) / 1000
    expect(expectedBounceRate(list, new Set(['catch_all']))).toMatchObject({
      after: 0.2525,
      is_under_2_percent: false,
    });
  });

  test('a provider of 200 decided addresses is estimated by its own, and one of fewer by the whole list', () => {
    const bad = counts({ deliverable: 100, invalid: 100 }, 100);
    const good = counts({ deliverable: 199 }, 100);
    // 100 + 0.5 * 100 of the first; 100/399 * 100 of the second
    const before = (150 + (100 / 399) * 100) / 599;
    expect(expectedBounceRate([bad, good])?.before).toBeCloseTo(before, 3);
  });

  test('its bounds lie around it, and the closer the more is decided', () => {
    const width = (factor: number): number => {
      const rate = expectedBounceRate([counts({ deliverable: 180 * factor, invalid: 20 * factor }, 1_000 * factor)]);
      if (rate === null) throw new Error('it is told');
      expect(rate.low).toBeLessThan(rate.before);
      expect(rate.high).toBeGreaterThan(rate.before);
      return rate.high - rate.low;
    };
    expect(width(100)).toBeLessThan(width(1) / 5);
  });

  test('of a list without anything to mail is none', () => {
    expect(expectedBounceRate([counts({ invalid: 300 })])).toMatchObject({ before: 1, after: 0 });
  });
});
