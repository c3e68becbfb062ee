import { describe, expect, test } from 'vitest';
import type { ListStatus } from '../../../client/vrfy-client.ts';
import { expectedBounceRate } from '../../../edge/lists/bounce-rate.ts';
import { GIVEN_UP_AFTER_MS } from '../../../edge/lists/schedule.ts';
import { cancelSentence, noRateSentence, stateSentence } from '../../../web/page/list-summary.tsx';
import { listOf } from './list-status.ts';

describe('a list that waits', () => {
  const waiting = (cause: ListStatus['waiting_for']) =>
    stateSentence(listOf({ state: 'waiting', waiting_for: cause, distinct: 10, done: 7 }), 0);

  test('for mail servers says what becomes of an address that is put off for a day', () => {
    expect(waiting('mail_servers')).toContain('still put off a day after its first try stays “unknown”');
    expect(GIVEN_UP_AFTER_MS).toBe(24 * 3_600_000);
  });

  test('for the quota or a node promises no such end', () => {
    expect(waiting('quota')).not.toContain('a day after');
    expect(waiting('nodes')).not.toContain('a day after');
  });
});

test('a cancel says beforehand what it keeps, by what there is to keep', () => {
  for (const state of ['ready', 'running', 'waiting'] as const) {
    expect(cancelSentence(state)).toContain('keeps the verdicts found so far; the other addresses stay without one');
  }
  expect(cancelSentence('reading')).toContain('keeps the rows read');
  expect(cancelSentence('receiving')).not.toContain('keeps');
});

describe('a list without a bounce rate', () => {
  const by_verdict = { deliverable: 150, invalid: 49, risky: 7, unknown: 3 };

  test('says how many of the decided addresses that an estimate takes there are', () => {
    expect(noRateSentence(listOf({ by_verdict }))).toContain('Too few to estimate: 199 of 200 decided.');
    const counts = { distinct: 210, byReason: {} };
    expect(expectedBounceRate([{ ...counts, byVerdict: by_verdict }])).toBeNull();
    expect(expectedBounceRate([{ ...counts, byVerdict: { ...by_verdict, invalid: 50 } }])).not.toBeNull();
  });

  test('says that mail servers come first where none has been asked', () => {
    expect(noRateSentence(listOf({ state: 'ready', by_verdict }))).toContain('after mail servers have been asked');
  });
});
