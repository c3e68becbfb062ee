import { describe, expect, test } from 'vitest';
import { lifeSeconds, mayReplace } from '../../../edge/memory/freshness.ts';
import { REASON_NAMES, REASONS, type Reason } from '../../../shared/verdict.ts';

const DAY_SECONDS = 86_400;
/** What KV can hold at the least. */
const KV_TTL_SECONDS_MIN = 60;

function reasonsOf(verdict: string): readonly Reason[] {
  return REASON_NAMES.filter((reason) => REASONS[reason].verdict === verdict);
}

describe('the life of a verdict', () => {
  test.each<[Reason, number]>([
    ['accepted', 31],
    ['role', 31],
    ['catch_all', 7],
    ['mailbox_not_found', 3],
    ['mailbox_disabled', 3],
    ['mailbox_full', 1],
    ['needs_smtputf8', 1],
  ])('%s is %i days, whether somebody waited for it or not', (reason, days) => {
    expect([lifeSeconds(reason, false), lifeSeconds(reason, true)]).toEqual([days * DAY_SECONDS, days * DAY_SECONDS]);
  });

  test('a no lives shorter than a yes: a mailbox may be made any day', () => {
    expect(lifeSeconds('mailbox_not_found', false)).toBeLessThan(lifeSeconds('accepted', false));
  });

  test('what is not known for sure is asked again within the hour', () => {
    expect(lifeSeconds('unconfirmed', false)).toBe(3_600);
  });

  test.each(reasonsOf('unknown'))('%s is a state of the moment: remembered only for who was told pending', (reason) => {
    expect(lifeSeconds(reason, false)).toBe(0);
    expect(lifeSeconds(reason, true)).toBe(120);
  });

  test.each(['syntax', 'no_domain', 'no_mx', 'null_mx', 'disposable', 'unverifiable'] as const)(
    '%s is not remembered: it costs no mail server to find again',
    (reason) => {
      expect([lifeSeconds(reason, false), lifeSeconds(reason, true)]).toEqual([0, 0]);
    },
  );

  test.each(REASON_NAMES)('%s is nothing, or no shorter than KV can hold', (reason) => {
    for (const wasPending of [false, true]) {
      const seconds = lifeSeconds(reason, wasPending);
      expect(seconds === 0 || seconds >= KV_TTL_SECONDS_MIN).toBe(true);
      expect(Number.isSafeInteger(seconds)).toBe(true);
    }
  });
});

describe('a verdict in the place of one that is remembered', () => {
  const shrugs = reasonsOf('unknown');
  const answers = REASON_NAMES.filter((reason) => !shrugs.includes(reason) && reason !== 'unconfirmed');

  test.each(shrugs)('%s undoes no answer, but another state of the moment', (shrug) => {
    for (const answer of [...answers, 'unconfirmed' as const]) expect(mayReplace(shrug, answer)).toBe(false);
    for (const other of shrugs) expect(mayReplace(shrug, other)).toBe(true);
  });

  test.each(answers)('%s replaces whatever was there', (answer) => {
    for (const before of REASON_NAMES) expect(mayReplace(answer, before)).toBe(true);
  });

  test('unconfirmed replaces states of the moment and itself, and no better answer', () => {
    for (const before of [...shrugs, 'unconfirmed' as const]) expect(mayReplace('unconfirmed', before)).toBe(true);
    for (const before of answers) expect(mayReplace('unconfirmed', before)).toBe(false);
  });
});
