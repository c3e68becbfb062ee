import { describe, expect, test } from 'vitest';
import { asInvocation, connection, withConnection } from '../../../edge/async/connections.ts';
import { gate } from '../small-world.ts';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Works that last until they are told to end, and how many have begun. */
function works() {
  const begun: string[] = [];
  const ends: (() => void)[] = [];
  const begin = (name: string, use: 'node' | 'other' = 'other'): Promise<void> => {
    const { passed, open } = gate<void>();
    return withConnection(use, () => {
      begun.push(name);
      ends.push(() => open(undefined));
      return passed;
    });
  };
  return { begun, begin, end: (index: number) => ends[index]?.() };
}

describe('an invocation', () => {
  test('an invocation has five connections for everything, and a sixth that is kept for a node', async () => {
    const { begun, begin, end } = works();
    asInvocation(() => {
      for (let number = 1; number <= 7; number += 1) void begin(`kv ${number}`);
      void begin('node 1', 'node');
      void begin('node 2', 'node');
    });
    await turn();
    expect(begun).toEqual(['kv 1', 'kv 2', 'kv 3', 'kv 4', 'kv 5', 'node 1']);
    end(0);
    await turn();
    expect(begun.slice(6)).toEqual(['node 2']);
    end(1);
    await turn();
    expect(begun.slice(7)).toEqual([]);
    end(2);
    await turn();
    expect(begun.slice(7)).toEqual(['kv 6']);
  });

  test('an invocation gives a connection back when the work fails', async () => {
    await asInvocation(async () => {
      for (let times = 0; times < 12; times += 1) {
        await withConnection('other', () => Promise.reject(new Error('refused'))).catch(() => {});
      }
      const giveBack = await connection('other');
      giveBack();
      giveBack();
    });
  });

  test('an invocation does not take connections from another one, and work outside of any is not counted', async () => {
    const { begun, begin } = works();
    const six = (name: string): void => {
      for (let number = 0; number < 6; number += 1) void begin(name);
    };
    asInvocation(() => six('one'));
    asInvocation(() => six('two'));
    six('none');
    await turn();
    const countOf = (name: string): number => begun.filter((each) => each === name).length;
    expect(['one', 'two', 'none'].map(countOf)).toEqual([5, 5, 6]);
  });

  test('an invocation keeps its count behind awaits, timers and the end of the work that began it', async () => {
    const { begun, begin } = works();
    await asInvocation(async () => {
      for (let number = 0; number < 4; number += 1) void begin('early');
      await turn();
      setTimeout(() => {
        for (let number = 0; number < 4; number += 1) void begin('late');
      }, 1);
    });
    await expect.poll(() => begun).toEqual(['early', 'early', 'early', 'early', 'late']);
  });

  test('a wait for a connection ends with its time, and the next in line is served', async () => {
    const { begun, begin, end } = works();
    const given = asInvocation(() => {
      for (let number = 0; number < 5; number += 1) void begin('kv');
      const waited = connection('other', undefined, 1).catch((reason: Error) => reason.name);
      void begin('next');
      return waited;
    });
    expect(await given).toBe('TimeoutError');
    end(0);
    await turn();
    expect(begun.at(-1)).toBe('next');
  });

  test('a wait for a connection ends with its signal, and the next in line is served', async () => {
    const { begun, begin, end } = works();
    const gone = new AbortController();
    const given = asInvocation(() => {
      for (let number = 0; number < 5; number += 1) void begin('kv');
      const waited = connection('other', gone.signal).then(
        () => 'given',
        (reason: unknown) => reason,
      );
      void begin('next');
      return waited;
    });
    gone.abort('gone');
    expect(await given).toBe('gone');
    end(0);
    await turn();
    expect(begun.at(-1)).toBe('next');
    expect(await asInvocation(() => connection('other', gone.signal).then(() => 'given'))).toBe('given');
  });
});
