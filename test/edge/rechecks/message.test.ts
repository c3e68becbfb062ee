import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { deriveSealKey } from '../../../edge/crypto/seal.ts';
import { RECHECK_PURPOSE, type Recheck, seal, unseal } from '../../../edge/rechecks/message.ts';

const RECHECK: Recheck = {
  address: 'ada.lovelace@firm.example',
  node: 'fra1',
  attempt: 1,
  planned_at_ms: 1_767_225_600_000,
};

function keyOf(secret: string): Promise<CryptoKey> {
  return deriveSealKey(new Uint8Array(new TextEncoder().encode(secret)), RECHECK_PURPOSE);
}

const key = keyOf('a secret of this test');

const octetsOf = (message: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(message), (unit) => unit.charCodeAt(0));
const messageOf = (octets: Uint8Array): string => btoa(String.fromCharCode(...octets));

describe('a sealed recheck', () => {
  test('a sealed recheck opens unchanged with the same secret, on every isolate', async () => {
    const message = await seal(await key, RECHECK);
    expect(await unseal(await keyOf('a secret of this test'), message)).toEqual(RECHECK);
  });

  test('a sealed recheck opens for every kind of address', async () => {
    const addresses = fc.oneof(fc.emailAddress(), fc.string({ unit: 'binary', maxLength: 254 }));
    await fc.assert(
      fc.asyncProperty(addresses, fc.integer({ min: 0, max: 10 }), async (address, attempt) => {
        const recheck = { ...RECHECK, address, attempt };
        expect(await unseal(await key, await seal(await key, recheck))).toEqual(recheck);
      }),
      { numRuns: 50 },
    );
  });

  test('a sealed recheck contains no part of the address, as it stands or decoded', async () => {
    const message = await seal(await key, RECHECK);
    expect(message).toMatch(/^[A-Za-z0-9+/]+=*$/);
    for (const part of ['lovelace', 'firm.ex', 'example']) expect(message + atob(message)).not.toContain(part);
    for (const part of ['ada.', '@firm', 'fra1']) expect(atob(message)).not.toContain(part);
  });

  test('a sealed recheck looks different each time', async () => {
    const messages = await Promise.all(Array.from({ length: 20 }, async () => seal(await key, RECHECK)));
    expect(new Set(messages).size).toBe(20);
    expect(new Set(messages.map((message) => message.slice(0, 16))).size).toBe(20);
  });

  test('a sealed recheck is sealed with a key that cannot be exported', async () => {
    expect((await key).extractable).toBe(false);
  });
});

describe('an invalid message', () => {
  test('a message is not opened with the key of another secret', async () => {
    expect(await unseal(await keyOf('another secret of it'), await seal(await key, RECHECK))).toBeNull();
  });

  test('a message is not opened if a single bit has been changed', async () => {
    const octets = octetsOf(await seal(await key, RECHECK));
    for (let index = 0; index < octets.length; index += 1) {
      const changed = octets.slice();
      changed[index] = (changed[index] ?? 0) ^ 1;
      expect(await unseal(await key, messageOf(changed))).toBeNull();
    }
  });

  test('a message is not opened if it is cut off or too long', async () => {
    const octets = octetsOf(await seal(await key, RECHECK));
    for (const length of [0, 11, 12, 28, octets.length - 1]) {
      expect(await unseal(await key, messageOf(octets.slice(0, length)))).toBeNull();
    }
    expect(await unseal(await key, messageOf(new Uint8Array([...octets, 0])))).toBeNull();
  });

  test.each<[string, unknown]>([
    ['no text', 7],
    ['nothing', null],
    ['an open recheck', RECHECK],
    ['an open recheck as JSON', JSON.stringify(RECHECK)],
    ['an empty text', ''],
    ['no base64', '!!!!'],
    ['text without end', 'A'.repeat(100_000)],
  ])('a message is not opened if it is %s', async (_, message) => {
    expect(await unseal(await key, message)).toBeNull();
  });

  test.each<[string, object]>([
    ['without an address', { address: undefined }],
    ['of more attempts than there are', { attempt: 11 }],
    ['of half an attempt', { attempt: 0.5 }],
    ['without its time', { planned_at_ms: 'now' }],
  ])('a message is not opened if it is well sealed, but %s', async (_, parts) => {
    const message = await seal(await key, { ...RECHECK, ...parts } as Recheck);
    expect(await unseal(await key, message)).toBeNull();
  });
});
