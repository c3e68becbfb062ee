import { describe, expect, test } from 'vitest';
import { pacedStore } from '../../../edge/async/paced-store.ts';

/** Refuses so many writes, as KV does within a second. */
class RefusingStore {
  readonly values = new Map<string, string>();
  refusals: number;
  constructor(refusals: number) {
    this.refusals = refusals;
  }
  async get(key: string): Promise<string | null> {
    return this.values.get(key) ?? null;
  }
  async put(key: string, value: string): Promise<void> {
    this.#refuse();
    this.values.set(key, value);
  }
  async delete(key: string): Promise<void> {
    this.#refuse();
    this.values.delete(key);
  }
  #refuse(): void {
    this.refusals -= 1;
    if (this.refusals >= 0) throw new Error('KV PUT failed: 429 Too Many Requests');
  }
}

describe('a store whose writes are paced', () => {
  test('has a refused write made again, and a refused deletion', async () => {
    const below = new RefusingStore(1);
    const store = pacedStore(below, 1);
    await store.put('a', 'b');
    expect(await store.get('a')).toBe('b');
    below.refusals = 1;
    await store.delete('a');
    expect(await store.get('a')).toBeNull();
  });

  test('tells of a write that is refused twice', async () => {
    await expect(pacedStore(new RefusingStore(2), 1).put('a', 'b')).rejects.toThrow('429');
  });
});
