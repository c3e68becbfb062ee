import { describe, expect, test, vi } from 'vitest';
import { createKeyKeeper, type KeyValues } from '../../../edge/keys/key-keeper.ts';
import { mapStore } from '../memory/map-store.ts';
import { writtenInMemory } from './holders.ts';

const NAME = 'k1:a';
let nowMs = 0;
const keeperOver = (values: KeyValues) => createKeyKeeper(values, writtenInMemory(), () => nowMs);
const adding = (text: string) => async (before: string | null) => `${before ?? ''}${text}`;
const clearing = async () => null;
const keeping = async (before: string | null) => before;

/** The first put hangs until it is let land. */
function keeperWithSlowPut() {
  const store = mapStore();
  const { promise: landing, resolve: land } = Promise.withResolvers<void>();
  let isFirst = true;
  const put = async (name: string, value: string): Promise<void> => {
    const isSlow = isFirst;
    isFirst = false;
    if (isSlow) await landing;
    await store.put(name, value);
  };
  return { store, land, ...keeperOver({ ...store, put }) };
}

describe('the keeper of a key', () => {
  test('makes each change to what the one before has left, in the order of their arrival', async () => {
    const store = mapStore();
    const { change } = keeperOver(store);
    const changes = await Promise.all(['a', 'b', 'c'].map((text) => change(NAME, adding(text))));
    expect(changes.map(({ before, after }) => [before, after])).toEqual([
      [null, 'a'],
      ['a', 'ab'],
      ['ab', 'abc'],
    ]);
    expect(store.entries.get(NAME)?.value).toBe('abc');
  });

  test('deletes, after which a change finds nothing', async () => {
    const store = mapStore();
    await store.put(NAME, 'a');
    const { change } = keeperOver(store);
    const changes = await Promise.all([change(NAME, clearing), change(NAME, keeping), change(NAME, clearing)]);
    expect(changes.map(({ before }) => before)).toEqual(['a', null, null]);
    expect(store.entries.size).toBe(0);
  });

  test('believes its own value for ten minutes, in which KV may show an older one, and then KV', async () => {
    const store = mapStore();
    await store.put(NAME, 'old');
    const { change } = keeperOver({ ...store, get: async () => 'old' });
    await change(NAME, clearing);
    nowMs += 599_999;
    expect(await change(NAME, keeping)).toEqual({ before: null, after: null });
    nowMs += 1;
    expect(await change(NAME, keeping)).toEqual({ before: 'old', after: 'old' });
  });

  test.each<['get' | 'put' | 'delete', typeof keeping]>([
    ['get', keeping],
    ['put', adding('b')],
    ['delete', clearing],
  ])('passes a %s that fails on to its caller alone', async (method, edit) => {
    const store = mapStore();
    await store.put(NAME, 'a');
    let isAway = true;
    const away = async (): Promise<never> => {
      isAway = false;
      throw new Error('KV is away');
    };
    const failing = new Proxy(store, {
      get: (target, name) => (name === method && isAway ? away : Reflect.get(target, name)),
    });
    const { change } = keeperOver(failing);
    const [lost, next] = await Promise.allSettled([change(NAME, edit), change(NAME, adding('c'))]);
    expect(lost).toMatchObject({ status: 'rejected', reason: { message: 'KV is away' } });
    expect(next).toEqual({ status: 'fulfilled', value: { before: 'a', after: 'ac' } });
  });

  test('goes on after ten seconds if a caller is lost in the middle of its edit', async () => {
    vi.useFakeTimers();
    try {
      const { change } = keeperOver(mapStore());
      const both = Promise.allSettled([change(NAME, () => new Promise(() => {})), change(NAME, adding('c'))]);
      await vi.advanceTimersByTimeAsync(10_000);
      const [lost, next] = await both;
      expect(lost).toMatchObject({ status: 'rejected', reason: { name: 'TimeoutError' } });
      expect(next).toMatchObject({ status: 'fulfilled', value: { after: 'c' } });
    } finally {
      vi.useRealTimers();
    }
  });

  test('gives up a write that hangs after ten seconds, and begins the next change after thirty', async () => {
    vi.useFakeTimers();
    try {
      const { store, change } = keeperWithSlowPut();
      const lost = expect(change(NAME, adding('a'))).rejects.toMatchObject({ name: 'TimeoutError' });
      const next = change(NAME, adding('b'));
      await vi.advanceTimersByTimeAsync(10_000);
      await lost;
      await vi.advanceTimersByTimeAsync(19_999);
      expect(store.entries.size).toBe(0);
      await vi.advanceTimersByTimeAsync(1);
      expect(await next).toEqual({ before: null, after: 'b' });
    } finally {
      vi.useRealTimers();
    }
  });

  test.each([
    ['before the next change begins, which then builds on it', 20_000, 'ab'],
    ['after the next change, which then is written again', 40_000, 'b'],
  ])('bears a write that lands late: %s', async (_, landsMs, kept) => {
    vi.useFakeTimers();
    try {
      const { store, change, land } = keeperWithSlowPut();
      const both = Promise.allSettled([change(NAME, adding('a')), change(NAME, adding('b'))]);
      await vi.advanceTimersByTimeAsync(landsMs);
      land();
      const [, next] = await both;
      await vi.advanceTimersByTimeAsync(0);
      expect(next).toMatchObject({ status: 'fulfilled', value: { after: kept } });
      expect(store.entries.get(NAME)?.value).toBe(kept);
    } finally {
      vi.useRealTimers();
    }
  });

  test('passes an edit that fails on to its caller alone', async () => {
    const { change } = keeperOver(mapStore());
    const failing = () => Promise.reject(new Error('no seal'));
    const [lost, next] = await Promise.allSettled([change(NAME, failing), change(NAME, adding('c'))]);
    expect(lost).toMatchObject({ status: 'rejected', reason: { message: 'no seal' } });
    expect(next).toMatchObject({ status: 'fulfilled', value: { after: 'c' } });
  });
});
