import { expect, test } from 'vitest';
import { inTime, timeAgo } from '../../shared/spoken-time.ts';

test.each([
  [0, 'now'],
  [1, 'in a second'],
  [45, 'in 45 seconds'],
  [60, 'in a minute'],
  [90, 'in 90 seconds'],
  [300, 'in 5 minutes'],
  [3_600, 'in an hour'],
  [5_400, 'in 90 minutes'],
  [18_000, 'in 5 hours'],
  [86_400, 'in a day'],
  [129_600, 'in 36 hours'],
  [604_800, 'in 7 days'],
])('%d seconds are said as "%s"', (seconds, said) => {
  expect(inTime(seconds)).toBe(said);
});

test('times in the past are said in the same words', () => {
  expect([-2, 0.4, 12, 86_400].map(timeAgo)).toEqual(['just now', 'just now', '12 seconds ago', 'a day ago']);
});
