import { expect, test } from 'vitest';
import { atMost } from '../../../probe-node/http/at-most.ts';

test('work beyond the limit waits, and begins in order of arrival as places become free, even after a failure', async () => {
  const inTurn = atMost(2);
  const begun: number[] = [];
  const works = [0, 1, 2, 3].map(() => Promise.withResolvers<number>());
  const results = works.map(({ promise }, index) =>
    inTurn(() => {
      begun.push(index);
      return promise;
    }).catch((error: Error) => error.message),
  );
  expect(begun).toEqual([0, 1]);
  works[1]?.reject(new Error('failed'));
  expect(await results[1]).toBe('failed');
  expect(begun).toEqual([0, 1, 2]);
  works[0]?.resolve(10);
  works[2]?.resolve(12);
  expect(await Promise.all([results[0], results[2]])).toEqual([10, 12]);
  expect(begun).toEqual([0, 1, 2, 3]);
  works[3]?.resolve(13);
  expect(await results[3]).toBe(13);
});

test('a place that became free is used by the next work', async () => {
  const inTurn = atMost(1);
  expect(await inTurn(async () => 1)).toBe(1);
  expect(await inTurn(async () => 2)).toBe(2);
});
