import { describe, expect, test, vi } from 'vitest';
import { createKeyRing } from '../../../edge/keys/key-ring.ts';
import type { KeyRecord } from '../../../edge/keys/records.ts';

const RECORD: KeyRecord = {
  id: 'an-id',
  kind: 'secret',
  name: null,
  sealed_email: null,
  sealed_webhook: null,
  origins: [],
  visitor_daily_quota: null,
  visitor_minute_quota: null,
  daily_quota: 5,
  created_at: '2026-01-01T00:00:00.000Z',
};

describe('a key ring', () => {
  test('a key ring caches a key for a minute, known or not', async () => {
    let nowMs = 0;
    const ring = createKeyRing(
      async (key) => (key === 'known' ? RECORD : null),
      () => nowMs,
    );
    expect([ring.atHand('known'), ring.atHand('other')]).toEqual([undefined, undefined]);
    expect([await ring.lookUp('known'), await ring.lookUp('other')]).toEqual([RECORD, null]);
    nowMs = 59_999;
    expect([ring.atHand('known'), ring.atHand('other')]).toEqual([RECORD, null]);
    nowMs = 60_000;
    expect([ring.atHand('known'), ring.atHand('other')]).toEqual([undefined, undefined]);
  });

  test('a key ring drops a revoked key, and no other', async () => {
    const ring = createKeyRing(
      async (key) => ({ ...RECORD, id: key }),
      () => 0,
    );
    await ring.lookUp('one');
    await ring.lookUp('two');
    ring.forget('one');
    expect([ring.atHand('one'), ring.atHand('two')?.id]).toEqual([undefined, 'two']);
  });

  test('a key ring keeps the known keys, however many others are made up', async () => {
    const ring = createKeyRing(
      async (key) => (key === 'known' ? RECORD : null),
      () => 0,
    );
    await ring.lookUp('known');
    for (let made = 0; made < 6_000; made += 1) await ring.lookUp(`made up ${made}`);
    expect(ring.atHand('known')).toEqual(RECORD);
    expect([ring.atHand('made up 0'), ring.atHand('made up 5999')]).toEqual([undefined, null]);
  });

  test('a key ring throws if the store fails or does not answer, and caches nothing of it', async () => {
    vi.useFakeTimers();
    const answers = [() => Promise.reject(new Error('away')), () => new Promise<never>(() => {}), async () => RECORD];
    const ring = createKeyRing(
      () => (answers.shift() ?? (async () => null))(),
      () => 0,
    );
    await expect(ring.lookUp('key')).rejects.toThrow('away');
    const silent = expect(ring.lookUp('key')).rejects.toThrow('timeout');
    await vi.advanceTimersByTimeAsync(2_000);
    await silent;
    expect(ring.atHand('key')).toBeUndefined();
    expect(await ring.lookUp('key')).toEqual(RECORD);
    vi.useRealTimers();
  });
});
