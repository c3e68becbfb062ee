import { describe, expect, test } from 'vitest';
import { createWarmBounds } from '../../../edge/probe/warm-bounds.ts';

const CALLER = '192.0.2.1';

function createBounds() {
  const clock = { nowMs: 1_000_000 };
  const { admit } = createWarmBounds(() => clock.nowMs);
  let names = 0;
  /** Asks for so many new domains; returns how many are admitted. */
  const admitted = (caller: string, count: number): number =>
    Array.from({ length: count }, () => admit(caller, `d${++names}.example`)).filter(({ kind }) => kind === 'go')
      .length;
  return { clock, admit, admitted };
}

describe('a domain', () => {
  test('a domain is warmed once in a short time, for all callers together', () => {
    const { clock, admit } = createBounds();
    expect(admit(CALLER, 'firm.example')).toEqual({ kind: 'go' });
    expect(admit('192.0.2.2', 'firm.example')).toEqual({ kind: 'warm_already' });
    clock.nowMs += 20_000;
    expect(admit(CALLER, 'firm.example')).toEqual({ kind: 'go' });
  });

  test('a domain that is warm costs its caller nothing', () => {
    const { admit, admitted } = createBounds();
    admit('192.0.2.2', 'firm.example');
    for (let times = 0; times < 100; times += 1) admit(CALLER, 'firm.example');
    expect(admitted(CALLER, 30)).toBe(30);
  });
});

describe('a caller', () => {
  test('a caller may name thirty domains a minute, and is told when the next one may be named', () => {
    const { clock, admit, admitted } = createBounds();
    expect(admitted(CALLER, 40)).toBe(30);
    clock.nowMs += 12_000;
    expect(admit(CALLER, 'late.example')).toEqual({ kind: 'too_many', retryAfterSeconds: 48 });
    clock.nowMs += 48_000;
    expect(admitted(CALLER, 40)).toBe(30);
  });

  test("a caller that asks for too much does not use up the others' share", () => {
    const { admitted } = createBounds();
    admitted(CALLER, 1_000);
    expect(admitted('192.0.2.2', 30)).toBe(30);
  });
});

test('all callers together may name six hundred domains a minute', () => {
  const { clock, admitted } = createBounds();
  const callers = Array.from({ length: 30 }, (_, index) => `192.0.2.${index}`);
  const total = (): number => callers.reduce((sum, caller) => sum + admitted(caller, 30), 0);
  expect(total()).toBe(600);
  clock.nowMs += 60_000;
  expect(total()).toBe(600);
});
