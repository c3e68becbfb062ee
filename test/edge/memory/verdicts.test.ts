import { describe, expect, test } from 'vitest';
import type { RememberedVerdict, Store } from '../../../edge/memory/results.ts';
import { createVerdicts } from '../../../edge/memory/verdicts.ts';
import { gate } from '../small-world.ts';
import { mapStore } from './map-store.ts';

const START_MS = Date.UTC(2026, 0, 1);
const ADA = 'ada@firm.example';

function remembered(parts: Partial<RememberedVerdict> = {}): RememberedVerdict {
  const checked_at = new Date(START_MS).toISOString();
  return { reason: 'accepted', catch_all: false, mx: null, smtp: null, checked_at, retry_after: null, ...parts };
}

async function createMemory() {
  const clock = { nowMs: START_MS };
  const secret = await crypto.subtle.generateKey({ name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
  const store = mapStore();
  const reads: string[] = [];
  const counted: Store = {
    get: (key) => {
      reads.push(key);
      return store.get(key);
    },
    put: store.put,
  };
  const isolate = () => createVerdicts(secret, () => clock.nowMs);
  return { clock, store, counted, reads, isolate, verdicts: isolate()(counted) };
}

describe('a verdict', () => {
  test('a verdict is cached once it is remembered, before it is stored, for this spelling only', async () => {
    const { verdicts, store, reads } = await createMemory();
    const stored = verdicts.remember(ADA, remembered(), 3_600);
    expect(store.entries.size).toBe(0);
    expect(verdicts.atHand(ADA)).toEqual(remembered());
    expect(await verdicts.recall(ADA)).toEqual(remembered());
    await stored;
    expect([store.entries.size, reads]).toEqual([1, []]);
    expect(verdicts.atHand('ADA@firm.example')).toBeNull();
    expect(await verdicts.recall('ADA@firm.example')).toBeNull();
  });

  test("a verdict is stored though the data centre's cache does not answer", async () => {
    const { isolate, counted, store } = await createMemory();
    const silent = (): Promise<never> => new Promise(() => {});
    void isolate()(counted, { get: silent, put: silent }).remember(ADA, remembered(), 3_600);
    await expect.poll(() => store.entries.size).toBe(1);
  });

  test('a verdict is not replaced by an older one whose read began before it was known', async () => {
    const { isolate, counted } = await createMemory();
    const read = gate<string | null>();
    const slow = isolate()({ ...counted, get: () => read.passed });
    const recalled = slow.recall(ADA);
    await slow.remember(ADA, remembered({ reason: 'mailbox_not_found' }), 3_600);
    read.open(JSON.stringify(remembered()));
    expect((await recalled)?.reason).toBe('mailbox_not_found');
    expect(slow.atHand(ADA)?.reason).toBe('mailbox_not_found');
  });

  test('a verdict of another isolate is read once, and cached from then on', async () => {
    const { isolate, counted, verdicts, reads } = await createMemory();
    await verdicts.remember(ADA, remembered(), 3_600);
    const other = isolate()(counted);
    expect(other.atHand(ADA)).toBeNull();
    expect(await other.recall(ADA)).toEqual(remembered());
    expect(await other.recall(ADA)).toEqual(remembered());
    expect(other.atHand(ADA)).toEqual(remembered());
    expect(reads).toHaveLength(1);
  });

  test.each<[string, Partial<RememberedVerdict>, number]>([
    ['a minute, as late as KV itself may be', {}, 60_000],
    ['seconds if it is temporary', { reason: 'greylisted', retry_after: 300 }, 5_000],
    ['no longer than a caller was told to wait', { reason: 'greylisted', retry_after: 2 }, 2_000],
  ])('a verdict is cached for %s; then the store is asked, which may know better', async (_, parts, ms) => {
    const { clock, isolate, counted, verdicts } = await createMemory();
    await verdicts.remember(ADA, remembered(parts), 3_600);
    const newer = remembered({ reason: 'mailbox_not_found' });
    await isolate()(counted).remember(ADA, newer, 3_600);
    clock.nowMs += ms - 1;
    expect((await verdicts.recall(ADA))?.reason).toBe(parts.reason ?? 'accepted');
    clock.nowMs += 1;
    expect((await verdicts.recall(ADA))?.reason).toBe('mailbox_not_found');
  });

  test('a missing verdict is looked up each time: another isolate may have found it meanwhile', async () => {
    const { verdicts, reads } = await createMemory();
    expect([await verdicts.recall(ADA), await verdicts.recall(ADA)]).toEqual([null, null]);
    expect(reads).toHaveLength(2);
  });

  test('a verdict is cached for every store of the isolate', async () => {
    const { isolate } = await createMemory();
    const over = isolate();
    await over(mapStore()).remember(ADA, remembered(), 3_600);
    expect(over(mapStore()).atHand(ADA)).toEqual(remembered());
  });

  test('a verdict is cached with ten thousand others, and no more', async () => {
    const { verdicts } = await createMemory();
    const names = Array.from({ length: 10_001 }, (_, index) => `u${index}@firm.example`);
    await Promise.all(names.map((name) => verdicts.remember(name, remembered(), 3_600)));
    expect(names.filter((name) => verdicts.atHand(name) !== null)).toHaveLength(10_000);
    expect(verdicts.atHand('u0@firm.example')).toBeNull();
  });
});

describe('a refresh', () => {
  test('a refresh is claimed by the first caller, and by no other for an hour', async () => {
    const { clock, verdicts } = await createMemory();
    expect([verdicts.claimRefresh(ADA), verdicts.claimRefresh(ADA)]).toEqual([true, false]);
    expect(verdicts.claimRefresh('Ada@firm.example')).toBe(true);
    clock.nowMs += 3_600_000;
    expect(verdicts.claimRefresh(ADA)).toBe(true);
  });
});
