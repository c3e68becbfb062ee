import { describe, expect, test } from 'vitest';
import { REASON_NAMES, type ReasonRow, reasonRow } from '../../shared/verdict.ts';

const ROWS = REASON_NAMES.map((reason) => ({ reason, ...reasonRow(reason) }));

function namesOf(rows: typeof ROWS): readonly string[] {
  return rows.map(({ reason }) => reason);
}

describe('the table of reasons', () => {
  test('a row that leaves out its life, its recheck or what it proves does not compile', () => {
    const whole: ReasonRow = {
      verdict: 'unknown',
      when: '',
      detail: '',
      advice: '',
      retryAfterSeconds: null,
      memory: { life: 0, refreshAfterSeconds: null },
      isRechecked: false,
      isDnsFact: false,
      isAnswer: false,
      isRefusal: false,
    };
    const { memory: _memory, ...withoutMemory } = whole;
    const { isRechecked: _isRechecked, ...withoutRecheck } = whole;
    const { isDnsFact: _isDnsFact, ...withoutDns } = whole;
    const { isAnswer: _isAnswer, ...withoutAnswer } = whole;
    const { isRefusal: _isRefusal, ...withoutRefusal } = whole;
    // @ts-expect-error: `memory` is missing.
    const first: ReasonRow = withoutMemory;
    // @ts-expect-error: `isRechecked` is missing.
    const second: ReasonRow = withoutRecheck;
    // @ts-expect-error: `isDnsFact` is missing.
    const third: ReasonRow = withoutDns;
    // @ts-expect-error: `refreshAfterSeconds` is missing.
    const fourth: ReasonRow['memory'] = { life: 0 };
    // @ts-expect-error: `isAnswer` is missing.
    const fifth: ReasonRow = withoutAnswer;
    // @ts-expect-error: `isRefusal` is missing.
    const sixth: ReasonRow = withoutRefusal;
    expect([first, second, third, fourth, fifth, sixth]).toHaveLength(6);
  });

  test('only an unknown is a state of the moment', () => {
    const moments = ROWS.filter(({ memory }) => typeof memory.life !== 'number');
    expect(new Set(moments.map(({ verdict }) => verdict))).toEqual(new Set(['unknown']));
  });

  test('a state of the moment says when to ask again', () => {
    const moments = ROWS.filter(({ memory }) => typeof memory.life !== 'number');
    expect(namesOf(moments.filter(({ retryAfterSeconds }) => retryAfterSeconds === null))).toEqual([]);
  });

  test('a verdict is refreshed before its life ends', () => {
    const refreshed = ROWS.filter(({ memory }) => memory.refreshAfterSeconds !== null);
    expect(namesOf(refreshed)).toEqual(['accepted', 'mailbox_not_found', 'mailbox_disabled', 'role']);
    for (const { memory } of refreshed) expect(memory.life).toBeGreaterThan(memory.refreshAfterSeconds ?? Infinity);
  });

  test('only an unknown that says when to ask again is rechecked', () => {
    const rechecked = ROWS.filter(({ isRechecked }) => isRechecked);
    expect(namesOf(rechecked)).toEqual(['greylisted', 'rate_limited', 'paced', 'temporary_failure']);
    for (const { verdict, retryAfterSeconds } of rechecked) {
      expect([verdict, retryAfterSeconds]).toEqual(['unknown', expect.any(Number)]);
    }
  });

  test('an unknown is never an answer, and of the others only unconfirmed is none', () => {
    const open = ROWS.filter(({ isAnswer, verdict }) => !isAnswer && verdict !== 'unknown');
    expect(namesOf(open)).toEqual(['unconfirmed']);
    expect(namesOf(ROWS.filter(({ isAnswer, verdict }) => isAnswer && verdict === 'unknown'))).toEqual([]);
  });

  test('only a server that refuses a mailbox is known to refuse one', () => {
    expect(namesOf(ROWS.filter(({ isRefusal }) => isRefusal))).toEqual(['mailbox_not_found', 'mailbox_disabled']);
  });

  test('a fact of the DNS is invalid and has no life of its own', () => {
    const facts = ROWS.filter(({ isDnsFact }) => isDnsFact);
    expect(namesOf(facts)).toEqual(['no_domain', 'no_mx', 'null_mx']);
    for (const { verdict, memory } of facts) expect([verdict, memory.life]).toEqual(['invalid', 0]);
  });
});
