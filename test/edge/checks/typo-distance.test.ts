import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isPlainSlip, slipCost } from '../../../edge/checks/typo-distance.ts';

describe('the cost of a slip', () => {
  test('is nothing for the same word', () => {
    expect(slipCost('example', 'example')).toBe(0);
  });

  test('is lower for a neighbour key than for a key far away', () => {
    expect(slipCost('exanple', 'example')).toBeLessThan(slipCost('exaqple', 'example'));
    expect(slipCost('examplw', 'example')).toBeLessThan(slipCost('examplk', 'example'));
  });

  test('is lower for a letter typed twice than for a strange one more', () => {
    expect(slipCost('exampple', 'example')).toBeLessThan(slipCost('examqple', 'example'));
  });

  test.each([
    ['two letters swapped', 'exmaple'],
    ['a letter lost', 'exmple'],
    ['a letter too many', 'exammple'],
    ['all letters there in another order', 'elxampe'],
  ])('is about one for %s', (_, typed) => {
    expect(slipCost(typed, 'example')).toBeGreaterThanOrEqual(0.9);
    expect(slipCost(typed, 'example')).toBeLessThanOrEqual(1.1);
  });

  test('is beyond everything for words of very different length', () => {
    expect(slipCost('ex', 'example')).toBeGreaterThan(5);
  });

  test('is zero for equal words only, and never negative', () => {
    const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c', '.'), maxLength: 8 });
    fc.assert(fc.property(word, word, (typed, meant) => slipCost(typed, meant) > 0 === (typed !== meant)));
  });

  test('plain slips are swaps and doublings', () => {
    expect(['exmaple', 'exampple', 'examle'].map((typed) => isPlainSlip(typed, 'example'))).toEqual([
      true,
      true,
      false,
    ]);
    expect(isPlainSlip('leter', 'letter')).toBe(true);
  });
});
