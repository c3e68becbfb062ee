import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { asInvocation, connection } from '../../../edge/async/connections.ts';
import { createPatientStore } from '../../../edge/memory/patient-store.ts';
import type { Store } from '../../../edge/memory/results.ts';
import { mapStore } from './map-store.ts';

/** A store in which one method is replaced, and how often it was read. */
function createStore(parts: Partial<Store>) {
  const clock = { nowMs: 0 };
  const inner = { ...mapStore(), ...parts };
  const get = vi.fn(inner.get);
  return {
    clock,
    get,
    store: createPatientStore(
      { ...inner, get },
      () => clock.nowMs,
      () => 0.5,
    ),
  };
}

const silent = (): Promise<never> => new Promise(() => {});
const broken = (): Promise<never> => Promise.reject(new Error('KV is down'));

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
});

afterEach(() => {
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

describe('a store that works', () => {
  test('a store that works returns stored values', async () => {
    const { store } = createStore({});
    await store.put('key', 'value', { expirationTtl: 60 });
    expect([await store.get('key'), await store.get('other')]).toEqual(['value', null]);
  });
});

describe('a store that does not answer', () => {
  test('a store that does not answer is waited for briefly, and reads as empty', async () => {
    const { store } = createStore({ get: silent });
    let value: string | null | undefined;
    void store.get('key').then((found) => {
      value = found;
    });
    await vi.advanceTimersByTimeAsync(999);
    expect(value).toBeUndefined();
    await vi.advanceTimersByTimeAsync(1);
    expect(value).toBeNull();
  });

  test('a store that does not answer is skipped for a while after three failures, and then asked again', async () => {
    const { clock, get, store } = createStore({ get: silent });
    for (let times = 0; times < 5; times += 1) {
      const value = store.get('key');
      await vi.advanceTimersByTimeAsync(1_000);
      expect(await value).toBeNull();
    }
    expect(get).toHaveBeenCalledTimes(3);
    clock.nowMs = 10_000;
    void store.get('key');
    await vi.advanceTimersByTimeAsync(0);
    expect(get).toHaveBeenCalledTimes(4);
    await vi.advanceTimersByTimeAsync(1_000);
  });

  test('a store that does not answer does not hold up a writer for ever, and the writer gets the fault', async () => {
    const { store } = createStore({ put: silent });
    const written = expect(store.put('key', 'value', { expirationTtl: 60 })).rejects.toThrow('timeout');
    await vi.advanceTimersByTimeAsync(2 * 10_000 + 1_500);
    await written;
  });
});

describe('a store that is far away', () => {
  test('a store that is far away is waited for: 500 ms for an address that is new are usual there', async () => {
    const { store } = createStore({ get: () => new Promise((resolve) => setTimeout(() => resolve('known'), 500)) });
    for (let times = 0; times < 5; times += 1) {
      const value = store.get('key');
      await vi.advanceTimersByTimeAsync(500);
      expect(await value).toBe('known');
    }
  });

  test('a store that answers too late three times is asked again as soon as it has answered', async () => {
    const { get, store } = createStore({
      get: () => new Promise((resolve) => setTimeout(() => resolve('known'), 1_200)),
    });
    for (let times = 0; times < 3; times += 1) {
      const value = store.get('key');
      await vi.advanceTimersByTimeAsync(1_000);
      expect(await value).toBeNull();
    }
    await vi.advanceTimersByTimeAsync(200);
    void store.get('key');
    await vi.advanceTimersByTimeAsync(0);
    expect(get).toHaveBeenCalledTimes(4);
    await vi.advanceTimersByTimeAsync(1_200);
  });
});

describe('a store that throws', () => {
  test('a store that throws reads as empty, and is skipped after three failures', async () => {
    const { get, store } = createStore({ get: broken });
    for (let times = 0; times < 5; times += 1) expect(await store.get('key')).toBeNull();
    expect(get).toHaveBeenCalledTimes(3);
  });

  test('a store that throws now and then is asked each time', async () => {
    let times = 0;
    const { get, store } = createStore({ get: () => (++times % 2 === 0 ? Promise.resolve(null) : broken()) });
    for (let index = 0; index < 10; index += 1) await store.get('key');
    expect(get).toHaveBeenCalledTimes(10);
  });

  test('a store that throws reports it to the writer', async () => {
    const { store } = createStore({ put: broken });
    const written = expect(store.put('key', 'value', { expirationTtl: 60 })).rejects.toThrow('KV is down');
    await vi.advanceTimersByTimeAsync(1_500);
    await written;
  });

  test('a store that refuses a write, because its key was written a moment ago, is asked for it once more', async () => {
    const { put } = mapStore();
    let times = 0;
    const { store, get } = createStore({ put: (...asked) => (++times === 1 ? broken() : put(...asked)) });
    const written = store.put('key', 'value', { expirationTtl: 60 });
    await vi.advanceTimersByTimeAsync(1_499);
    expect(times).toBe(1);
    await vi.advanceTimersByTimeAsync(1);
    await written;
    expect([times, get.mock.calls]).toEqual([2, []]);
  });
});

describe('a read without a connection', () => {
  test('a read without a connection for ten seconds reads as empty, and is no failure of the store', async () => {
    const { get, store } = createStore({});
    await store.put('key', 'value', { expirationTtl: 60 });
    await asInvocation(async () => {
      for (let number = 0; number < 5; number += 1) await connection('other');
      const reads = [1, 2, 3].map(() => store.get('key'));
      await vi.advanceTimersByTimeAsync(10_000);
      expect(await Promise.all(reads)).toEqual([null, null, null]);
    });
    expect(get).not.toHaveBeenCalled();
    expect(await store.get('key')).toBe('value');
  });
});
