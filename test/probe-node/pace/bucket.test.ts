import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { refill, take, waitMs } from '../../../probe-node/pace/bucket.ts';

const RATE = { perSecond: 2, burst: 10 };
const full = ({ burst }: { readonly burst: number }, atMs: number) => ({ tokens: burst, atMs });

describe('a bucket', () => {
  test('a bucket holds what may be taken at once', () => {
    const bucket = full(RATE, 0);
    expect(waitMs(bucket, RATE, 10, 0)).toBe(0);
    expect(take(bucket, RATE, 10, 0)).toEqual({ tokens: 0, atMs: 0 });
  });

  test('a bucket refills with time and no further than its burst', () => {
    const empty = take(full(RATE, 0), RATE, 10, 0);
    expect(refill(empty, RATE, 1_500).tokens).toBe(3);
    expect(refill(empty, RATE, 3_600_000).tokens).toBe(10);
  });

  test('a bucket runs into debt, and the debt is the wait', () => {
    const indebted = take(full(RATE, 0), RATE, 13, 0);
    expect(indebted.tokens).toBe(-3);
    expect(waitMs(indebted, RATE, 1, 0)).toBe(2_000);
    expect(waitMs(indebted, RATE, 1, 2_000)).toBe(0);
  });

  test('a bucket gains nothing from a clock that runs backwards', () => {
    const bucket = take(full(RATE, 1_000), RATE, 10, 1_000);
    expect(refill(bucket, RATE, 0).tokens).toBe(0);
  });

  test('a bucket gives no more than its burst and its rate over any time, however it is taken', () => {
    const step = fc.record({ afterMs: fc.nat(5_000), count: fc.integer({ min: 1, max: 5 }) });
    const property = fc.property(fc.array(step, { maxLength: 50 }), (steps) => {
      let nowMs = 0;
      let bucket = full(RATE, nowMs);
      let given = 0;
      for (const { afterMs, count } of steps) {
        nowMs += afterMs;
        if (waitMs(bucket, RATE, count, nowMs) > 0) continue;
        bucket = take(bucket, RATE, count, nowMs);
        given += count;
      }
      expect(given).toBeLessThanOrEqual(RATE.burst + (RATE.perSecond * nowMs) / 1000 + 1e-6);
    });
    fc.assert(property, { numRuns: 500 });
  });

  test('a bucket is never waited for in vain: after the wait there is enough', () => {
    const property = fc.property(fc.integer({ min: 1, max: 10 }), fc.nat(10_000), (count, nowMs) => {
      const bucket = take(full(RATE, 0), RATE, 10, 0);
      const pauseMs = waitMs(bucket, RATE, count, nowMs);
      expect(waitMs(bucket, RATE, count, nowMs + pauseMs)).toBeLessThan(1e-6);
    });
    fc.assert(property, { numRuns: 500 });
  });
});
