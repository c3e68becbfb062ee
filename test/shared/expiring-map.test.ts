import { describe, expect, test } from 'vitest';
import { ExpiringMap } from '../../shared/expiring-map.ts';

function createMap(sizeMax = 3) {
  const clock = { nowMs: 1_000 };
  return { clock, map: new ExpiringMap<string>(sizeMax, () => clock.nowMs) };
}

describe('an entry', () => {
  test('an entry is there until its life ends, and not a millisecond longer', () => {
    const { clock, map } = createMap();
    map.set('a', 'A', 100);
    clock.nowMs += 99;
    expect(map.get('a')).toBe('A');
    clock.nowMs += 1;
    expect(map.get('a')).toBeUndefined();
  });

  test('an entry that is set again has its new value and a new life', () => {
    const { clock, map } = createMap();
    map.set('a', 'A', 100);
    clock.nowMs += 50;
    map.set('a', 'B', 100);
    clock.nowMs += 99;
    expect(map.get('a')).toBe('B');
  });

  test('an entry makes room for a newer one if there are too many: the one unused for longest goes', () => {
    const { map } = createMap();
    for (const key of ['a', 'b', 'c', 'a', 'd']) map.set(key, key, 100);
    expect(['a', 'b', 'c', 'd'].map((key) => map.get(key))).toEqual(['a', undefined, 'c', 'd']);
  });

  test('an entry that is used stays before an unused one', () => {
    const { map } = createMap();
    for (const key of ['a', 'b', 'c']) map.set(key, key, 100);
    map.get('a');
    map.set('d', 'd', 100);
    expect(['a', 'b', 'c', 'd'].map((key) => map.get(key))).toEqual(['a', undefined, 'c', 'd']);
  });

  test('an entry that is set again evicts none', () => {
    const { map } = createMap();
    for (const key of ['a', 'b', 'c', 'c', 'c']) map.set(key, key, 100);
    expect(['a', 'b', 'c'].map((key) => map.get(key))).toEqual(['a', 'b', 'c']);
  });

  test('an entry can be taken out', () => {
    const { map } = createMap();
    map.set('a', 'A', 100);
    map.delete('a');
    expect(map.get('a')).toBeUndefined();
  });
});

test('what lives is told with the time that is left to it, and nothing that has ended', () => {
  const { clock, map } = createMap();
  map.set('a', 'A', 100);
  map.set('b', 'B', 300);
  clock.nowMs += 100;
  expect([...map.live()]).toEqual([['b', 'B', 200]]);
});
