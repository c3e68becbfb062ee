import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { memoryKey, type RememberedVerdict, recall, remember, type Store } from '../../../edge/memory/results.ts';
import { mapStore } from './map-store.ts';

const VALUE: RememberedVerdict = {
  reason: 'accepted',
  catch_all: false,
  mx: { provider: 'google', hosts: [{ host: 'mx.firm.example', preference: 10 }], implicit: false, dnssec: false },
  smtp: {
    host: 'mx.firm.example',
    ip: '192.0.2.25',
    stage: 'rcpt',
    code: 250,
    enhanced: '2.1.5',
    tls: true,
    node: 'fra1',
    region: 'eu-central',
    rule: 'accepted',
  },
  checked_at: '2026-01-01T00:00:00.000Z',
};

function secretOf(text: string): Promise<CryptoKey> {
  const bytes = new TextEncoder().encode(text);
  return crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
}

describe('the key', () => {
  test('the key is the same for one address on every isolate', async () => {
    const key = await memoryKey(await secretOf('a secret of the edge'), 'ada@firm.example');
    expect(await memoryKey(await secretOf('a secret of the edge'), 'ada@firm.example')).toBe(key);
  });

  test('the key differs for another address, even of the same mailbox, and for another secret', async () => {
    const secret = await secretOf('a secret of the edge');
    const key = await memoryKey(secret, 'ada@firm.example');
    const others = ['bob@firm.example', 'Ada@firm.example', 'ada+news@firm.example', '"ada"@firm.example'];
    for (const other of others) expect(await memoryKey(secret, other)).not.toBe(key);
    expect(await memoryKey(secret, 'ada@me.com')).not.toBe(await memoryKey(secret, 'ada@icloud.com'));
    expect(await memoryKey(await secretOf('another secret of it'), 'ada@firm.example')).not.toBe(key);
  });

  test('the key has one shape and contains nothing of the address', async () => {
    const secret = await secretOf('a secret of the edge');
    const shape = /^v2:[A-Za-z0-9_-]{43}$/;
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.emailAddress(), fc.string()), async (address) => {
        expect(await memoryKey(secret, address)).toMatch(shape);
      }),
      { numRuns: 30 },
    );
  });
});

describe('a remembered verdict', () => {
  test('a remembered verdict is recalled as stored, for as long as requested', async () => {
    const store = mapStore();
    await remember(store, 'v2:key', VALUE, 3_600);
    expect(await recall(store, 'v2:key')).toEqual(VALUE);
    expect(store.entries.get('v2:key')?.expirationTtl).toBe(3_600);
  });

  test('a remembered verdict lives for at least the minimum of KV', async () => {
    const store = mapStore();
    await remember(store, 'v2:key', VALUE, 5);
    expect(store.entries.get('v2:key')?.expirationTtl).toBe(60);
  });

  test('a remembered verdict is recalled without fields of an older or newer edge', async () => {
    const store = mapStore();
    await store.put('v2:key', JSON.stringify({ ...VALUE, address: 'ada@firm.example' }), { expirationTtl: 60 });
    expect(await recall(store, 'v2:key')).toEqual(VALUE);
  });

  test.each<[string, Partial<RememberedVerdict>]>([
    ['mail hosts', { mx: null }],
    ['a mail server', { smtp: null }],
    ['knowing whether the domain accepts everybody', { catch_all: null }],
  ])('a remembered verdict may be without %s', async (_, parts) => {
    const store = mapStore();
    await remember(store, 'v2:key', { ...VALUE, ...parts }, 60);
    expect(await recall(store, 'v2:key')).toEqual({ ...VALUE, ...parts });
  });
});

describe('an absent verdict', () => {
  test('a verdict is absent if it was never stored', async () => {
    expect(await recall(mapStore(), 'v2:key')).toBeNull();
  });

  test('a verdict is absent if the store fails', async () => {
    const broken: Store = {
      get: () => Promise.reject(new Error('KV is down')),
      put: () => Promise.reject(new Error('KV is down')),
    };
    expect(await recall(broken, 'v2:key')).toBeNull();
  });

  test.each([
    ['is no JSON', '{'],
    ['is empty', ''],
    ['is null', 'null'],
    ['is a list', '[]'],
    ['has no reason', JSON.stringify({ ...VALUE, reason: undefined })],
    ['has a reason that is none', JSON.stringify({ ...VALUE, reason: 'toString' })],
    ['has no date', JSON.stringify({ ...VALUE, checked_at: 'yesterday' })],
    ['has a mail server of another shape', JSON.stringify({ ...VALUE, smtp: { host: 'mx.firm.example' } })],
  ])('a verdict is absent if the value %s', async (_, value) => {
    const store = mapStore();
    await store.put('v2:key', value, { expirationTtl: 60 });
    expect(await recall(store, 'v2:key')).toBeNull();
  });
});
