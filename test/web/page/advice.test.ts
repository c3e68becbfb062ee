import { describe, expect, test } from 'vitest';
import { REASON_NAMES, reasonRow } from '../../../shared/verdict.ts';
import { personAdvice } from '../../../web/page/advice.ts';

describe('the advice on the page', () => {
  test('names no field, parameter or reason of the API', () => {
    const named = REASON_NAMES.map(personAdvice).filter((text) => /`|\w_\w|\w=\w/.test(text));
    expect(named).toEqual([]);
  });

  test('differs from that of the API only where the latter names one', () => {
    const own = REASON_NAMES.filter((reason) => personAdvice(reason) !== reasonRow(reason).advice);
    expect(own).toEqual(REASON_NAMES.filter((reason) => reasonRow(reason).advice.includes('`')));
  });
});
