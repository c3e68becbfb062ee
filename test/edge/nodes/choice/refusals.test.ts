import { describe, expect, test } from 'vitest';
import { createRefusals, type Refusals } from '../../../../edge/nodes/choice/refusals.ts';

const MINUTE_MS = 60_000;

function atHand(): { readonly refusals: Refusals; readonly advance: (ms: number) => void } {
  let nowMs = 1_000_000;
  const advance = (ms: number): void => {
    nowMs += ms;
  };
  return { refusals: createRefusals(() => nowMs), advance };
}

describe('a refusal', () => {
  test('a refusal counts for this node and this provider only', () => {
    const { refusals } = atHand();
    refusals.note('fra1', 'google', 'gmail.com');
    const asked = [
      ['fra1', 'google'],
      ['fra1', 'yahoo'],
      ['ams1', 'google'],
    ] as const;
    expect(asked.map(([node, provider]) => refusals.isRefused(node, provider))).toEqual([true, false, false]);
  });

  test('a refusal counts for ten minutes', () => {
    const { refusals, advance } = atHand();
    refusals.note('fra1', 'google', 'gmail.com');
    advance(10 * MINUTE_MS - 1);
    expect(refusals.isRefused('fra1', 'google')).toBe(true);
    advance(1);
    expect(refusals.isRefused('fra1', 'google')).toBe(false);
  });

  test('a refusal counts from the last time', () => {
    const { refusals, advance } = atHand();
    refusals.note('fra1', 'google', 'gmail.com');
    advance(9 * MINUTE_MS);
    refusals.note('fra1', 'google', 'gmail.com');
    advance(9 * MINUTE_MS);
    expect(refusals.isRefused('fra1', 'google')).toBe(true);
  });

  test("a refusal that another owner's domain has caused does not affect a provider's other domains", () => {
    const { refusals } = atHand();
    for (let index = 0; index < 50; index += 1) refusals.note('fra1', 'google', `part${index}.evil.example`);
    expect(refusals.isRefused('fra1', 'google')).toBe(false);
    refusals.note('fra1', 'google', 'firm.example');
    expect(refusals.isRefused('fra1', 'google')).toBe(false);
    refusals.note('fra1', 'google', 'company.example');
    expect(refusals.isRefused('fra1', 'google')).toBe(true);
  });

  test('a refusal is known to its own isolate only', () => {
    atHand().refusals.note('fra1', 'google', 'gmail.com');
    expect(atHand().refusals.isRefused('fra1', 'google')).toBe(false);
  });
});

describe('more refusals than are kept', () => {
  test('the oldest refusal is dropped first if there are more than are kept', () => {
    const { refusals } = atHand();
    for (let index = 0; index <= 2_000; index += 1) refusals.note('fra1', `mx${index}.example`, 'firm.example');
    expect([0, 1, 2_000].map((index) => refusals.isRefused('fra1', `mx${index}.example`))).toEqual([false, true, true]);
  });

  test('a refusal that was noted again is no longer the oldest', () => {
    const { refusals } = atHand();
    for (let index = 0; index < 2_000; index += 1) refusals.note('fra1', `mx${index}.example`, 'firm.example');
    refusals.note('fra1', 'mx1.example', 'firm.example');
    for (const host of ['new.example', 'newer.example']) refusals.note('fra1', host, 'firm.example');
    const hosts = ['mx0.example', 'mx1.example', 'mx2.example'];
    expect(hosts.map((host) => refusals.isRefused('fra1', host))).toEqual([false, true, false]);
  });
});
