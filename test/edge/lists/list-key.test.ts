import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createRowKeys, domainKeyOfRow, LIST_KEY_OCTETS } from '../../../edge/lists/list-key.ts';

const keys = createRowKeys(new Uint8Array(LIST_KEY_OCTETS).fill(7));
const others = createRowKeys(new Uint8Array(LIST_KEY_OCTETS).fill(8));

describe('the keys of a list', () => {
  test('any texts that are sealed together are opened as they were, one by one or together', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.string({ maxLength: 70, unit: 'grapheme' }), { maxLength: 6 }), (texts) => {
        const entries = texts.map((text) => ({ key: keys.keyOf(text, 'x.test'), text }));
        const sealed = keys.seal(entries).map((text, at) => ({ key: entries[at]?.key ?? '', text }));
        expect(keys.open(sealed)).toEqual(texts);
        expect(sealed.flatMap((one) => keys.open([one]))).toEqual(texts);
      }),
    );
  });

  test('what is sealed shows nothing, and another list cannot open it', () => {
    const key = keys.keyOf('ada.lovelace@x.test', 'x.test');
    const [sealed = ''] = keys.seal([{ key, text: 'ada.lovelace' }]);
    expect(atob(sealed)).not.toContain('ada');
    expect(others.open([{ key, text: sealed }])).not.toEqual(['ada.lovelace']);
  });

  test('equal beginnings of two texts are not equal when they are sealed', () => {
    const [first, second] = keys.seal([
      { key: keys.keyOf('a@x.test', 'x.test'), text: 'ada.lovelace' },
      { key: keys.keyOf('b@x.test', 'x.test'), text: 'ada.lovelace' },
    ]);
    expect(first).not.toBe(second);
  });

  test('the rows of a domain begin alike, and those of no other', () => {
    expect(domainKeyOfRow(keys.keyOf('a@x.test', 'x.test'))).toBe(keys.domainKeyOf('x.test'));
    expect(keys.domainKeyOf('x.test')).not.toBe(keys.domainKeyOf('y.test'));
  });

  test('the key of an address is of this list alone', () => {
    expect(keys.keyOf('a@x.test', 'x.test')).not.toBe(others.keyOf('a@x.test', 'x.test'));
  });
});
