import { describe, expect, test } from 'vitest';
import { createNodeBreaker } from '../../../../edge/nodes/dispatch/node-breaker.ts';

/** Seconds for which the node is away. */
function awaySeconds(why: string | 'unreached' | null): number {
  let nowMs = 0;
  const breaker = createNodeBreaker(() => nowMs);
  breaker.note('fra1', why);
  while (!breaker.admits('fra1')) nowMs += 1_000;
  return nowMs / 1_000;
}

describe('an open circuit breaker', () => {
  test.each([
    ['as long as its Retry-After says', '30', 30],
    ['for two minutes at most', '86400', 120],
    ['for a second if it says nothing', null, 1],
    ['for a second if its Retry-After cannot be read', 'Fri, 31 Dec 1999 23:59:59 GMT', 1],
    ['for five seconds if it could not be reached', 'unreached', 5],
    ['for five seconds if it was silent', 'silent', 5],
  ])('an open circuit breaker keeps a node from being asked %s', (_, why, seconds) => {
    expect(awaySeconds(why)).toBe(seconds);
  });

  test('an open circuit breaker does not affect other nodes', () => {
    const breaker = createNodeBreaker(() => 0);
    breaker.note('fra1', '30');
    expect(breaker.admits('ams1')).toBe(true);
  });

  test('an open circuit breaker stays open twice as long after each silent trial, two minutes at most, until the node is heard', () => {
    let nowMs = 0;
    const breaker = createNodeBreaker(() => nowMs);
    const silentSeconds = (): number => {
      const startMs = nowMs;
      // Its concurrent callers hear nothing either.
      for (let asker = 0; asker < 3; asker += 1) breaker.note('fra1', 'silent');
      while (!breaker.admits('fra1')) nowMs += 1_000;
      return (nowMs - startMs) / 1_000;
    };
    expect(Array.from({ length: 7 }, silentSeconds)).toEqual([5, 10, 20, 40, 80, 120, 120]);
    breaker.noteHeard('fra1');
    expect(silentSeconds()).toBe(5);
  });

  test('a half-open circuit breaker admits one request, until it has heard the node or run out of time', () => {
    let nowMs = 0;
    const breaker = createNodeBreaker(() => nowMs);
    const admitted = (): number => [1, 2, 3].filter(() => breaker.admits('fra1')).length;
    breaker.note('fra1', 'silent');
    expect(admitted()).toBe(0);
    nowMs += 5_000;
    expect([admitted(), admitted()]).toEqual([1, 0]);
    breaker.noteHeard('fra1');
    expect(admitted()).toBe(3);
    breaker.note('fra1', 'silent');
    nowMs += 5_000;
    // The caller of the trial was aborted and reports nothing.
    expect(admitted()).toBe(1);
    nowMs += 4_000;
    expect(admitted()).toBe(1);
  });
});
