import { describe, expect, test } from 'vitest';
import { createNodeTimes, type NodeTimes } from '../../../../edge/nodes/choice/node-times.ts';

function atHand(): { readonly times: NodeTimes; readonly advance: (ms: number) => void } {
  let nowMs = 1_000_000;
  const advance = (ms: number): void => {
    nowMs += ms;
  };
  return { times: createNodeTimes(() => nowMs), advance };
}

describe('the time to a node', () => {
  test('the time to a node is unknown if the node was never asked', () => {
    expect(atHand().times.ms('fra1')).toBeNull();
  });

  test('the time to a node is steady under jitter, and follows a real change', () => {
    const { times } = atHand();
    for (const ms of [40, 44, 41, 42, 39, 45]) times.note('fra1', ms);
    expect(times.ms('fra1')).toBe(40);
    for (let count = 0; count < 120; count += 1) times.note('fra1', 90);
    expect(times.ms('fra1')).toBeGreaterThan(70);
  });

  test('the time to a node is that of the quickest of the first three requests: the others may have opened a connection', () => {
    const { times } = atHand();
    for (const ms of [900, 11, 300]) times.note('fra1', ms);
    expect(times.ms('fra1')).toBe(11);
  });

  test.each([Number.NaN, -1])('the time to a node ignores %d, which is not a time', (ms) => {
    const { times } = atHand();
    times.note('fra1', ms);
    expect(times.ms('fra1')).toBeNull();
  });
});

describe('the view of all times', () => {
  test('the view of all times is immutable, and is made anew once a second at most', () => {
    const { times, advance } = atHand();
    times.note('fra1', 40);
    const first = times.view();
    times.note('iad1', 90);
    expect(times.view()).toBe(first);
    advance(1_000);
    expect([...times.view()]).toEqual([
      ['fra1', 40],
      ['iad1', 90],
    ]);
    expect([...first]).toEqual([['fra1', 40]]);
  });

  test('the view of all times is the same object while no time has really changed', () => {
    const { times, advance } = atHand();
    times.note('fra1', 40);
    const first = times.view();
    advance(60_000);
    times.note('fra1', 42);
    expect(times.view()).toBe(first);
  });
});

test('the times of nodes are an LRU cache: the least recently used node is dropped', () => {
  const { times } = atHand();
  for (let index = 0; index < 5_000; index += 1) times.note(`node-${index}`, 10);
  times.note('node-0', 10);
  times.note('node-new', 10);
  expect([times.ms('node-0'), times.ms('node-1'), times.ms('node-new')]).toEqual([10, null, 10]);
});
