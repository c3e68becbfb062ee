import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RecentTimes } from '../../../probe-node/edge-link/recent-times.ts';

const MINUTE_MS = 60_000;

function recentTimes(): { times: RecentTimes; advance: (ms: number) => void } {
  let nowMs = 0;
  const advance = (ms: number): void => {
    nowMs += ms;
  };
  return { times: new RecentTimes(() => nowMs), advance };
}

describe('the quantiles of recent times', () => {
  test('the quantiles of recent times are none before there is a sample', () => {
    expect(recentTimes().times.quantile(0.5)).toBeNull();
  });

  test('the quantiles of recent times tell the slow ones from the usual ones', () => {
    const { times } = recentTimes();
    for (let count = 0; count < 95; count += 1) times.note(100);
    for (let count = 0; count < 5; count += 1) times.note(4_000);
    expect(times.quantile(0.5)).toBeCloseTo(107.6, 1);
    expect(times.quantile(0.95)).toBeCloseTo(107.6, 1);
    expect(times.quantile(0.99)).toBeCloseTo(4096, 0);
  });

  test('the quantiles of recent times are never below what was measured, and at most 19 % above', () => {
    fc.assert(
      fc.property(fc.double({ min: 1, max: 900_000, noNaN: true }), (ms) => {
        const { times } = recentTimes();
        times.note(ms);
        const shown = times.quantile(0.5) ?? Number.NaN;
        expect(shown).toBeGreaterThanOrEqual(ms - 0.05);
        expect(shown).toBeLessThanOrEqual(ms * 1.19 + 0.05);
      }),
    );
  });

  test('the quantiles of recent times remember for five minutes at least and ten at most', () => {
    const { times, advance } = recentTimes();
    times.note(50);
    advance(9 * MINUTE_MS);
    expect(times.quantile(0.5)).not.toBeNull();
    advance(MINUTE_MS);
    expect(times.quantile(0.5)).toBeNull();
  });
});
