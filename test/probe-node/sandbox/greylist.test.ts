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
  test('lets a pair in when it returns after the delay', () => {
    const { clock, greylist } = greylistWithClock();
    expect(greylist.lets(SENDER, ADA, true)).toBe(false);
    clock.advance(DELAY_MS);
    expect(greylist.lets(SENDER, ADA, true)).toBe(true);
  });

  test('counts the delay from the first attempt, not from the last', () => {
    const { clock, greylist } = greylistWithClock();
    greylist.lets(SENDER, ADA, true);
    clock.advance(DELAY_MS - 1);
    expect(greylist.lets(SENDER, ADA, true)).toBe(false);
    clock.advance(1);
    expect(greylist.lets(SENDER, ADA, true)).toBe(true);
  });

  test('holds each sender and each mailbox off anew', () => {
    const { clock, greylist } = greylistWithClock();
    greylist.lets(SENDER, ADA, true);
    clock.advance(DELAY_MS);
    expect(greylist.lets('other@vrfy.test', ADA, true)).toBe(false);
    expect(greylist.lets(SENDER, 'grace@greylist.test', true)).toBe(false);
  });

  test('lets names without a mailbox through only for a sender that got through before', () => {
    const { clock, greylist } = greylistWithClock();
    expect(greylist.lets(SENDER, 'x1@greylist.test', false)).toBe(false);
    greylist.lets(SENDER, ADA, true);
    clock.advance(DELAY_MS);
    expect(greylist.lets(SENDER, 'x2@greylist.test', false)).toBe(false);
    greylist.lets(SENDER, ADA, true);
    expect(greylist.lets(SENDER, 'x3@greylist.test', false)).toBe(true);
  });

  test('forgets the oldest pair rather than grow without end', () => {
    const { clock, greylist } = greylistWithClock();
    greylist.lets(SENDER, ADA, true);
    for (let at = 0; at < 10_000; at += 1) greylist.lets(SENDER, `n${at}@greylist.test`, true);
    clock.advance(DELAY_MS);
    expect(greylist.lets(SENDER, ADA, true)).toBe(false);
    expect(greylist.lets(SENDER, 'n9999@greylist.test', true)).toBe(true);
  });

  test('without a delay lets everybody through at once', () => {
    expect(createGreylist(null, () => 0).lets(SENDER, ADA, true)).toBe(true);
  });
});
