import { describe, expect, test } from 'vitest';
import { createHedging, type Hedging } from '../../../../edge/nodes/dispatch/hedging.ts';

const MINUTE_MS = 60_000;

function atHand(): { readonly hedging: Hedging; readonly advance: (ms: number) => void } {
  let nowMs = 1_000_000;
  const advance = (ms: number): void => {
    nowMs += ms;
  };
  return { hedging: createHedging(() => nowMs), advance };
}

const mayHedge = ({ hedging }: { hedging: Hedging }, domain = 'firm.example', provider = 'google'): boolean =>
  hedging.begin(domain, provider, 5_000) !== null;

describe('a question may be hedged', () => {
  test('a question may be hedged unless a second client would do harm', () => {
    const { hedging } = atHand();
    expect(hedging.begin('firm.example', 'google', null)).toBeNull();
    expect(hedging.begin('firm.example', 'google', 5_000)?.byMs).toBe(5_000);
  });

  test('a question may not be hedged about a domain that has greylisted us in the last six hours', () => {
    const world = atHand();
    world.hedging.note('firm.example', 'google', 'greylisted');
    expect([mayHedge(world), mayHedge(world, 'other.example')]).toEqual([false, true]);
    world.advance(360 * MINUTE_MS);
    expect(mayHedge(world)).toBe(true);
  });

  test('a question may not be hedged about a provider that has paced us in the last quarter of an hour', () => {
    const world = atHand();
    world.hedging.note('gmail.com', 'google', 'rate_limited');
    expect([mayHedge(world, 'other.example'), mayHedge(world, 'firm.example', 'yahoo')]).toEqual([false, true]);
    world.advance(15 * MINUTE_MS);
    expect(mayHedge(world)).toBe(true);
  });

  test("a question may be hedged about a provider whose limit another owner's domain has met, but not about that domain", () => {
    const world = atHand();
    for (let count = 0; count < 20; count += 1) world.hedging.note('evil.example', 'google', 'rate_limited');
    expect([mayHedge(world, 'other.example'), mayHedge(world, 'evil.example')]).toEqual([true, false]);
    world.hedging.note('firm.example', 'google', 'rate_limited');
    world.hedging.note('company.example', 'google', 'rate_limited');
    expect(mayHedge(world, 'other.example')).toBe(false);
  });

  test('a question may not be hedged about a domain that has greylisted us, even if it has paced us since', () => {
    const world = atHand();
    world.hedging.note('firm.example', 'google', 'greylisted');
    world.hedging.note('firm.example', 'google', 'rate_limited');
    world.advance(359 * MINUTE_MS);
    expect(mayHedge(world)).toBe(false);
  });

  test('a question may be hedged after any other outcome of others', () => {
    const world = atHand();
    for (const reason of ['accepted', 'blocked', 'timeout', 'mailbox_not_found'] as const) {
      world.hedging.note('firm.example', 'google', reason);
    }
    expect(mayHedge(world)).toBe(true);
  });
});

describe('hedges', () => {
  test('hedges are one in twenty questions, and one at the start', () => {
    const { hedging } = atHand();
    let spent = 0;
    for (let count = 0; count < 1_000; count += 1) {
      if (hedging.begin('firm.example', 'google', 5_000)?.spend() === true) spent += 1;
    }
    expect(spent).toBeGreaterThanOrEqual(50);
    expect(spent).toBeLessThanOrEqual(51);
  });

  test('hedges are saved up to a bound', () => {
    const { hedging } = atHand();
    let hedge = hedging.begin('firm.example', 'google', 5_000);
    for (let count = 0; count < 1_000; count += 1) hedge = hedging.begin('firm.example', 'google', 5_000);
    const granted = Array.from({ length: 20 }, () => hedge?.spend()).filter((isGranted) => isGranted === true);
    expect(granted).toHaveLength(10);
  });
});
