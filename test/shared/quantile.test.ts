import { expect, test } from 'vitest';
import { quantile } from '../../shared/quantile.ts';

const HUNDRED = Array.from({ length: 100 }, (_, index) => 100 - index);

test.each([
  [0, 1],
  [0.5, 50],
  [0.95, 95],
  [1, 100],
])('a share of %f of 100 samples is at rank %i', (share, rank) => {
  expect(quantile(HUNDRED, share)).toBe(rank);
});

test('the samples are sorted as numbers and left as they are', () => {
  const samples = [10, 9, 100];
  expect(quantile(samples, 0.5)).toBe(10);
  expect(samples).toEqual([10, 9, 100]);
});

test('no samples have no quantile', () => {
  expect(quantile([], 0.5)).toBeNull();
});
