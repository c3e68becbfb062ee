import { describe, expect, test } from 'vitest';
import { DOCUMENTED_ADDRESSES } from '../../shared/documented-addresses.ts';
import { REASON_NAMES, REASONS } from '../../shared/verdict.ts';

describe('the documented addresses', () => {
  test('the documented addresses give every reason that there is', () => {
    const documented = new Set(DOCUMENTED_ADDRESSES.map(({ reason }) => reason));
    expect([...documented].sort()).toEqual([...REASON_NAMES].sort());
  });

  test('the documented addresses pair each reason with its verdict, also for the second ask', () => {
    for (const { reason, verdict, later } of DOCUMENTED_ADDRESSES) {
      expect(verdict).toBe(REASONS[reason].verdict);
      if (later !== undefined) expect(later.verdict).toBe(REASONS[later.reason].verdict);
    }
  });

  test('the documented addresses are each documented once', () => {
    const addresses = DOCUMENTED_ADDRESSES.map(({ address }) => address);
    expect(new Set(addresses).size).toBe(addresses.length);
  });

  test('the documented addresses are unknown at first if a second ask changes them', () => {
    for (const { later, verdict } of DOCUMENTED_ADDRESSES) if (later !== undefined) expect(verdict).toBe('unknown');
  });
});
