import { describe, expect, test } from 'vitest';
import { openFuseFilter } from '../../edge/checks/fuse-filter.ts';
import { writeFuseFilter } from '../../scripts/write-fuse-filter.ts';

function namesOf(count: number, suffix: string): string[] {
  return Array.from({ length: count }, (_, index) => `name-${index}.${suffix}`);
}

describe('a filter', () => {
  test.each([1, 2, 3, 10, 1000, 20_000])('a filter of %i names finds all of them and no other', (count) => {
    const names = namesOf(count, 'listed.example');
    const filter = openFuseFilter(writeFuseFilter(names, 20260101).buffer);
    expect(filter.count).toBe(count);
    expect(names.every((name) => filter.has(name))).toBe(true);
    expect(namesOf(20_000, 'unlisted.example').filter((name) => filter.has(name))).toEqual([]);
  });

  test('a filter is the same for the same names', () => {
    const names = namesOf(500, 'listed.example');
    expect(writeFuseFilter(names, 20260101)).toEqual(writeFuseFilter(names, 20260101));
  });

  test('a filter takes at most 40 bits per name if there are many', () => {
    const words = writeFuseFilter(namesOf(50_000, 'listed.example'), 20260101);
    expect((words.byteLength * 8) / 50_000).toBeLessThan(40);
  });

  test('a filter cannot be made from a name that occurs twice', () => {
    expect(() => writeFuseFilter(['twice.example', 'twice.example'], 20260101)).toThrow('twice');
  });
});
