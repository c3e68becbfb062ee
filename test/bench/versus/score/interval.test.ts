import { describe, expect, test } from 'vitest';
import { shareOf, showShare } from '../../../../bench/versus/score/interval.ts';

describe('the Wilson interval of a share', () => {
  // Reference values: Newcombe 1998, Statistics in Medicine 17, table I, method 3.
  test.each([
    [81, 263, 0.2553, 0.3662],
    [15, 148, 0.0624, 0.1605],
    [0, 20, 0, 0.1611],
    [1, 29, 0.0061, 0.1718],
  ])('%i of %i lies between %f and %f', (count, of, low, high) => {
    const share = shareOf(count, of);
    expect(share.low).toBeCloseTo(low, 4);
    expect(share.high).toBeCloseTo(high, 4);
  });

  test('mirrors at the middle', () => {
    const [few, many] = [shareOf(3, 40), shareOf(37, 40)];
    expect(many.low).toBeCloseTo(1 - few.high, 10);
    expect(many.high).toBeCloseTo(1 - few.low, 10);
  });

  test('of nothing says nothing', () => {
    expect(shareOf(0, 0)).toEqual({ count: 0, of: 0, low: 0, high: 1 });
  });

  test('is shown in whole percent', () => {
    expect(showShare(shareOf(81, 263))).toBe('81 (26–37 %)');
  });
});
