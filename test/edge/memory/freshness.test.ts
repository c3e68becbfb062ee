import { describe, expect, test } from 'vitest';
import {
  isDnsFact,
  isDueForRefresh,
  isUsable,
  leftSeconds,
  lifeSeconds,
  mayReplace,
  retryAfterNow,
} from '../../../edge/memory/freshness.ts';
import { REASON_NAMES, REASONS, type Reason, reasonRow } from '../../../shared/verdict.ts';

const HOUR_SECONDS = 3_600;
const DAY_SECONDS = 86_400;
const NOW_MS = Date.UTC(2026, 0, 1);

/** When that was, so many seconds before now. */
function ago(seconds: number): string {
  return new Date(NOW_MS - seconds * 1000).toISOString();
}

function reasonsOf(verdict: string): readonly Reason[] {
  return REASON_NAMES.filter((reason) => REASONS[reason].verdict === verdict);
}

const NOT_FOUND_OUT = ['no_node', 'pending', 'not_probed'] as const;

describe('the life of a verdict', () => {
  test.each<[Reason, number]>([
    ['accepted', 31],
    ['role', 31],
    ['catch_all', 7],
    ['mailbox_not_found', 3],
    ['mailbox_disabled', 3],
    ['mailbox_full', 1],
    ['needs_smtputf8', 1],
  ])('the life of a verdict that is %s is %i days', (reason, days) => {
    expect(lifeSeconds(reason, reasonRow(reason).retryAfterSeconds)).toBe(days * DAY_SECONDS);
  });

  test("the life of a backup's answer is an hour at most, since the hosts of the first preference may answer otherwise", () => {
    const said = ['accepted', 'role', 'catch_all', 'mailbox_not_found', 'unconfirmed'] as const;
    for (const reason of said) expect(lifeSeconds(reason, null, false)).toBe(HOUR_SECONDS);
    expect(lifeSeconds('blocked', 60, false)).toBe(60);
  });

  test('the life of an unconfirmed verdict is at most an hour', () => {
    expect(lifeSeconds('unconfirmed', HOUR_SECONDS)).toBe(HOUR_SECONDS);
  });

  test.each(['rate_limited', 'blocked', 'timeout', 'unreachable', 'protocol_error', 'dns_failure'] as const)(
    'the life of a temporary %s is the wait that the caller was told, if that is worthwhile, and a quarter of an hour at most',
    (reason) => {
      const told = [4, 5, 60, 899, 901, 3_600, null];
      expect(told.map((seconds) => lifeSeconds(reason, seconds))).toEqual([0, 5, 60, 899, 900, 900, 900]);
    },
  );

  test.each(['greylisted', 'temporary_failure'] as const)(
    'the life of a temporary %s follows the time that the server named; without one it is short',
    (reason) => {
      expect([4, 60, 3_600].map((told) => lifeSeconds(reason, told))).toEqual([0, 60, 900]);
      expect(lifeSeconds(reason, reasonRow(reason).retryAfterSeconds)).toBe(30);
    },
  );

  test('the life of paced is seconds: it spares no mail server, and another node may have time at once', () => {
    expect([5, 60, 3_600, null].map((told) => lifeSeconds('paced', told))).toEqual([5, 5, 5, 5]);
    expect(isUsable({ reason: 'paced', checked_at: ago(4), retry_after: 600 }, null, NOW_MS)).toBe(true);
    expect(isUsable({ reason: 'paced', checked_at: ago(5), retry_after: 600 }, null, NOW_MS)).toBe(false);
    expect(mayReplace('paced', 'accepted')).toBe(false);
  });

  test.each([...NOT_FOUND_OUT, 'syntax', 'no_domain', 'no_mx', 'null_mx', 'disposable', 'unverifiable'] as const)(
    'the life of %s is zero: no mail server said it',
    (reason) => {
      expect(lifeSeconds(reason, 300)).toBe(0);
    },
  );

  test('the life of a verdict begins when it was found, not when it is repeated', () => {
    expect(leftSeconds({ reason: 'accepted', checked_at: ago(DAY_SECONDS) }, NOW_MS)).toBe(30 * DAY_SECONDS);
  });
});

describe('the time to ask again', () => {
  const at = (seconds: number, retry_after: number | null | undefined, reason: Reason = 'greylisted') => ({
    reason,
    checked_at: ago(seconds),
    retry_after,
  });

  test('the time to ask again counts down from what was told', () => {
    expect([0, 1, 299.5, 300, 900].map((age) => retryAfterNow(at(age, 300), NOW_MS))).toEqual([300, 299, 1, 0, 0]);
  });

  test('the time to ask again is that of the reason if an older edge did not write it, and none if the answer is final', () => {
    expect(retryAfterNow(at(60, undefined, 'blocked'), NOW_MS)).toBe(3_540);
    expect(retryAfterNow(at(60, undefined, 'accepted'), NOW_MS)).toBeNull();
    expect(retryAfterNow(at(60, null), NOW_MS)).toBeNull();
  });

  test('the time to ask again ends the remembered verdict: a caller then gets a new answer', () => {
    expect([119, 120].map((age) => isUsable(at(age, 120), null, NOW_MS))).toEqual([true, false]);
  });

  test('the time to ask again may be later than the end of the remembered verdict', () => {
    expect([29, 30].map((age) => isUsable(at(age, 300), null, NOW_MS))).toEqual([true, false]);
    expect([899, 900].map((age) => isUsable(at(age, 3_600, 'blocked'), null, NOW_MS))).toEqual([true, false]);
  });
});

describe('the age that a caller accepts', () => {
  const accepted = { reason: 'accepted', checked_at: ago(60) } as const;

  test.each([
    [null, true],
    [3_600, true],
    [60, true],
    [59, false],
    [0, false],
  ])('an accepted age of %j admits a verdict that is 60 s old: %j', (maxAgeSeconds, isTaken) => {
    expect(isUsable(accepted, maxAgeSeconds, NOW_MS)).toBe(isTaken);
  });

  test('an accepted age of 0 admits not even a verdict of this moment', () => {
    expect(isUsable({ reason: 'accepted', checked_at: ago(0) }, 0, NOW_MS)).toBe(false);
  });
});

describe('a refresh', () => {
  test.each<[Reason, number]>([
    ['accepted', 7 * DAY_SECONDS],
    ['role', 7 * DAY_SECONDS],
    ['mailbox_not_found', 3 * HOUR_SECONDS],
    ['mailbox_disabled', 3 * HOUR_SECONDS],
  ])('a refresh of %s is due after %i seconds', (reason, seconds) => {
    expect(isDueForRefresh({ reason, checked_at: ago(seconds - 1) }, NOW_MS)).toBe(false);
    expect(isDueForRefresh({ reason, checked_at: ago(seconds) }, NOW_MS)).toBe(true);
  });

  test('a refresh that failed is not tried again for an hour', () => {
    const old = { reason: 'accepted', checked_at: ago(8 * DAY_SECONDS) } as const;
    expect(isDueForRefresh({ ...old, tried_at: ago(HOUR_SECONDS - 1) }, NOW_MS)).toBe(false);
    expect(isDueForRefresh({ ...old, tried_at: ago(HOUR_SECONDS) }, NOW_MS)).toBe(true);
  });

  test.each(REASON_NAMES.filter((reason) => REASONS[reason].verdict === 'unknown' || isDnsFact(reason)))(
    'a refresh is never due for %s',
    (reason) => {
      expect(isDueForRefresh({ reason, checked_at: ago(30 * DAY_SECONDS) }, NOW_MS)).toBe(false);
    },
  );
});

describe('a verdict that replaces a remembered one', () => {
  const shrugs = reasonsOf('unknown');
  const answers = REASON_NAMES.filter((reason) => !shrugs.includes(reason) && reason !== 'unconfirmed');

  test.each(shrugs)('a temporary %s replaces no answer, but another temporary state', (shrug) => {
    for (const answer of [...answers, 'unconfirmed' as const]) expect(mayReplace(shrug, answer)).toBe(false);
    for (const other of shrugs) expect(mayReplace(shrug, other)).toBe(true);
  });

  test.each(answers)('the answer %s replaces every remembered verdict', (answer) => {
    for (const before of REASON_NAMES) expect(mayReplace(answer, before)).toBe(true);
  });

  test('unconfirmed replaces temporary states and itself, and no better answer', () => {
    for (const before of [...shrugs, 'unconfirmed' as const]) expect(mayReplace('unconfirmed', before)).toBe(true);
    for (const before of answers) expect(mayReplace('unconfirmed', before)).toBe(false);
  });
});
