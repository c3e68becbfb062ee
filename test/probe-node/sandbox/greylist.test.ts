import { describe, expect, test } from 'vitest';
import { createGreylist } from '../../../probe-node/sandbox/greylist.ts';
import { manualTimers } from './manual-timers.ts';

const DELAY_MS = 2_000;
const SENDER = 'probe@vrfy.test';
const ADA = 'ada@greylist.test';

function greylistWithClock() {
  const clock = manualTimers();
  return { clock, greylist: createGreylist(DELAY_MS, clock.nowMs) };
}

describe('a greylist', () => {
  test('a greylist lets a pair in when it returns after the delay', () => {
    const { clock, greylist } = greylistWithClock();
    expect(greylist.lets(SENDER, ADA)).toBe(false);
    clock.advance(DELAY_MS);
    expect(greylist.lets(SENDER, ADA)).toBe(true);
  });

  test('a greylist counts the delay from the first attempt, not from the last', () => {
    const { clock, greylist } = greylistWithClock();
    greylist.lets(SENDER, ADA);
    clock.advance(DELAY_MS - 1);
    expect(greylist.lets(SENDER, ADA)).toBe(false);
    clock.advance(1);
    expect(greylist.lets(SENDER, ADA)).toBe(true);
  });

  test('a greylist holds each sender and each mailbox off anew', () => {
    const { clock, greylist } = greylistWithClock();
    greylist.lets(SENDER, ADA);
    clock.advance(DELAY_MS);
    expect(greylist.lets('other@vrfy.test', ADA)).toBe(false);
    expect(greylist.lets(SENDER, 'grace@greylist.test')).toBe(false);
  });

  test('a greylist holds off a name without a mailbox like any other', () => {
    const { clock, greylist } = greylistWithClock();
    greylist.lets(SENDER, ADA);
    clock.advance(DELAY_MS);
    expect([greylist.lets(SENDER, ADA), greylist.lets(SENDER, 'x1@greylist.test')]).toEqual([true, false]);
    clock.advance(DELAY_MS);
    expect([greylist.lets(SENDER, 'x1@greylist.test'), greylist.lets(SENDER, 'x2@greylist.test')]).toEqual([
      true,
      false,
    ]);
  });

  test('a greylist forgets the oldest pair rather than grow without end', () => {
    const { clock, greylist } = greylistWithClock();
    greylist.lets(SENDER, ADA);
    for (let at = 0; at < 10_000; at += 1) greylist.lets(SENDER, `n${at}@greylist.test`);
    clock.advance(DELAY_MS);
    expect(greylist.lets(SENDER, ADA)).toBe(false);
    expect(greylist.lets(SENDER, 'n9999@greylist.test')).toBe(true);
  });

  test('a greylist without a delay accepts every pair at once', () => {
    expect(createGreylist(null, () => 0).lets(SENDER, ADA)).toBe(true);
  });
});
