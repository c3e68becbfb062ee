import { describe, expect, test, vi } from 'vitest';
import { type GatheredMemory, gatherMemory } from '../../../edge/batch/batch-memory.ts';
import { createPatientStore } from '../../../edge/memory/patient-store.ts';
import type { Store } from '../../../edge/memory/results.ts';
import { type MapStore, mapStore } from '../memory/map-store.ts';

/** Timers that a test lets run out. */
function gathering(store: Store): Pick<GatheredMemory, 'behind' | 'finish'> & { many: Store; runOut: () => void } {
  const timers: (() => void)[] = [];
  const patient = createPatientStore(
    store,
    () => 0,
    () => 0,
  );
  const { store: many, ...rest } = gatherMemory(patient, { after: (_, callBack) => timers.push(callBack) });
  return {
    many,
    ...rest,
    runOut: () => {
      for (const callBack of timers.splice(0)) callBack();
    },
  };
}

async function storeOf(entries: Readonly<Record<string, string>>): Promise<MapStore> {
  const store = mapStore();
  for (const [key, value] of Object.entries(entries)) await store.put(key, value, { expirationTtl: 60 });
  return store;
}

const keys = (count: number): readonly string[] => Array.from({ length: count }, (_, index) => `k${index}`);

describe('concurrent reads', () => {
  test('concurrent reads become one read, and each caller gets its own value', async () => {
    const store = await storeOf({ k0: 'zero', k2: 'two' });
    const { many, runOut } = gathering(store);
    const values = Promise.all(keys(3).map((key) => many.get(key)));
    runOut();
    expect(await values).toEqual(['zero', null, 'two']);
    expect(store.reads).toEqual([['k0', 'k1', 'k2']]);
  });

  test('concurrent reads of one key are coalesced', async () => {
    const store = await storeOf({ k0: 'zero' });
    const { many, runOut } = gathering(store);
    const values = Promise.all([many.get('k0'), many.get('k0')]);
    runOut();
    expect(await values).toEqual(['zero', 'zero']);
    expect(store.reads).toEqual([['k0']]);
  });

  test('a batch of reads has at most a hundred keys, and a full one does not wait', async () => {
    const store = await storeOf({});
    const { many, runOut } = gathering(store);
    const values = Promise.all(keys(250).map((key) => many.get(key)));
    await new Promise((resolve) => setImmediate(resolve));
    expect(store.reads.map(({ length }) => length)).toEqual([100, 100]);
    runOut();
    await values;
    expect(store.reads.map(({ length }) => length)).toEqual([100, 100, 50]);
  });

  test('reads are as many as one invocation may make; a further read finds nothing', async () => {
    const store = await storeOf({ k0: 'zero' });
    const { many, runOut } = gathering(store);
    const read = async (): Promise<string | null> => {
      const value = many.get('k0');
      runOut();
      return value;
    };
    for (let count = 0; count < 1_000; count += 1) await read();
    expect(await read()).toBeNull();
    expect(store.reads).toHaveLength(1_000);
    await many.put('k1', 'one', { expirationTtl: 60 });
    expect(store.entries.has('k1')).toBe(false);
  });

  test('concurrent reads find nothing if the store fails', async () => {
    const failing: Store = { get: () => Promise.reject(new Error('KV is away')), put: async () => {} };
    const { many, runOut } = gathering(failing);
    const values = Promise.all([many.get('k0'), many.get('k1')]);
    runOut();
    expect(await values).toEqual([null, null]);
  });
});

describe('writes', () => {
  /** A store that takes its time, and how many writes it has had at once at most. */
  async function slowStore() {
    const store = await storeOf({});
    let running = 0;
    let most = 0;
    const put: Store['put'] = async (key, value, options) => {
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => setImmediate(resolve));
      await store.put(key, value, options);
      running -= 1;
    };
    return { store, most: () => most, ...gathering({ ...store, put }) };
  }

  test('writes are made while the list runs, one at a time, so that reads go first', async () => {
    const { store, most, many } = await slowStore();
    await Promise.all(keys(20).map((key) => many.put(key, 'value', { expirationTtl: 60 })));
    expect([store.entries.size, most()]).toEqual([20, 1]);
  });

  test('writes of one key are merged into one with the newest value, which reads before it see', async () => {
    const { store, many } = await slowStore();
    const first = many.put('k1', 'one', { expirationTtl: 60 });
    const written = Promise.all([
      many.put('k0', 'zero', { expirationTtl: 60 }),
      many.put('k0', 'nought', { expirationTtl: 90 }),
    ]);
    expect(await many.get('k0')).toBe('nought');
    await Promise.all([first, written]);
    expect([...store.entries]).toMatchObject([
      ['k1', {}],
      ['k0', { value: 'nought', expirationTtl: 90 }],
    ]);
  });

  test('writes of one key never overtake each other', async () => {
    const { store, many, most, finish, runOut } = await slowStore();
    finish();
    runOut();
    await Promise.all(['a', 'b', 'c'].map((value) => many.put('k0', value, { expirationTtl: 60 })));
    expect([store.entries.get('k0')?.value, most()]).toEqual(['c', 1]);
  });

  test('writes leave some operations for reads, and five run at once after the list is done', async () => {
    const { store, most, many, finish, runOut } = await slowStore();
    const written = Promise.all(keys(1_000).map((key) => many.put(key, 'value', { expirationTtl: 60 })));
    finish();
    runOut();
    await written;
    expect([store.entries.size, most()]).toEqual([950, 5]);
  });

  test('writes share their turns with other work behind the verdicts, whose faults reach its caller', async () => {
    const { many, behind } = await slowStore();
    const order: string[] = [];
    const put = many.put('k0', 'zero', { expirationTtl: 60 }).then(() => order.push('write'));
    const done = behind(async () => void order.push('message'));
    const broken = behind(() => Promise.reject(new Error('no queue')));
    await expect(broken).rejects.toThrow('no queue');
    await Promise.all([put, done]);
    expect(order).toEqual(['write', 'message']);
  });

  test('writes that fail do not stop the others', async () => {
    const store = await storeOf({});
    const put: Store['put'] = async (key, value, options) => {
      if (key === 'k1') throw new Error('KV is away');
      await store.put(key, value, options);
    };
    const { many, finish, runOut } = gathering({ ...store, put });
    const written = Promise.allSettled(keys(3).map((key) => many.put(key, 'value', { expirationTtl: 60 })));
    finish();
    runOut();
    expect((await written).map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect([...store.entries.keys()]).toEqual(['k0', 'k2']);
  });

  test('writes of bulk work wait for a turn each', async () => {
    const store = mapStore();
    const turns: (() => void)[] = [];
    const giveWay = (): Promise<void> => new Promise((resolve) => turns.push(resolve));
    const { store: many } = gatherMemory(
      createPatientStore(
        store,
        () => 0,
        () => 0,
      ),
      { after: () => {}, giveWay },
    );
    const written = keys(3).map((key) => many.put(key, 'value', { expirationTtl: 60 }));
    expect(store.entries.size).toBe(0);
    for (const [place, write] of written.entries()) {
      await vi.waitFor(() => expect(turns).toHaveLength(place + 1));
      turns.at(-1)?.();
      await write;
      expect(store.entries.size).toBe(place + 1);
    }
  });

  test('writes that come after the end are made at once', async () => {
    const store = await storeOf({});
    const { many, finish, runOut } = gathering(store);
    finish();
    runOut();
    await many.put('k0', 'zero', { expirationTtl: 60 });
    expect(store.entries.size).toBe(1);
  });
});
