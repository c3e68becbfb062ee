import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hintFor, plainSpelling } from '../../../edge/checks/hint.ts';
import { parseAddress } from '../../../shared/address.ts';

function meantBy(text: string): string | null {
  expect(parseAddress(text).ok, text).toBe(false);
  return hintFor(text).address;
}

function plainOf(text: string): string | null {
  const parsed = parseAddress(text);
  if (!parsed.ok) throw new Error(`not an address: ${parsed.rule}`);
  return plainSpelling(parsed.address);
}

describe('a text that is no address', () => {
  test.each([
    ['a provider without its end', 'ada@gmail', 'ada@gmail.com'],
    ['a provider without its dot', 'ada@gmailcom', 'ada@gmail.com'],
    ['a dot too early', 'ada@gmail.', 'ada@gmail.com'],
    ['a dot at the end', 'ada@gmail.com.', 'ada@gmail.com'],
    ['a dot at the end of any domain', 'ada@lovelace.example.', 'ada@lovelace.example'],
    ['a slip and no end', 'ada@gmial', 'ada@gmail.com'],
    ['a slip and no dot', 'ada@hotmialcom', 'ada@hotmail.com'],
    ['a provider of one country without its end', 'ada@web', 'ada@web.de'],
    ['capitals', 'Ada.L@GMAIL', 'Ada.L@gmail.com'],
    ['two dots in the domain', 'ada@gmail..com', 'ada@gmail.com'],
    ['a dot at the start of the domain', 'ada@.lovelace.example', 'ada@lovelace.example'],
    ['a comma for the dot', 'ada@gmail,com', 'ada@gmail.com'],
    ['a semicolon for the dot of any domain', 'ada@example;com', 'ada@example.com'],
    ['a space beside the dot of any domain', 'ada@example. com', 'ada@example.com'],
    ['commas for the dots of a provider', 'ada@yahoo,co,uk', 'ada@yahoo.co.uk'],
    ['a hyphen for the dot', 'ada@gmail-com', 'ada@gmail.com'],
    ['a space for the dot', 'ada@gmail com', 'ada@gmail.com'],
    ['a space in the name of a provider', 'ada@gm ail.com', 'ada@gmail.com'],
    ['a slip behind another fault', 'Ada <ada@gmial.com>', 'ada@gmail.com'],
  ])('a text that is no address gets its domain corrected: %s', (_, text, address) => {
    expect(meantBy(text)).toBe(address);
  });

  test.each([
    ['a name and angle brackets', 'Ada <ada@lovelace.example>'],
    ['a quoted name with a comma', '"Lovelace, Ada" <ada@lovelace.example>'],
    ['itself as its name', '"ada@lovelace.example" <ada@lovelace.example>'],
    ['angle brackets alone', '<ada@lovelace.example>'],
    ['half of the angle brackets', 'ada@lovelace.example>'],
    ['mailto', 'mailto:ada@lovelace.example'],
    ['mailto with a subject', 'MAILTO:ada@lovelace.example?subject=hello'],
    ['mailto in angle brackets', '<mailto:ada@lovelace.example>,'],
    ['a label', 'E-mail: ada@lovelace.example'],
    ['quotation marks', '"ada@lovelace.example"'],
    ['single quotation marks', "'ada@lovelace.example'"],
    ['round brackets', '(ada@lovelace.example)'],
    ['a comma', 'ada@lovelace.example,'],
    ['a semicolon', 'ada@lovelace.example;'],
    ['a slash', 'ada@lovelace.example/'],
    ['a comment', 'ada@lovelace.example (Ada)'],
    ['an @ in front', '@ada@lovelace.example'],
    ['a space before the @', 'ada @lovelace.example'],
    ['spaces around the @', 'ada @ lovelace.example'],
    ['a no-break space before the @', 'ada\u00A0@lovelace.example'],
    ['a line break at the end', 'ada@lovelace.example\r\n'],
    ['a tab inside', 'ada\t@lovelace.example'],
    ['a zero-width space', 'ad\u200Ba@love\u200Blace.example'],
    ['a byte order mark inside', 'ada\uFEFF@lovelace.example'],
    ['a joiner out of place', 'ada@love\u200Dlace.example'],
    ['a soft hyphen', 'ada@love\u00ADlace.example'],
    ['two @', 'ada@@lovelace.example'],
    ['a full-width @', 'ada＠lovelace.example'],
    ['a small @', 'ada﹫lovelace.example'],
    ['full-width letters and dots', 'ａｄａ＠ｌｏｖｅｌａｃｅ．ｅｘａｍｐｌｅ'],
    ['an encoded @', 'ada%40lovelace.example'],
    ['an @ in words', 'ada(at)lovelace.example'],
    ['an @ and a dot in words', 'ada [at] lovelace [dot] example'],
    ['words without brackets', 'ada at lovelace dot example'],
    ['its domain twice', 'ada@lovelace.example@lovelace.example'],
    ['a dot in front', '.ada@lovelace.example'],
    ['a dot before the @', 'ada.@lovelace.example'],
  ])('a text that is no address is freed of its wrapping, or gets its @ in plain form: %s', (_, text) => {
    expect(meantBy(text)).toBe('ada@lovelace.example');
  });

  test.each([
    ['two dots', 'ada..l@lovelace.example', 'ada.l@lovelace.example'],
    ['a curly apostrophe behind another fault', 'o’brien@lovelace..example', "o'brien@lovelace.example"],
    ['an international domain', 'Ada <ada@münchen.example>', 'ada@xn--mnchen-3ya.example'],
    ['a joiner that its script needs', 'Ada <ada@نامه\u200Cای.example>', 'ada@xn--mgba3gch31f060k.example'],
    ['a dot for the @', 'ada.gmail.com', 'ada@gmail.com'],
    ['a mark beside the @ on the keyboard', 'ada.l"hotmail.co.uk', 'ada.l@hotmail.co.uk'],
    ['an @ for the dot', 'ada@gmail@com', 'ada@gmail.com'],
  ])('a text that is no address is corrected with %s', (_, text, address) => {
    expect(meantBy(text)).toBe(address);
  });

  test.each([
    ['nothing', ''],
    ['a word', 'not-an-address'],
    ['a word and a space before the @', 'ada lovelace@lovelace.example'],
    ['no name', '@lovelace.example'],
    ['a name of this machine', 'ada@localhost'],
    ['a word for a domain', 'ada@lovelace'],
    ['a provider of several domains', 'ada@gmx'],
    ['two words for a domain', 'ada@lovelace example'],
    ['a word behind the address', 'ada@lovelace.example hello'],
    ['a word behind a comma', 'ada@lovelace.example,Ada'],
    ['a word behind a semicolon', 'ada@lovelace;grace'],
    ['the next sentence', 'ada@lovelace. Thanks'],
    ['a port', 'ada@lovelace.example:25'],
    ['two domains', 'ada@lovelace.example@gmail.com'],
    ['an IP address', 'ada@192.0.2.1'],
    ['an IP address in brackets', 'ada@[192.0.2.1]'],
    ['an underscore in the domain', 'ada@love_lace.example'],
    ['a hyphen at the end of a label', 'ada@lovelace-.example'],
    ['a domain without an @', 'lovelace.example'],
    ['a domain that ends like a provider', 'notgmail.com'],
    ['a domain with a hyphen that ends like a provider', 'ada-gmail.com'],
    ['a host of a provider', 'mail.gmail.com'],
    ['a page of a provider', 'www.hotmail.com'],
    ['a page of a provider that has many', 'finance.yahoo.com'],
    ['a name that the provider cannot have', 'ada_l@gmail'],
    ['a name that is too long', `${'a'.repeat(65)}@gmail.com.`],
    ['a text of many words', `${'word '.repeat(200)}ada@@gmail.com`],
  ])('a text that is no address gets no suggestion with %s', (_, text) => {
    expect(meantBy(text)).toBeNull();
  });

  test.each([
    ['two addresses', 'ada@lovelace.example, grace@hopper.example', /more than one address/],
    ['a name that is another address', '"grace@hopper.example" <ada@lovelace.example>', /more than one address/],
    ['two dots at an old mobile provider', 'aaa..bbb@docomo.ne.jp', /^Old addresses/],
    ['a dot before the @ at an old mobile provider', 'aaa.@ezweb.ne.jp', /^Old addresses/],
  ])('a text that is no address gets a sentence and no suggestion for %s', (_, text, detail) => {
    expect(meantBy(text)).toBeNull();
    expect(hintFor(text).detail).toMatch(detail);
  });

  test('a text that is no address gets a sentence of its own if the one on the broken rule would mislead', () => {
    expect(hintFor('ada＠lovelace.example').detail).toMatch(/look-alike/);
    expect(hintFor('mailto:ada@lovelace.example').detail).toMatch(/without the word before it/);
    expect(hintFor('ada@gmail.').detail).toBeNull();
  });

  test('a text that is no address is corrected to an address or not at all', () => {
    const part = fc.constantFrom(
      ...[
        'ada',
        'gmail',
        'com',
        '.',
        '..',
        '@',
        '@@',
        ' ',
        '<',
        '>',
        ',',
        '"',
        '(',
        ')',
        '＠',
        '．',
        '\u200B',
        '\u200D',
      ],
      ...['\n', '\0', 'mailto:', ' at ', '(at)', '%40', '’', '\u037E', '\uD800', 'ü', 'e\u0301', '[', '?'],
    );
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(part, { maxLength: 14 }).map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(text, (input) => {
        const { address, detail } = hintFor(input);
        if (address !== null) {
          const parsed = parseAddress(address);
          expect(parsed.ok && parsed.address.address).toBe(address);
        }
        if (detail !== null) expect(detail).toMatch(/^[A-Z].*\.$/);
      }),
      { numRuns: 500 },
    );
  });

  test.each(['<', '(', '@', 'at ', ' at ', ' ', '.', '"', 'a@b,', 'mailto:', '%40', '\u200D', '＠', 'a.'])(
    'a text that is no address costs little time when it repeats %j, and none when it is far too long',
    (part) => {
      const startMs = performance.now();
      for (let round = 0; round < 20; round += 1) {
        hintFor(part.repeat(512).slice(0, 512));
        hintFor(`${part.repeat(512).slice(0, 500)}gmail.com`);
        hintFor(part.repeat(100_000));
      }
      expect(performance.now() - startMs).toBeLessThan(2_000);
    },
  );
});

describe('an address that is legal as it stands', () => {
  test.each([
    ['a curly apostrophe', 'o’brien@lovelace.example', "o'brien@lovelace.example"],
    ['a prime', 'o′brien@lovelace.example', "o'brien@lovelace.example"],
    ['a dash', 'ada–l@lovelace.example', 'ada-l@lovelace.example'],
    ['full-width letters', 'ａｄａ@lovelace.example', 'ada@lovelace.example'],
    ['curly quotation marks', '“ada@lovelace.example”', 'ada@lovelace.example'],
    ['a curly apostrophe before an international domain', 'o’brien@münchen.example', "o'brien@xn--mnchen-3ya.example"],
  ])('an address that is legal as it stands has a plain spelling with %s', (_, text, plain) => {
    expect(plainOf(text)).toBe(plain);
  });

  test.each([
    ['plain', 'ada@lovelace.example'],
    ['in another script', 'ада@lovelace.example'],
    ['an emoji', '❤️@lovelace.example'],
    ['with a joiner', 'نامه\u200Cای@lovelace.example'],
    ['at an international domain', 'ada@münchen.example'],
    ['at a domain with a dash, which may exist', 'ada@love–lace.example'],
    ['at a domain in full width, which is the same', 'ada@ｌｏｖｅｌａｃｅ.example'],
    ['at a provider that has no such name', 'o’brien@gmail.com'],
  ])('an address that is legal as it stands has no other spelling when it is %s', (_, text) => {
    expect(plainOf(text)).toBeNull();
  });
});
