import { describe, expect, test } from 'vitest';
import { createAnswerTimes } from '../../../../edge/nodes/dispatch/answer-times.ts';

function timesOf(...answersMs: readonly number[]): ReturnType<typeof createAnswerTimes> {
  const times = createAnswerTimes(() => 0);
  for (const ms of answersMs) times.note('fra1', ms);
  return times;
}

const range = (count: number, from = 1): readonly number[] => Array.from({ length: count }, (_, index) => from + index);

describe('an answer is late', () => {
  test('an answer is late after four seconds if little is known of the node', () => {
    expect(createAnswerTimes(() => 0).lateAfterMs('fra1')).toBe(4_000);
    expect(timesOf(...range(7, 500)).lateAfterMs('fra1')).toBe(4_000);
  });

  test('an answer is late when it takes longer than 95 of 100', () => {
    expect(timesOf(...range(60, 501)).lateAfterMs('fra1')).toBe(557);
  });

  test("an answer is late by the node's recent latencies", () => {
    expect(timesOf(...range(64, 3_000), ...range(64, 500)).lateAfterMs('fra1')).toBe(560);
  });

  test('an answer is late never before 300 ms, and always after four seconds', () => {
    expect(timesOf(...range(20)).lateAfterMs('fra1')).toBe(300);
    expect(timesOf(...range(20, 9_000)).lateAfterMs('fra1')).toBe(4_000);
  });
});

test('the latencies of the node heard of longest ago are dropped first', () => {
  const times = timesOf(...range(20));
  for (const index of range(2_000)) times.note(`node-${index}`, 1);
  expect(times.lateAfterMs('fra1')).toBe(4_000);
});
