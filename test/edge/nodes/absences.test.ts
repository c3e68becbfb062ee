import { describe, expect, test } from 'vitest';
import { createAbsences } from '../../../edge/nodes/absences.ts';

/** Seconds for which the node is away. */
function awaySeconds(why: string | 'unreached' | null): number {
  let nowMs = 0;
  const absences = createAbsences(() => nowMs);
  absences.note('fra1', why);
  while (absences.isAway('fra1')) nowMs += 1_000;
  return nowMs / 1_000;
}

describe('a node is not asked', () => {
  test.each([
    ['as long as its Retry-After says', '30', 30],
    ['for two minutes at most', '86400', 120],
    ['for a second where it says nothing', null, 1],
    ['for a second where what it says cannot be read', 'Fri, 31 Dec 1999 23:59:59 GMT', 1],
    ['for five seconds where it could not be reached', 'unreached', 5],
  ])('%s', (_, why, seconds) => {
    expect(awaySeconds(why)).toBe(seconds);
  });

  test('and others are', () => {
    const absences = createAbsences(() => 0);
    absences.note('fra1', '30');
    expect(absences.isAway('ams1')).toBe(false);
  });
});
