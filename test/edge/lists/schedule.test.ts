import { describe, expect, test } from 'vitest';
import {
  askAgainSeconds,
  BATCH_MAX,
  BATCHES_MAX,
  BATCHES_MIN,
  GIVEN_UP_AFTER_MS,
  nextBatchSize,
  nextWidth,
} from '../../../edge/lists/schedule.ts';
import { REASON_NAMES, REASONS, type Reason } from '../../../shared/verdict.ts';

const seconds = (reason: Reason, retryAfter: number | null = null, attempts = 0, waitedMs = 0): number | null =>
  askAgainSeconds({ reason, retry_after: retryAfter }, attempts, waitedMs);

describe('askAgainSeconds', () => {
  test('what is rechecked, and what is about ourselves, is asked again; everything else stands', () => {
    const again = REASON_NAMES.filter((reason) => seconds(reason) !== null);
    const expected = REASON_NAMES.filter(
      (reason) => REASONS[reason].isRechecked || reason === 'pending' || reason === 'no_node',
    );
    expect(again).toEqual(expected);
  });

  test('a server that names a time is asked at that time', () => {
    expect(seconds('greylisted', 480)).toBe(480);
  });

  test('a server that says it again and again is asked ever less often, an hour apart at most', () => {
    expect([0, 2, 3, 4, 20].map((attempts) => seconds('greylisted', 300, attempts))).toEqual([
      300, 300, 600, 1200, 3600,
    ]);
  });

  test('our own queue is asked when it said, however often', () => {
    expect(seconds('paced', 60, 50)).toBe(60);
  });

  test('after a day the last word stands', () => {
    expect(seconds('greylisted', 300, 3, GIVEN_UP_AFTER_MS)).toBeNull();
    expect(seconds('no_node', 60, 3, GIVEN_UP_AFTER_MS)).toBeNull();
  });
});

describe('nextBatchSize', () => {
  test('a provider whose queue was too long gets half as many, and grows again when it is short', () => {
    expect(nextBatchSize(BATCH_MAX, 50, 40)).toBe(25);
    expect(nextBatchSize(20, 20, 0)).toBe(45);
    expect(nextBatchSize(20, 20, 2)).toBe(20);
    expect(nextBatchSize(BATCH_MAX, 50, 0)).toBe(BATCH_MAX);
  });

  test('one that is always full gets a few all the same', () => {
    let size = BATCH_MAX;
    for (let batch = 0; batch < 20; batch += 1) size = nextBatchSize(size, size, size);
    expect(size).toBe(10);
  });
});

describe('nextWidth', () => {
  test('grows with each batch that was served, up to its bound', () => {
    let width = BATCHES_MIN;
    for (let batch = 0; batch < 50; batch += 1) width = nextWidth(width, 100, 10);
    expect(width).toBe(BATCHES_MAX);
  });

  test('is halved after a batch of which more than a tenth could not be served, and never nothing', () => {
    expect(nextWidth(16, 100, 11)).toBe(8);
    expect(nextWidth(BATCHES_MIN, 100, 100)).toBe(BATCHES_MIN);
  });
});
