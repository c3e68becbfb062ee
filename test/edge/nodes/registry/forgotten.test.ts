import { describe, expect, test } from 'vitest';
import { lifeSeconds } from '../../../../edge/memory/freshness.ts';
import {
  type Forgotten,
  isForgotten,
  living,
  WORD_MS,
  withForgotten,
} from '../../../../edge/nodes/registry/forgotten.ts';
import { REASON_NAMES } from '../../../../shared/verdict.ts';

const NOW_MS = 1_000_000_000_000;
const LINGER_MS = 90_000;

const forget = (spans: readonly Forgotten[], id: string, sinceMs: number, removedAtMs = NOW_MS, nowMs = NOW_MS) =>
  withForgotten(spans, { id, sinceMs, removedAtMs }, nowMs);

describe('the reports of a distrusted node', () => {
  const spans = forget([], 'fra1', NOW_MS - 1_000);

  test.each([
    ['before the time', -1_001, false],
    ['at the time', -1_000, true],
    ['before it was removed', -1, true],
    ['by a job that was on its way then', LINGER_MS, true],
    ['by a new node of its name', LINGER_MS + 1, false],
  ])('a report of a distrusted node that was given %s is forgotten: %j', (_, ms, isIt) => {
    expect(isForgotten(spans, 'fra1', NOW_MS + (ms as number), NOW_MS + (ms as number))).toBe(isIt);
  });

  test('reports of other nodes are not forgotten', () => {
    expect(isForgotten(spans, 'fra2', NOW_MS, NOW_MS)).toBe(false);
  });

  test('a report of a distrusted node with an uncertain time is forgotten if it may have been in the span', () => {
    expect(isForgotten(spans, 'fra1', NOW_MS - 50_000, NOW_MS - 1_000)).toBe(true);
    expect(isForgotten(spans, 'fra1', NOW_MS - 50_000, NOW_MS - 1_001)).toBe(false);
  });
});

describe('the spans', () => {
  test('the spans of distrust are kept for longer than any report of a node lives', () => {
    const longest = Math.max(...REASON_NAMES.map((reason) => lifeSeconds(reason, null)));
    expect(WORD_MS).toBeGreaterThan(longest * 1_000);
    const spans = forget([], 'fra1', 0);
    expect(living(spans, NOW_MS + WORD_MS)).toHaveLength(1);
    expect(living(spans, NOW_MS + LINGER_MS + WORD_MS)).toHaveLength(0);
    expect(forget(spans, 'ams1', 0, NOW_MS + 2 * WORD_MS, NOW_MS + 2 * WORD_MS).map(({ id }) => id)).toEqual(['ams1']);
  });

  test('the spans of distrust of one node are several if it was removed several times, and a span replaces those inside it', () => {
    const first = forget([], 'fra1', 2_000, 3_000, 3_000);
    expect(forget(first, 'fra1', 7_000, 9_000, 9_000)).toHaveLength(2);
    expect(forget(first, 'fra1', 1_000, 3_000, 9_000)).toEqual([
      { id: 'fra1', sinceMs: 1_000, untilMs: 3_000 + LINGER_MS },
    ]);
  });

  test('the spans of distrust are two hundred at most, those that end last', () => {
    let spans: readonly Forgotten[] = [];
    for (let index = 0; index < 300; index += 1) spans = forget(spans, `node-${index}`, 0, NOW_MS + index);
    expect(spans).toHaveLength(200);
    expect(spans.map(({ id }) => id)).not.toContain('node-99');
    expect(spans.map(({ id }) => id)).toContain('node-100');
  });
});
