import { beforeEach, describe, expect, test } from 'vitest';
import type { HttpCache } from '../../../../edge/memory/data-centre-cache.ts';
import { askNearFirst, type NearRosterPorts } from '../../../../edge/nodes/registry/near-roster.ts';

let nowMs: number;
let asked: number;
let entries: Map<string, Response>;
let cache: HttpCache;

beforeEach(() => {
  nowMs = Date.UTC(2026, 0, 1);
  asked = 0;
  entries = new Map();
  cache = {
    match: async (url) => entries.get(url)?.clone(),
    put: async (url, response) => void entries.set(url, response),
  };
});

/** One question of an isolate, with the work behind it. */
async function ask(parts: Partial<NearRosterPorts> = {}): Promise<string> {
  const behind: Promise<unknown>[] = [];
  const text = await askNearFirst({
    ask: async () => {
      asked += 1;
      return `snapshot ${asked}`;
    },
    cache,
    edgeName: 'this',
    background: (work) => behind.push(work),
    nowMs: () => nowMs,
    ...parts,
  });
  await Promise.all(behind);
  return text;
}

describe('the isolates of a data centre', () => {
  test('the isolates of a data centre ask the registry once in four seconds, however many they are', async () => {
    for (let isolate = 0; isolate < 10; isolate += 1) expect(await ask()).toBe('snapshot 1');
    nowMs += 3_999;
    expect(await ask()).toBe('snapshot 1');
    nowMs += 1;
    expect([await ask(), asked]).toEqual(['snapshot 2', 2]);
  });

  test('the isolates of a data centre do not take the snapshot of another edge', async () => {
    await ask();
    expect(await ask({ edgeName: 'another' })).toBe('snapshot 2');
  });

  test.each<[string, HttpCache | null]>([
    ['no cache', null],
    ['a cache that keeps nothing, as on workers.dev', { match: async () => undefined, put: async () => {} }],
    [
      'a cache that throws',
      { match: () => Promise.reject(new Error('away')), put: () => Promise.reject(new Error('away')) },
    ],
  ])('the isolates of a data centre with %s ask the registry', async (_, without) => {
    await ask({ cache: without });
    expect(await ask({ cache: without })).toBe('snapshot 2');
  });

  test('the isolates of a data centre are told if the registry is away, and nothing is kept', async () => {
    await expect(ask({ ask: () => Promise.reject(new Error('object reset')) })).rejects.toThrow('object reset');
    expect(entries.size).toBe(0);
  });
});
