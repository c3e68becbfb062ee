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
  ])('another node is asked if the reply is about %s: %j', (blame, isAsked) => {
    expect(isWorthSecondOpinion(judgementOf('blocked', blame), 10_000)).toBe(isAsked);
  });

  test('another node is asked after a temporary refusal as after a permanent one', () => {
    expect(isWorthSecondOpinion(judgementOf('temporary_failure', 'us'), 10_000)).toBe(true);
  });

  test.each([
    [500, true],
    [499, false],
    [0, false],
    [-1, false],
  ])('another node is asked if there is time for it: %i ms, %j', (leftMs, isAsked) => {
    expect(isWorthSecondOpinion(BLOCKED, leftMs)).toBe(isAsked);
  });
});

describe('of two answers', () => {
  const known = REASON_NAMES.filter((reason) => REASONS[reason].verdict !== 'unknown');

  test.each(known)('of two answers, %s tells more than a refusal of either node', (reason) => {
    const telling = judgementOf(reason, 'recipient');
    expect([tellsMore(telling, BLOCKED), tellsMore(BLOCKED, telling)]).toEqual([true, false]);
  });

  test('of two answers, one about the server tells more than a refusal, and less than one about the mailbox', () => {
    const later = judgementOf('greylisted', 'server');
    expect([tellsMore(later, BLOCKED), tellsMore(BLOCKED, later)]).toEqual([true, false]);
    expect(tellsMore(judgementOf('mailbox_not_found', 'recipient'), later)).toBe(true);
  });

  test('of two answers, a missing reply tells less than a refusal', () => {
    const silence = judgementOf('timeout', null);
    expect([tellsMore(silence, BLOCKED), tellsMore(BLOCKED, silence)]).toEqual([false, true]);
  });

  test('of two answers, the first counts if both tell as much', () => {
    for (const judgement of [BLOCKED, judgementOf('accepted', 'nobody'), judgementOf('greylisted', 'server')]) {
      expect(tellsMore(judgement, judgement)).toBe(false);
    }
  });
});
