import { describe, expect, test } from 'vitest';
import { isWorthSecondOpinion, tellsMore } from '../../../edge/judge/second-opinion.ts';
import type { Judgement } from '../../../edge/judge/verdict.ts';
import type { Blame } from '../../../shared/replies/classes.ts';
import { REASON_NAMES, REASONS, type Reason } from '../../../shared/verdict.ts';

function judgementOf(reason: Reason, blame: Blame | null): Judgement {
  return { reason, detail: '', retryAfterSeconds: null, catchAll: null, rule: null, blame, isOurReputation: false };
}

const BLOCKED = judgementOf('blocked', 'us');

describe('another node is asked', () => {
  test.each<[Blame | null, boolean]>([
    ['us', true],
    ['server', false],
    ['recipient', false],
    ['nobody', false],
    [null, false],
  ])('where the reply is about %s: %j', (blame, isAsked) => {
    expect(isWorthSecondOpinion(judgementOf('blocked', blame), 10_000)).toBe(isAsked);
  });

  test('after a refusal for now as after one for good', () => {
    expect(isWorthSecondOpinion(judgementOf('temporary_failure', 'us'), 10_000)).toBe(true);
  });

  test.each([
    [500, true],
    [499, false],
    [0, false],
    [-1, false],
  ])('where there is time for it: %i ms, %j', (leftMs, isAsked) => {
    expect(isWorthSecondOpinion(BLOCKED, leftMs)).toBe(isAsked);
  });
});

describe('of two answers', () => {
  const known = REASON_NAMES.filter((reason) => REASONS[reason].verdict !== 'unknown');

  test.each(known)('%s tells more than a refusal, whoever was refused', (reason) => {
    const telling = judgementOf(reason, 'recipient');
    expect([tellsMore(telling, BLOCKED), tellsMore(BLOCKED, telling)]).toEqual([true, false]);
  });

  test('one about the server tells more than a refusal, and less than one about the mailbox', () => {
    const later = judgementOf('greylisted', 'server');
    expect([tellsMore(later, BLOCKED), tellsMore(BLOCKED, later)]).toEqual([true, false]);
    expect(tellsMore(judgementOf('mailbox_not_found', 'recipient'), later)).toBe(true);
  });

  test('no reply tells less than a refusal', () => {
    const silence = judgementOf('timeout', null);
    expect([tellsMore(silence, BLOCKED), tellsMore(BLOCKED, silence)]).toEqual([false, true]);
  });

  test('the first stands where both tell as much', () => {
    for (const judgement of [BLOCKED, judgementOf('accepted', 'nobody'), judgementOf('greylisted', 'server')]) {
      expect(tellsMore(judgement, judgement)).toBe(false);
    }
  });
});
