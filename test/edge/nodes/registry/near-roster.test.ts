import { beforeEach, describe, expect, test } from 'vitest';
import type { HttpCache } from '../../../../edge/memory/data-centre-cache.ts';
import { askNearFirst, type NearRosterPorts } from '../../../../edge/nodes/registry/near-roster.ts';
import { readRoster, writeRoster } from '../../../../edge/nodes/registry/roster-copy.ts';
import { recordOf, START_MS } from '../registry-world.ts';

let nowMs: number;
let asked: number;
let entries: Map<string, Response>;
let cache: HttpCache;

beforeEach(() => {
  nowMs = START_MS;
  asked = 0;
  entries = new Map();
  cache = {
    match: async (url) => entries.get(url)?.clone(),
    put: async (url, response) => void entries.set(url, response),
  };
});

/** A snapshot with one node, or without any. */
function snapshotOf(...ids: readonly string[]): string {
  const nodes = ids.map((id) => recordOf(id));
  return writeRoster(nodes, START_MS, { atMs: 0, latestHeardMs: 0 });
}

/** One question of an isolate, with the work behind it. */
async function ask(parts: Partial<NearRosterPorts> = {}): Promise<string> {
  const behind: Promise<unknown>[] = [];
  const text = await askNearFirst({
    ask: async () => {
      asked += 1;
      return snapshotOf(`node${asked}`);
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
    for (let isolate = 0; isolate < 10; isolate += 1) expect(await ask()).toBe(snapshotOf('node1'));
    nowMs += 3_999;
    expect(await ask()).toBe(snapshotOf('node1'));
    nowMs += 1;
    expect([await ask(), asked]).toEqual([snapshotOf('node2'), 2]);
  });

  test('the isolates of a data centre do not take the snapshot of another edge', async () => {
    await ask();
    expect(await ask({ edgeName: 'another' })).toBe(snapshotOf('node2'));
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
    expect(await ask({ cache: without })).toBe(snapshotOf('node2'));
  });

  test('the isolates of a data centre do not keep a snapshot in which there is nobody to ask', async () => {
    await ask({ ask: async () => snapshotOf() });
    expect(entries.size).toBe(0);
    expect(readRoster(await ask())?.nodes).toHaveLength(1);
  });

  test('the isolates of a data centre are told if the registry is away, and nothing is kept', async () => {
    await expect(ask({ ask: () => Promise.reject(new Error('object reset')) })).rejects.toThrow('object reset');
    expect(entries.size).toBe(0);
  });
});
