import { describe, expect, test } from 'vitest';
import { type Case, caseKindOf, MalformedCase, scoreCases } from '../../cli/score.ts';

const ports = { isDisposable: (domain: string) => domain === 'throwaway.example' };
const score = (...cases: Case[]) => scoreCases(cases, ports);

const NOT_FOUND = {
  stage: 'rcpt',
  code: 550,
  text: '550 5.1.1 <ada@lovelace.example>: User unknown',
  label: 'mailbox_not_found',
};

describe('the kind of a case', () => {
  test.each([
    [NOT_FOUND, 'replies'],
    [{ email: 'ada@lovelace.example', expect: 'valid' }, 'syntax'],
    [{ email: 'ada@gmial.com', expect_domain: 'gmail.com' }, 'typos'],
    [{ domain: 'lovelace.example', disposable: false }, 'disposable'],
    [{ local: 'ada', role: false }, 'roles'],
    [{ a: 'a@b.example', b: 'a@b.example', same: true }, 'normalise'],
  ] as const)('the kind of a case is recognised by its fields: %j', (entry, kind) => {
    expect(caseKindOf(entry)).toBe(kind);
  });

  test('the kind of a case is refused if it is unknown', () => {
    expect(() => caseKindOf({ something: 'else' })).toThrow(MalformedCase);
    expect(() => scoreCases([], ports)).toThrow(MalformedCase);
  });
});

describe('replies', () => {
  test('replies count as right by verdict, and also by reason', () => {
    const full = { stage: 'rcpt', code: 552, text: '552 5.2.2 Mailbox full', label: 'mailbox_full' };
    expect(score(NOT_FOUND, full).figures).toEqual({
      right_share: 1,
      reason_share: 1,
      false_invalid: 0,
      false_deliverable: 0,
    });
  });

  test('replies may follow an alternative label', () => {
    const { figures, confusion } = score({ ...NOT_FOUND, label: 'policy_other', alt: ['mailbox_not_found'] });
    expect(figures['right_share']).toBe(1);
    expect(confusion).toEqual({ invalid: { invalid: 1 } });
  });

  test('replies that wrongly call a mailbox missing are counted by name', () => {
    const { figures, confusion, misses } = score({ ...NOT_FOUND, label: 'policy_other' }, NOT_FOUND);
    expect(figures).toEqual({ right_share: 0.5, reason_share: 0.5, false_invalid: 1, false_deliverable: 0 });
    expect(confusion).toEqual({ unknown: { invalid: 1 }, invalid: { invalid: 1 } });
    expect(misses).toHaveLength(1);
    expect(misses[0]?.detail).toMatch(/^wanted blocked, got mailbox_not_found by ./);
  });

  test('replies before RCPT accept no recipient, whichever step was accepted', () => {
    const greeting = { stage: 'connect', code: 220, text: '220 mx.lovelace.example ESMTP', label: 'accepted' };
    const { figures } = score(greeting, { ...greeting, stage: 'mail', code: 250, text: '250 2.1.0 Ok' });
    expect(figures).toEqual({ right_share: 1, reason_share: 1, false_invalid: 0, false_deliverable: 0 });
  });

  test('replies that refuse us temporarily are temporary failures', () => {
    const blocked = { stage: 'rcpt', code: 451, text: '451 4.7.1 Relay access denied', label: 'relay_denied' };
    expect(score(blocked).figures['right_share']).toBe(1);
  });

  test.each([
    ['an unknown label', { ...NOT_FOUND, label: 'no_such_label' }],
    ['an unknown stage', { ...NOT_FOUND, stage: 'data' }],
    ['no code', { ...NOT_FOUND, code: null }],
  ])('replies with %s are refused', (_, entry) => {
    expect(() => score(entry)).toThrow(MalformedCase);
  });
});

describe('the other kinds', () => {
  test('typos count silence, wrong and false suggestions apart', () => {
    const { figures } = score(
      { email: 'ada@gmial.com', expect_domain: 'gmail.com' },
      { email: 'ada@gmial.com', expect_domain: 'yahoo.com' },
      { email: 'ada@gmial.com', expect_domain: null },
      { email: 'ada@lovelace.example', expect_domain: 'gmail.com' },
      { email: 'ada@gmail', expect_domain: 'gmail.com' },
    );
    expect(figures).toEqual({ right_share: 0.4, false_suggestion: 2, missed: 1 });
  });

  test.each([
    [
      'syntax',
      { email: 'ada@@lovelace.example', expect: 'valid' },
      { email: 'ada@lovelace.example', expect: 'invalid' },
    ],
    [
      'disposable',
      { domain: 'THROWAWAY.example', disposable: false },
      { domain: 'lovelace.example', disposable: true },
    ],
    ['roles', { local: 'info', role: false }, { local: 'ada', role: true }],
    [
      'normalise',
      { a: 'a.b@gmail.com', b: 'ab@gmail.com', same: false },
      { a: 'a@b.example', b: 'c@b.example', same: true },
    ],
  ])('the score of %s counts false alarms and misses', (_, alarm, miss) => {
    expect(score(alarm, miss).figures).toEqual({ right_share: 0, false_alarm: 1, missed: 1 });
  });
});
