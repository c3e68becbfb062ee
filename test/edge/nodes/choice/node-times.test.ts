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
  test('is not known of a node that was never asked', () => {
    expect(atHand().times.ms('fra1')).toBeNull();
  });

  test('stays while it jitters, and follows a real change', () => {
    const { times } = atHand();
    for (const ms of [40, 44, 41, 42, 39, 45]) times.note('fra1', ms);
    expect(times.ms('fra1')).toBe(40);
    for (let count = 0; count < 120; count += 1) times.note('fra1', 90);
    expect(times.ms('fra1')).toBeGreaterThan(70);
  });

  test('is that of the quickest of the first three: the others may have opened a connection', () => {
    const { times } = atHand();
    for (const ms of [900, 11, 300]) times.note('fra1', ms);
    expect(times.ms('fra1')).toBe(11);
  });

  test.each([Number.NaN, -1])('is not touched by %d, which is no time', (ms) => {
    const { times } = atHand();
    times.note('fra1', ms);
    expect(times.ms('fra1')).toBeNull();
  });
});

describe('the view of all times', () => {
  test('never changes, and is made anew once a second at most', () => {
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

  test('stays the same one while no time has really changed', () => {
    const { times, advance } = atHand();
    times.note('fra1', 40);
    const first = times.view();
    advance(60_000);
    times.note('fra1', 42);
    expect(times.view()).toBe(first);
  });
});

test('of more nodes than are held the one not heard of for longest is forgotten', () => {
  const { times } = atHand();
  for (let index = 0; index < 5_000; index += 1) times.note(`node-${index}`, 10);
  times.note('node-0', 10);
  times.note('node-new', 10);
  expect([times.ms('node-0'), times.ms('node-1'), times.ms('node-new')]).toEqual([10, null, 10]);
});
