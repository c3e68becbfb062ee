import { describe, expect, test } from 'vitest';
import { downloadsOf } from '../../../../../web/page/browser/lists/downloads.tsx';
import { listOf } from '../../list-status.ts';

const list = listOf({ rows: 1_236, by_verdict: { deliverable: 1_234, invalid: 1, risky: 0, unknown: 1 } });

describe('the downloads of a list', () => {
  test('count rows of the whole file and addresses of a verdict', () => {
    expect(downloadsOf(list, true).map(({ text }) => text)).toEqual([
      'All rows: 1,236',
      'Safe to send: 1,234 addresses',
      'Risky: no address',
      'Unknown: 1 address',
      'Invalid: 1 address',
    ]);
    expect(downloadsOf(list, false)[2]?.text).toBe('Risky: no address yet');
  });

  test('have one that leaves out duplicates if there are any', () => {
    const dropping = (duplicates: number) =>
      downloadsOf({ ...list, duplicates }, true).filter((download) => download.duplicates === 'drop');
    expect(dropping(0)).toEqual([]);
    expect(dropping(2)).toMatchObject([{ text: 'Safe to send, once to each', verdict: ['deliverable'] }]);
  });

  test('are off for a verdict that no row has, and only then', () => {
    const off = (duplicates: number) => downloadsOf({ ...list, duplicates }, true).filter(({ isEmpty }) => isEmpty);
    expect(off(0).map(({ verdict }) => verdict)).toEqual([['risky']]);
    expect(off(2)).toEqual([]);
  });
});
