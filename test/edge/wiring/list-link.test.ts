import { describe, expect, test } from 'vitest';
import type { ListAct, ListApi } from '../../../edge/lists/list-api.ts';
import { createListLink } from '../../../edge/wiring/list-link.ts';

type Break = 'before' | 'after' | null;

/** A list that is there until it is removed, whose calls break as told, in turn. */
function listThatBreaks(breaks: readonly Break[]) {
  const left = [...breaks];
  const calls: string[] = [];
  let isThere = true;
  const call = async <T>(name: string, act: () => T): Promise<T> => {
    const broken = left.shift() ?? null;
    if (broken === 'before') throw new Error('Network connection lost.');
    calls.push(name);
    const result = act();
    if (broken === 'after') throw new Error('Network connection lost.');
    return result;
  };
  const stub = {
    owner: () => call('owner', () => (isThere ? 'operator' : null)),
    remove: () =>
      call('remove', (): ListAct => {
        const act = isThere ? 'done' : 'missing';
        isThere = false;
        return act;
      }),
  } as ListApi;
  return { link: createListLink(() => stub), calls };
}

describe('a call of a list', () => {
  test.each<Break>(['before', 'after'])('is made again if it breaks %s the object has it', async (broken) => {
    const { link } = listThatBreaks([broken]);
    expect(await link.owner()).toBe('operator');
  });

  test('is a Problem with a time to wait if it breaks twice', async () => {
    const { link } = listThatBreaks(['before', 'before']);
    await expect(link.owner()).rejects.toMatchObject({ code: 'store_unavailable', headers: { 'retry-after': '5' } });
  });

  test('that deletes is done if only its answer was lost, and a list that is not there stays missing', async () => {
    const { link, calls } = listThatBreaks(['after']);
    expect(await link.remove()).toBe('done');
    expect(calls).toEqual(['remove', 'remove']);
    expect(await link.remove()).toBe('missing');
  });
});
