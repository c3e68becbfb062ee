import { describe, expect, test } from 'vitest';
import { afterDistance, afterSample, type SteadyAverage } from '../../shared/steady-average.ts';

function averageOf(samples: readonly number[]): SteadyAverage {
  const [first = 0, ...rest] = samples;
  return rest.reduce<SteadyAverage>(afterSample, afterSample(null, first));
}

describe('a steady average', () => {
  test('a steady average begins with the first sample', () => {
    expect(averageOf([37.26])).toEqual({ averageMs: 37.26, shownMs: 37.3, samples: 1 });
  });

  test('a steady average is the mean of the first samples', () => {
    expect(averageOf([10, 20, 30]).averageMs).toBeCloseTo(20);
  });

  test('a steady average shows the same figure while the average is within a fifth of it', () => {
    const { shownMs, averageMs } = averageOf([100, 110, 118, 119, 119, 119]);
    expect(averageMs).toBeGreaterThan(110);
    expect(shownMs).toBe(100);
  });

  test('a steady average shows the average anew when it has left the figure', () => {
    const { shownMs, averageMs } = averageOf([100, 160]);
    expect(shownMs).toBe(averageMs);
  });

  test('a steady average takes one lost packet for no longer way', () => {
    const { shownMs } = averageOf([...Array.from({ length: 20 }, () => 10), 1_010]);
    expect(shownMs).toBe(10);
  });

  test('a steady average follows a way that has become longer for good', () => {
    const { shownMs } = averageOf([...Array.from({ length: 20 }, () => 10), ...Array.from({ length: 60 }, () => 300)]);
    expect(shownMs).toBeGreaterThan(240);
  });
});

describe('a distance', () => {
  function distanceOf(samples: readonly number[]): number {
    const [first = 0, ...rest] = samples;
    return rest.reduce<SteadyAverage>(afterDistance, afterDistance(null, first)).shownMs;
  }

  test('a distance to servers near and far is nearer to the near ones, in whatever order they were met', () => {
    const mixed = Array.from({ length: 60 }, (_, index) => (index % 3 === 0 ? 140 : 8));
    expect(distanceOf(mixed)).toBeLessThan(35);
    expect(distanceOf(mixed.toReversed())).toBeLessThan(35);
  });

  test('a distance to servers that are all far is far', () => {
    expect(distanceOf([8, ...Array.from({ length: 200 }, () => 140)])).toBeGreaterThan(110);
  });
});
