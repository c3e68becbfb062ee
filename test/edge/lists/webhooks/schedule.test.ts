import { describe, expect, test } from 'vitest';
import { nextAttempt } from '../../../../edge/lists/webhooks/schedule.ts';

const HOUR_MS = 3_600_000;

/** Times of all attempts of a webhook that nobody takes, in milliseconds since the first. */
function attemptsOf(lateMs = 0): readonly number[] {
  const attempts: number[] = [];
  let nowMs = 1_000_000;
  const firstAtMs = nowMs;
  for (;;) {
    const atMs = nextAttempt({ count: attempts.length, firstAtMs }, nowMs);
    if (atMs === null) return attempts;
    nowMs = atMs + lateMs;
    attempts.push(nowMs - firstAtMs);
  }
}

describe('a webhook that is not taken', () => {
  test('is tried at once, ever more rarely, and for the last time a day later', () => {
    const attempts = attemptsOf();
    expect(attempts.slice(0, 3)).toEqual([0, 5_000, 300_000]);
    expect([attempts.length, attempts.at(-1)]).toEqual([10, 24 * HOUR_MS]);
    expect(attempts).toEqual([...attempts].sort((a, b) => a - b));
  });

  test('is tried as often by an alarm that is late', () => {
    expect(attemptsOf(2_000).length).toBe(10);
  });

  test('is due at once if the process was down when it was due', () => {
    const attempts = { count: 2, firstAtMs: 0 };
    expect(nextAttempt(attempts, 3 * HOUR_MS)).toBe(3 * HOUR_MS);
    expect(nextAttempt(attempts, 24 * HOUR_MS)).toBe(24 * HOUR_MS);
  });

  test('is given up after a day, however few the attempts were', () => {
    expect(nextAttempt({ count: 1, firstAtMs: 0 }, 24 * HOUR_MS + 1)).toBeNull();
  });
});
