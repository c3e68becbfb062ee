import { describe, expect, test } from 'vitest';
import { retryHintSeconds } from '../../../shared/replies/retry-hint.ts';

function hintOf(text: string, code = 450): number | null {
  return retryHintSeconds({ code, enhanced: null, text });
}

describe('the time that a server asks for', () => {
  test.each([
    ['Greylisted for 5 minutes, see the help page', 300],
    ['Greylisted, please try again in 300 seconds', 300],
    ['Please try again in 60s', 60],
    ['Try again after 2 hours', 7_200],
    ['Try again in 1 hour', 3_600],
    ['retry in 2 hrs', 7_200],
    ['Please wait 10 min', 600],
    ['Come back in 15 mins', 900],
    ['Retry within 4 h', 14_400],
    ['wait at least 120 secs', 120],
    ['try again in about 5 minutes', 300],
    ['You are greylisted: 299 seconds left', 299],
    ['TRY AGAIN IN 5 MINUTES', 300],
    ['blocked\ntry again in 30 seconds', 30],
    ['come back in 24 hours', 86_400],
    ['Greylisted, try again in 00:05:00', 300],
  ])('the time that a server asks for in %j is %i s', (text, seconds) => {
    expect(hintOf(text)).toBe(seconds);
  });

  test.each([
    '',
    'Greylisted',
    'Try again later',
    'Try again in 0 seconds',
    'Try again in 25 hours',
    'Try again in 100000 seconds',
    'Try again in 1 month',
    'Try again in 3 days',
    'Client 192.0.2.5 has sent 20 messages',
    'Too many connections: 5 maximum',
  ])('the time that a server asks for is not known from %j', (text) => {
    expect(hintOf(text)).toBeNull();
  });

  test.each([250, 550, 554])(
    'the time that a server asks for is not looked for in a reply %i, which is no "later"',
    (code) => {
      expect(hintOf('try again in 5 minutes', code)).toBeNull();
    },
  );

  test('the time that a server asks for is found in time that does not grow with the reply beyond its length', () => {
    expect(hintOf(`${'in 5 '.repeat(400)}${'9'.repeat(2_000)}`)).toBeNull();
  });
});
