import { describe, expect, test } from 'vitest';
import { delayInTurn, recheckDelaySeconds, spreadDelay } from '../../../edge/rechecks/schedule.ts';
import { PROVIDERS } from '../../../shared/providers.ts';
import { REASON_NAMES, type Reason } from '../../../shared/verdict.ts';

const RECHECKED: readonly Reason[] = ['greylisted', 'rate_limited', 'paced', 'temporary_failure'];

describe('an address is asked again', () => {
  test.each(RECHECKED)('an address is asked again after %s: in 5, 15 and 60 minutes, and then no more', (reason) => {
    const delays = [0, 1, 2, 3, 10].map((attempt) => recheckDelaySeconds(reason, attempt, null));
    expect(delays).toEqual([300, 900, 3_600, null, null]);
  });

  test('an address is asked again at the time that the server has named', () => {
    expect([0, 1, 2].map((attempt) => recheckDelaySeconds('greylisted', attempt, 42))).toEqual([42, 42, 42]);
  });

  test('an address is asked again no more often because the server names a time', () => {
    expect(recheckDelaySeconds('greylisted', 3, 42)).toBeNull();
  });

  test('an address is asked again no later than a queue can hold a message: 12 hours', () => {
    expect(recheckDelaySeconds('greylisted', 0, 86_400)).toBe(43_200);
  });
});

describe('the addresses of a list are asked again', () => {
  test('the addresses of a list are asked again one after the other', () => {
    expect([0, 1, 2, 999].map((position) => delayInTurn(300, position))).toEqual([300, 304, 308, 4_296]);
  });

  test('the addresses of a list are asked again at half of the pace at which the most careful provider grants sessions', () => {
    // The pretend provider of the sandbox is there to be too slow.
    const real = PROVIDERS.filter(({ mx }) => !mx.some((suffix) => suffix.endsWith('.test')));
    const perSecond = Math.min(...real.map(({ pace }) => pace.sessionsPerSecond));
    expect(delayInTurn(0, 1)).toBeGreaterThanOrEqual(2 / perSecond);
  });

  test('the addresses of a list are staggered even if the server asks for a longer pause than a queue can hold a message', () => {
    expect([0, 1, 999, 1_000].map((position) => delayInTurn(43_200, position))).toEqual([
      39_200, 39_204, 43_196, 43_200,
    ]);
  });

  test('the addresses of a list are asked again no later than a queue can hold a message, however many they are', () => {
    expect(delayInTurn(43_200, 1_000_000)).toBe(43_200);
  });
});

describe('an address is left alone', () => {
  test.each(REASON_NAMES.filter((reason) => !RECHECKED.includes(reason)))(
    'an address is not asked again after %s, with or without a hint',
    (reason) => {
      expect([recheckDelaySeconds(reason, 0, null), recheckDelaySeconds(reason, 0, 60)]).toEqual([null, null]);
    },
  );
});

describe('a recheck that our own queue has postponed', () => {
  test('a recheck that our own queue has postponed is spread over its delay again, and over a minute at least', () => {
    const delays = (seconds: number) => [0, 0.5, 0.999].map((lot) => spreadDelay('paced', seconds, lot));
    expect([delays(600), delays(10)]).toEqual([
      [600, 900, 1_200],
      [10, 40, 70],
    ]);
    expect(delays(40_000)[2]).toBe(43_200);
  });

  test('a recheck that our own queue has postponed is the only one with jitter', () => {
    for (const reason of RECHECKED) if (reason !== 'paced') expect(spreadDelay(reason, 300, 0.9)).toBe(300);
  });
});
