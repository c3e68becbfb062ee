import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { KEY_KINDS, kindByPrefix, kindOfKey, makeKey } from '../../shared/api-key.ts';

const randomOctets = (octets: Uint8Array<ArrayBuffer>): void => void crypto.getRandomValues(octets);

describe('a key', () => {
  test.each([
    ['secret', /^vrfy_sk_[0-9A-Za-z]{30}$/],
    ['publishable', /^vrfy_pk_[0-9A-Za-z]{30}$/],
    ['test', /^vrfy_test_[0-9A-Za-z]{30}$/],
  ] as const)('that is %s is written so, and read as that kind', (kind, written) => {
    const key = makeKey(kind, randomOctets);
    expect(key).toMatch(written);
    expect([kindOfKey(key), kindByPrefix(key)]).toEqual([kind, kind]);
  });

  test('a key is another one each time, and uses no letter more than others', () => {
    const keys = Array.from({ length: 2_000 }, () => makeKey('secret', randomOctets));
    expect(new Set(keys).size).toBe(keys.length);
    const counts = new Map<string, number>();
    for (const letter of keys.flatMap((key) => [...key.slice(8, 32)]))
      counts.set(letter, (counts.get(letter) ?? 0) + 1);
    expect(counts.size).toBe(62);
    // 774 of each are expected; with a fold of 256 octets onto 62 letters the first eight would have 938.
    expect(Math.max(...counts.values())).toBeLessThan(900);
  });

  test('a key passes over octets that would favour some letters', () => {
    const given = [250, 255, 248, 0, 61, 62, 247];
    let at = 0;
    const key = makeKey('secret', (octets) => {
      for (const index of octets.keys()) octets[index] = given[at++ % given.length] ?? 0;
    });
    expect(key.slice(8, 16)).toBe('0z0z0z0z');
  });

  test('a key with any letter mistyped, two exchanged, or an end cut off is none', () => {
    const key = makeKey('publishable', randomOctets);
    for (let at = 0; at < key.length; at += 1) {
      const other = key[at] === 'x' ? 'y' : 'x';
      expect(kindOfKey(key.slice(0, at) + other + key.slice(at + 1))).toBeNull();
      const [first = '', second = ''] = [key[at], key[at + 1]];
      if (second !== '' && first !== second)
        expect(kindOfKey(key.slice(0, at) + second + first + key.slice(at + 2))).toBeNull();
      expect(kindOfKey(key.slice(0, at))).toBeNull();
    }
    for (const kind of KEY_KINDS.filter((one) => one !== 'publishable')) {
      expect(kindOfKey(makeKey(kind, randomOctets).replace(/^vrfy_[a-z]+_/, 'vrfy_pk_'))).toBeNull();
    }
  });

  test('a key is no text that was not made as one', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => kindOfKey(text) === null));
    for (const text of [
      '',
      'vrfy_sk_',
      'constructor',
      `vrfy_sk_${'0'.repeat(30)}`,
      ` ${makeKey('test', randomOctets)}`,
    ]) {
      expect(kindOfKey(text)).toBeNull();
    }
  });
});
