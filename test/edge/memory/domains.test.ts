import { describe, expect, test } from 'vitest';
import { type DomainMemory, recallDomain, rememberDomain } from '../../../edge/memory/domains.ts';
import type { Store } from '../../../edge/memory/results.ts';
import { mapStore } from './map-store.ts';

const DAY_SECONDS = 86_400;
const NOW_MS = Date.UTC(2026, 0, 10);

function memoryOf(parts: Partial<DomainMemory> = {}, ageSeconds = 0): DomainMemory {
  const learnt_at = new Date(NOW_MS - ageSeconds * 1_000).toISOString();
  return { accepts_all: true, code: 250, enhanced: '2.1.5', learnt_at, ...parts };
}

async function lifeOf(memory: DomainMemory): Promise<number | undefined> {
  const store = mapStore();
  await rememberDomain(store, 'firm.example', memory, NOW_MS);
  return [...store.entries.values()][0]?.expirationTtl;
}

describe('what a domain has taught', () => {
  test('is recalled as it was, of this domain and no other', async () => {
    const store = mapStore();
    const memory = memoryOf({ accepts_all: false, code: 550, enhanced: null });
    await rememberDomain(store, 'firm.example', memory, NOW_MS);
    expect(await recallDomain(store, 'firm.example')).toEqual(memory);
    expect(await recallDomain(store, 'other.example')).toBeNull();
  });

  test.each([
    ['accepts everybody', true, 7],
    ['does not', false, 3],
  ])('lives by its kind: a domain that %s', async (_, accepts_all, days) => {
    expect(await lifeOf(memoryOf({ accepts_all }))).toBe(days * DAY_SECONDS);
  });

  test.each([
    [true, 7 * DAY_SECONDS],
    [false, 3 * DAY_SECONDS],
  ])('lives from when it was learnt, not from when it was told: %j', async (accepts_all, lifeSeconds) => {
    expect(await lifeOf(memoryOf({ accepts_all }, DAY_SECONDS))).toBe(lifeSeconds - DAY_SECONDS);
    expect(await lifeOf(memoryOf({ accepts_all }, lifeSeconds - 60))).toBe(60);
    expect(await lifeOf(memoryOf({ accepts_all }, lifeSeconds - 59))).toBeUndefined();
    expect(await lifeOf(memoryOf({ accepts_all }, lifeSeconds + DAY_SECONDS))).toBeUndefined();
  });

  test('lives no longer than its kind where a clock is ahead', async () => {
    expect(await lifeOf(memoryOf({}, -3_600))).toBe(7 * DAY_SECONDS);
  });

  test('holds the codes of the reply and not its text, in which the random mailbox may stand', async () => {
    const store = mapStore();
    const told = { ...memoryOf(), text: '<anna.barbar10@firm.example>: User unknown' };
    await store.put('d1:firm.example', JSON.stringify(told), { expirationTtl: 60 });
    expect(await recallDomain(store, 'firm.example')).toEqual(memoryOf());
  });

  test('is kept under the domain alone: neither key nor value has a local part', async () => {
    const store = mapStore();
    await rememberDomain(store, 'firm.example', memoryOf(), NOW_MS);
    expect([...store.entries.keys()]).toEqual(['d1:firm.example']);
    expect(JSON.stringify([...store.entries])).not.toContain('@');
  });
});

describe('nothing is known of a domain', () => {
  test('where the store is broken', async () => {
    const broken: Store = {
      get: () => Promise.reject(new Error('KV is down')),
      put: () => Promise.reject(new Error('KV is down')),
    };
    expect(await recallDomain(broken, 'firm.example')).toBeNull();
  });

  test.each([
    ['is no JSON', '{'],
    ['is null', 'null'],
    ['does not say what was learnt', JSON.stringify({ ...memoryOf(), accepts_all: undefined })],
    ['does not say when', JSON.stringify({ ...memoryOf(), learnt_at: 'lately' })],
  ])('where the value %s', async (_, value) => {
    const store = mapStore();
    await store.put('d1:firm.example', value, { expirationTtl: 60 });
    expect(await recallDomain(store, 'firm.example')).toBeNull();
  });
});
