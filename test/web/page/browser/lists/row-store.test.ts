import { beforeAll, describe, expect, test } from 'vitest';
import { createRowStore, type Row } from '../../../../../web/page/browser/lists/row-store.ts';

/** More than two blobs, and a last one that is not full. */
const ROWS = 2_500;
const VERDICTS = ['deliverable', 'invalid', 'risky', 'unknown', ''];

const rowAt = (index: number): Row => ({
  number: index + 1,
  address: `Person${index}@company${index % 7}.example`,
  verdict: VERDICTS[index % VERDICTS.length] ?? '',
  reason: index % 10 === 1 ? 'mailbox_not_found' : 'other',
  meant: index % 100 === 0 ? 'person@gmail.com' : '',
});

describe('the rows of a list', () => {
  const store = createRowStore();

  beforeAll(() => {
    for (let index = 0; index < ROWS; index += 1) store.add(rowAt(index));
  });

  const numbersOf = async (first: number, length: number): Promise<readonly number[]> =>
    (await store.read(first, length)).map(({ number }) => number);

  test('are read as they were added, from any place, also where one piece of the store ends', async () => {
    await store.find('', '');
    expect(store.count()).toBe(ROWS);
    for (const first of [0, 998, 1_999, ROWS - 3]) {
      expect(await store.read(first, 3)).toEqual([rowAt(first), rowAt(first + 1), rowAt(first + 2)]);
    }
  });

  test('end with the last one', async () => {
    await store.find('', '');
    expect(await numbersOf(ROWS - 2, 10)).toEqual([ROWS - 1, ROWS]);
    expect(await numbersOf(ROWS, 10)).toEqual([]);
  });

  test('are selected by verdict, by text, and by both', async () => {
    expect(await store.find('invalid', '')).toBe(ROWS / 5);
    expect(await numbersOf(0, 3)).toEqual([2, 7, 12]);
    expect(await store.find('', 'PERSON1234@')).toBe(1);
    expect(await numbersOf(0, 3)).toEqual([1_235]);
    expect(await store.find('invalid', 'not_found')).toBe(ROWS / 10);
    expect(await numbersOf(ROWS / 10 - 1, 2)).toEqual([ROWS - 8]);
    expect(await store.find('risky', 'not_found')).toBe(0);
    expect(await numbersOf(0, 3)).toEqual([]);
  });

  test('that are not known yet are in no selection by verdict', async () => {
    const counts = await Promise.all(VERDICTS.slice(0, 4).map((verdict) => store.find(verdict, '')));
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe((ROWS * 4) / 5);
  });

  test('that come behind a selection are in the next one', async () => {
    const growing = createRowStore();
    growing.add(rowAt(0));
    expect(await growing.find('deliverable', '')).toBe(1);
    growing.add(rowAt(5));
    expect(await growing.find('deliverable', '')).toBe(2);
    expect((await growing.read(0, 9)).map(({ number }) => number)).toEqual([1, 6]);
  });
});
