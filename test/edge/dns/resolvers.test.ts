import { describe, expect, test } from 'vitest';
import { createResolvers } from '../../../edge/dns/resolvers.ts';

const FIRST = new URL('https://first.example/');
const SECOND = new URL('https://second.example/');

function createPair() {
  const clock = { nowMs: 0 };
  const resolvers = createResolvers([FIRST, SECOND], () => clock.nowMs);
  const note = (url: URL, ...ms: readonly number[]): void => {
    for (const one of ms) resolvers.noteTime(url, one);
  };
  return { clock, resolvers, note };
}

const times = (count: number, ms: number): readonly number[] => Array<number>(count).fill(ms);

describe('the hedging delay of a resolver', () => {
  test('the hedging delay of a resolver is moderate before it is known', () => {
    const { resolvers, note } = createPair();
    expect(resolvers.patienceMs(FIRST)).toBe(300);
    note(FIRST, 60, 60, 60, 60);
    expect(resolvers.patienceMs(FIRST)).toBe(300);
  });

  test('the hedging delay of a resolver is the 95th percentile of its latencies', () => {
    const { resolvers, note } = createPair();
    note(FIRST, ...times(19, 80), 700);
    expect(resolvers.patienceMs(FIRST)).toBe(80);
    note(FIRST, 700);
    expect(resolvers.patienceMs(FIRST)).toBe(700);
  });

  test('the hedging delay of a resolver forgets old latencies', () => {
    const { resolvers, note } = createPair();
    note(FIRST, ...times(10, 500), ...times(32, 90));
    expect(resolvers.patienceMs(FIRST)).toBe(90);
  });

  test('the hedging delay of a resolver has a lower and an upper bound', () => {
    const { resolvers, note } = createPair();
    note(FIRST, ...times(10, 2));
    note(SECOND, ...times(10, 1_900));
    expect([resolvers.patienceMs(FIRST), resolvers.patienceMs(SECOND)]).toEqual([50, 800]);
  });
});

describe('the first resolver', () => {
  test('the first resolver is that of the settings before anything is known', () => {
    expect(createPair().resolvers.order()).toEqual([FIRST, SECOND]);
  });

  test('the first resolver is the one that is clearly faster', () => {
    const { resolvers, note } = createPair();
    note(FIRST, ...times(10, 100));
    note(SECOND, ...times(10, 50));
    expect(resolvers.order()).toEqual([SECOND, FIRST]);
  });

  test('the first resolver stays first if two are alike', () => {
    const { resolvers, note } = createPair();
    note(FIRST, ...times(10, 100));
    note(SECOND, ...times(10, 90));
    expect(resolvers.order()).toEqual([FIRST, SECOND]);
  });

  test('the first resolver counts as slow if it is aborted because of another', () => {
    const { resolvers, note } = createPair();
    for (let index = 0; index < 10; index += 1) resolvers.noteSlow(FIRST, 400);
    note(SECOND, ...times(10, 40));
    expect(resolvers.order()[0]).toBe(SECOND);
  });

  test('a resolver that has just failed is not asked first, for longer each time, until it answers', () => {
    const { clock, resolvers, note } = createPair();
    resolvers.noteFailure(FIRST);
    expect(resolvers.order()).toEqual([SECOND, FIRST]);
    clock.nowMs = 1_000;
    expect(resolvers.order()).toEqual([FIRST, SECOND]);
    resolvers.noteFailure(FIRST);
    clock.nowMs = 2_999;
    expect(resolvers.order()).toEqual([SECOND, FIRST]);
    clock.nowMs = 3_000;
    expect(resolvers.order()).toEqual([FIRST, SECOND]);
    resolvers.noteFailure(FIRST);
    note(FIRST, 20);
    expect(resolvers.order()).toEqual([FIRST, SECOND]);
  });

  test('a resolver that fails goes last for a minute at most', () => {
    const { clock, resolvers } = createPair();
    for (let index = 0; index < 40; index += 1) resolvers.noteFailure(FIRST);
    clock.nowMs = 60_000;
    expect(resolvers.order()).toEqual([FIRST, SECOND]);
  });

  test('the first resolver is asked first again if all have failed', () => {
    const { resolvers } = createPair();
    resolvers.noteFailure(FIRST);
    resolvers.noteFailure(SECOND);
    expect(resolvers.order()).toEqual([FIRST, SECOND]);
  });
});
