import { describe, expect, test } from 'vitest';
import type { HttpCache } from '../../../edge/memory/data-centre-cache.ts';
import { createNearVerdicts } from '../../../edge/memory/near-verdicts.ts';
import { memoryKey, type RememberedVerdict } from '../../../edge/memory/results.ts';
import { createVerdicts } from '../../../edge/memory/verdicts.ts';
import { gate } from '../small-world.ts';
import { mapStore } from './map-store.ts';

const START_MS = Date.UTC(2026, 0, 1);
const ADA = 'ada@firm.example';

function remembered(parts: Partial<RememberedVerdict> = {}): RememberedVerdict {
  const checked_at = new Date(START_MS).toISOString();
  return { reason: 'accepted', catch_all: false, mx: null, smtp: null, checked_at, retry_after: null, ...parts };
}

/** A data centre: its cache, and isolates over stores of their own, as KV may look to them. */
async function createDataCentre(parts: Partial<HttpCache> = {}) {
  const clock = { nowMs: START_MS };
  const nowMs = () => clock.nowMs;
  const secret = await crypto.subtle.generateKey({ name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
  const entries = new Map<string, Response>();
  const cache: HttpCache = {
    match: async (url) => entries.get(url)?.clone(),
    put: async (url, response) => void entries.set(url, response),
    ...parts,
  };
  const isolate = (store = mapStore()) => createVerdicts(secret, nowMs)(store, createNearVerdicts(cache, nowMs));
  return { clock, secret, entries, isolate };
}

describe("the data centre's cache", () => {
  test("the data centre's cache answers an isolate to which KV shows nothing yet", async () => {
    const { isolate } = await createDataCentre();
    await isolate().remember(ADA, remembered(), 3_600);
    expect(await isolate().recall(ADA)).toEqual(remembered());
  });

  test("the data centre's cache goes before an older verdict of KV", async () => {
    const { isolate, secret } = await createDataCentre();
    const store = mapStore();
    await store.put(await memoryKey(secret, ADA), JSON.stringify(remembered({ reason: 'unconfirmed' })));
    await isolate().remember(ADA, remembered(), 3_600);
    expect(await isolate(store).recall(ADA)).toMatchObject({ reason: 'accepted' });
  });

  test("the data centre's cache names no address, neither in a URL nor in an entry", async () => {
    const { isolate, entries, secret } = await createDataCentre();
    await isolate().remember(ADA, remembered(), 3_600);
    const [[url, response] = ['', new Response()]] = [...entries];
    expect(url).toBe(`https://verdict.vrfy.invalid/${(await memoryKey(secret, ADA)).replace(':', '/')}`);
    expect(`${url} ${await response.text()}`).not.toMatch(/ada|firm/i);
  });

  test.each([
    ['two minutes at most', 3_600, 120],
    ['as long as a state of the moment may be the answer', 30, 30],
  ])("the data centre's cache holds a verdict for %s; then KV is asked", async (_, seconds, life) => {
    const { clock, isolate } = await createDataCentre();
    await isolate().remember(ADA, remembered(), seconds);
    clock.nowMs += life * 1000 - 1;
    expect(await isolate().recall(ADA)).toEqual(remembered());
    clock.nowMs += 1;
    expect(await isolate().recall(ADA)).toBeNull();
  });

  test.each<[string, Partial<HttpCache>]>([
    ['keeps nothing, as on workers.dev', { match: async () => undefined }],
    [
      'throws',
      { match: () => Promise.reject(new Error('no cache')), put: () => Promise.reject(new Error('no cache')) },
    ],
    [
      'holds an entry that is no verdict',
      { match: async () => new Response('{', { headers: { 'x-vrfy-until': '9e15' } }) },
    ],
  ])("if the data centre's cache %s, KV answers", async (_, parts) => {
    const { isolate } = await createDataCentre(parts);
    const store = mapStore();
    await isolate(store).remember(ADA, remembered(), 3_600);
    expect(await isolate(store).recall(ADA)).toEqual(remembered());
    expect(await isolate().recall(ADA)).toBeNull();
  });

  test("KV is asked without waiting for the data centre's cache", async () => {
    const asked: string[] = [];
    const match = async (): Promise<undefined> => {
      await Promise.resolve();
      asked.push('answer of the cache');
    };
    const { isolate } = await createDataCentre({ match });
    const store = mapStore();
    const get = (key: string) => {
      asked.push('KV');
      return store.get(key);
    };
    expect(await isolate({ ...store, get }).recall(ADA)).toBeNull();
    expect(asked).toEqual(['KV', 'answer of the cache']);
  });

  test("if the data centre's cache is slow, KV answers first, and its answer counts only if KV has none", async () => {
    const late = gate<Response>();
    const { isolate } = await createDataCentre({ match: async () => (await late.passed).clone() });
    const store = mapStore();
    await isolate(store).remember(ADA, remembered(), 3_600);
    expect(await isolate(store).recall(ADA)).toEqual(remembered());
    const recalled = isolate().recall(ADA);
    late.open(new Response(JSON.stringify(remembered()), { headers: { 'x-vrfy-until': '9e15' } }));
    expect(await recalled).toEqual(remembered());
  });
});
