import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isPlainSlip, slipCost } from '../../../edge/checks/typo-distance.ts';

describe('the cost of a typo', () => {
  test('the cost of a typo is zero for the same word', () => {
    expect(slipCost('example', 'example')).toBe(0);
  });

  test('the cost of a typo is lower for a neighbouring key than for a distant one', () => {
    expect(slipCost('exanple', 'example')).toBeLessThan(slipCost('exaqple', 'example'));
    expect(slipCost('examplw', 'example')).toBeLessThan(slipCost('examplk', 'example'));
  });

  test('the cost of a typo is lower for a repeated letter than for a foreign one', () => {
    expect(slipCost('exampple', 'example')).toBeLessThan(slipCost('examqple', 'example'));
  });

  test.each([
    ['two letters swapped', 'exmaple'],
    ['a letter lost', 'exmple'],
    ['a letter too many', 'exammple'],
    ['all letters there in another order', 'elxampe'],
  ])('the cost of a typo is about one for %s', (_, typed) => {
    expect(slipCost(typed, 'example')).toBeGreaterThanOrEqual(0.9);
    expect(slipCost(typed, 'example')).toBeLessThanOrEqual(1.1);
  });

  test('the cost of a typo is beyond every limit for words of very different length', () => {
    expect(slipCost('ex', 'example')).toBeGreaterThan(5);
  });

  test('the cost of a typo is zero for equal words only, and never negative', () => {
    const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c', '.'), maxLength: 8 });
    fc.assert(fc.property(word, word, (typed, meant) => slipCost(typed, meant) > 0 === (typed !== meant)));
  });

  test('the simple typos are swaps and repeated letters', () => {
    expect(['exmaple', 'exampple', 'examle'].map((typed) => isPlainSlip(typed, 'example'))).toEqual([
      true,
      true,
      false,
    ]);
    expect(isPlainSlip('leter', 'letter')).toBe(true);
  });
});
