import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ADDRESS_RULES, type Address, isDotString, parseAddress, unquoteLocal } from '../../shared/address.ts';

function addressOf(input: string): Address {
  const parsed = parseAddress(input);
  if (!parsed.ok) throw new Error(`${JSON.stringify(input)}: ${parsed.rule}`);
  return parsed.address;
}

function ruleOf(input: string): string {
  const parsed = parseAddress(input);
  return parsed.ok ? 'none' : `${parsed.rule} at ${parsed.position}`;
}

const LABEL_63 = 'l'.repeat(63);

describe('an address', () => {
  test.each([
    ['a plain one', 'ada@lovelace.example'],
    ['every mark of atext', "!#$%&'*+-/=?^_`{|}~@marks.example"],
    ['digits alone', '4711@cologne.example'],
    ['a quoted space', '"ada lovelace"@quotes.example'],
    ['a quoted @', '"a@b"@quotes.example'],
    ['quoted dots where a dot-string has none', '".ada..l."@quotes.example'],
    ['an escaped quotation mark', '"say \\"hello\\""@quotes.example'],
    ['a backslash that escapes a backslash', '"c:\\\\mail"@quotes.example'],
    ['nothing between the quotes', '""@quotes.example'],
    ['a local part in another script', 'χαρά@ελλάδα.example'],
    ['a quoted one in another script', '"ада лавлейс"@quotes.example'],
    ['an emoji with a variation selector', '❤️@feelings.example'],
    ['a label of one letter', 'a@b.c'],
    ['a label that starts with a digit', 'ada@1and1.example'],
    ['a number in front of the top-level domain', 'ada@163.example'],
    ['a local part of 64 octets', `${'x'.repeat(64)}@long.example`],
    ['a quoted one of 64 octets with its quotes', `"${'x'.repeat(62)}"@long.example`],
    ['a label of 63 octets', `a@${LABEL_63}.example`],
    ['254 octets in all', `a@${LABEL_63}.${LABEL_63}.${LABEL_63}.${'m'.repeat(56)}.org`],
  ])('an address may be %s', (_, input) => {
    expect(addressOf(input).input).toBe(input);
  });

  test.each([
    ['', 'empty at 0'],
    [' \u00A0\u200B ', 'empty at 0'],
    ['ada', 'at_missing at 3'],
    ['@lovelace.example', 'local_empty at 0'],
    ['ada@', 'domain_empty at 4'],
    ['ada@home@lovelace.example', 'at_repeated at 8'],
    ['.ada@lovelace.example', 'local_dot_start at 0'],
    ['ada.@lovelace.example', 'local_dot_end at 3'],
    ['ada..l@lovelace.example', 'local_dot_double at 4'],
    ['ada l@lovelace.example', 'white_space at 3'],
    ['ada@lovelace .example', 'white_space at 12'],
    ['ada(the countess)@lovelace.example', 'comment at 3'],
    ['ada@lovelace.example(home)', 'comment at 20'],
    ['<ada@lovelace.example>', 'angle_bracket at 0'],
    ['Ada<ada@lovelace.example>', 'angle_bracket at 3'],
    ['a,b@lovelace.example', 'local_character at 1'],
    ['a\\@b@lovelace.example', 'local_character at 1'],
    ['\u0301a@lovelace.example', 'local_character at 0'],
    ['"ada@lovelace.example', 'quote_open at 0'],
    ['"ada\\', 'quote_open at 0'],
    ['"ada"', 'at_missing at 5'],
    ['"ada"l@lovelace.example', 'quote_partial at 5'],
    ['"ada"."l"@lovelace.example', 'quote_partial at 5'],
    ['ada"l"@lovelace.example', 'quote_partial at 3'],
    ['"ad\\ä"@lovelace.example', 'quote_escape at 4'],
    [`${'x'.repeat(65)}@long.example`, 'local_too_long at 0'],
    [`"${'x'.repeat(63)}"@long.example`, 'local_too_long at 0'],
    [`${'ä'.repeat(33)}@long.example`, 'local_too_long at 0'],
    [`ab@${LABEL_63}.${LABEL_63}.${LABEL_63}.${'m'.repeat(56)}.org`, 'address_too_long at 0'],
    ['x'.repeat(1025), 'input_too_long at 1024'],
  ])('%j is refused: %s', (input, fault) => {
    expect(ruleOf(input)).toBe(fault);
  });

  test.each([
    ['a line feed at the end', 'ada@lovelace.example\n'],
    ['a line break in front', '\r\nada@lovelace.example'],
    ['a command in the local part', 'ada\r\nRCPT TO:<x>@lovelace.example'],
    ['NUL in quotes', '"a\0b"@lovelace.example'],
    ['a tab in quotes', '"a\tb"@lovelace.example'],
    ['DEL', 'a\u007Fb@lovelace.example'],
    ['a C1 control', 'a\u0085b@lovelace.example'],
    ['a control in the domain', 'ada@love\u0001lace.example'],
  ])('an address with %s is refused as a control character', (_, input) => {
    expect(ruleOf(input)).toMatch(/^control_character/);
  });

  test.each([
    ['zero-width space', 'a\u200Bb@lovelace.example'],
    ['zero-width joiner', 'a\u200Db@lovelace.example'],
    ['soft hyphen', 'ada@love\u00ADlace.example'],
    ['no-break space', 'ada\u00A0l@lovelace.example'],
    ['byte order mark', 'ada\uFEFF@lovelace.example'],
    ['right-to-left override', 'ada\u202E@lovelace.example'],
    ['no-break space in quotes', '"a\u00A0b"@lovelace.example'],
  ])('an address with a %s inside is refused as invisible', (_, input) => {
    expect(ruleOf(input)).toMatch(/^invisible_character/);
  });

  test.each([
    ['a Persian word of two parts', 'ali@نامه\u200Cای.example'],
    ['a Sinhala conjunct', 'ada@ශ්\u200Dරී.example'],
    ['a Sinhala letter pair kept apart', 'ada@ශ්\u200Cරී.example'],
    ['a Devanagari half form', 'ada@क्\u200Dष.example'],
    ['a Persian word of two parts before the @', 'نامه\u200Cای@lovelace.example'],
    ['a Persian word of two parts between plain ones', 'a-نامه\u200Cای-1@lovelace.example'],
  ])('an address may have the joiner of %s', (_, input) => {
    expect(addressOf(input).input).toBe(input);
    expect(addressOf(addressOf(input).address).address).toBe(addressOf(input).address);
  });

  test.each([
    ['between Latin letters of the domain', 'ada@love\u200Dlace.example', 8],
    ['between Latin letters of the domain, a non-joiner', 'ada@love\u200Clace.example', 8],
    ['between Latin letters before the @', 'a\u200Cda@lovelace.example', 1],
    ['between Persian letters, where only a non-joiner has a meaning', 'ali@نامه\u200Dای.example', 8],
    ['behind a letter that joins nothing', 'ali@ا\u200Cب.example', 5],
    ['beside a hyphen', 'ada@love-\u200Dlace.example', 9],
    ['behind one that is in its place', 'a@ශ්\u200Dරී.love\u200Dlace.example', 12],
    ['between emoji', 'ada@👩\u200D👩.example', 6],
  ])('an address with a joiner %s is refused as invisible', (_, input, position) => {
    expect(ruleOf(input)).toBe(`invisible_character at ${position}`);
  });

  test('an address with an A-label of a joiner out of place is refused', () => {
    expect(ruleOf('ada@xn--ab-m1t.example')).toBe('domain_idna at 4');
    expect(ruleOf('ada@xn--ab-j1t.example')).toBe('domain_idna at 4');
  });

  test('an address with half a surrogate pair or a private character is refused', () => {
    expect(ruleOf('a\uD83Db@lovelace.example')).toBe('broken_character at 1');
    expect(ruleOf('ada@\uE000.example')).toBe('broken_character at 4');
  });

  test('an address loses white space and invisible characters at its ends', () => {
    const input = '\uFEFF\u200E \tada@lovelace.example\u00A0\u200B\u2069 ';
    expect(addressOf(input)).toMatchObject({ input, local: 'ada', address: 'ada@lovelace.example' });
  });

  test('an address keeps the position of a fault in the input as it was given', () => {
    expect(ruleOf('  ada..l@lovelace.example')).toBe('local_dot_double at 6');
  });
});

describe('the domain of an address', () => {
  test.each([
    ['ada@[192.0.2.1]', 'domain_literal at 4'],
    ['ada@[IPv6:2001:db8::1]', 'domain_literal at 4'],
    ['ada@192.0.2.1', 'domain_numeric at 12'],
    ['ada@example.42', 'domain_numeric at 12'],
    ['ada@１９２.0.2.1', 'domain_numeric at 12'],
    ['ada@é.0x7f', 'domain_numeric at 4'],
    ['ada@localhost', 'domain_dotless at 4'],
    ['ada@lovelace..example', 'domain_label_empty at 13'],
    ['ada@.example', 'domain_label_empty at 4'],
    ['ada@lovelace.example.', 'domain_dot_end at 20'],
    ['ada@love_lace.example', 'domain_underscore at 8'],
    ['ada@love＿lace.example', 'domain_underscore at 4'],
    ['ada@-lovelace.example', 'domain_hyphen at 4'],
    ['ada@lovelace-.example', 'domain_hyphen at 4'],
    ['ada@－lovelace.example', 'domain_hyphen at 4'],
    ['ada@-ä.example', 'domain_hyphen at 4'],
    ['ada@ab--lace.example', 'domain_reserved at 4'],
    ['ada@love/lace.example', 'domain_character at 8'],
    ['ada@lovelace.example:25', 'domain_character at 20'],
    ['ada@love%6cace.example', 'domain_character at 8'],
    ['ada@lovelace.example?subject=x', 'domain_character at 20'],
    ['ada@love％lace.example', 'domain_idna at 4'],
    ['ada@xn--0.example', 'domain_idna at 4'],
    ['ada@xn--a.example', 'domain_idna at 4'],
    ['ada@xn--a-ecp.example', 'domain_idna at 4'],
    [`ada@${'l'.repeat(64)}.example`, 'domain_label_too_long at 4'],
    [`ada@${'ü'.repeat(60)}.example`, 'domain_label_too_long at 4'],
  ])('the domain of an address is refused in %s: %s', (input, fault) => {
    expect(ruleOf(input)).toBe(fault);
  });

  test.each([
    ['ada@LoveLace.EXAMPLE', 'lovelace.example', 'lovelace.example'],
    ['ada@MÜNCHEN.example', 'xn--mnchen-3ya.example', 'münchen.example'],
    ['ada@xn--mnchen-3ya.example', 'xn--mnchen-3ya.example', 'münchen.example'],
    ['ada@XN--MNCHEN-3YA.example', 'xn--mnchen-3ya.example', 'münchen.example'],
    ['ada@straße.example', 'xn--strae-oqa.example', 'straße.example'],
    ['ada@物語。example', 'xn--g2x892c.example', '物語.example'],
    ['ada@ｆｕｌｌ.example', 'full.example', 'full.example'],
    ['ada@مثال.إختبار', 'xn--mgbh0fb.xn--kgbechtv', 'مثال.إختبار'],
    ['ada@💌.example', 'xn--rr8h.example', '💌.example'],
  ])('the domain of an address of %s is %s on the wire and %s to people', (input, domain, domainUnicode) => {
    expect(addressOf(input)).toMatchObject({ domain, domainUnicode });
  });
});

describe('the wire form of an address', () => {
  test.each([
    ['a Greek question mark, a semicolon in NFC', 'a\u037Eb@lovelace.example', 'local_character at 1'],
    ['a Greek question mark at the end', 'ada\u037E@lovelace.example', 'local_character at 3'],
    ['a Greek question mark behind a decomposed letter', 'e\u0301\u037E@lovelace.example', 'local_character at 0'],
    ['an escaped mark that composes', '"a\\<\u0338"@quotes.example', 'quote_escape at 3'],
    ['a Greek question mark in the domain', 'ada@love\u037Elace.example', 'domain_character at 4'],
    ['a full-width @ in the domain', 'ada@love＠lace.example', 'domain_idna at 4'],
    ['a full-width semicolon in the domain', 'ada@love；lace.example', 'domain_character at 4'],
    ['a full-width < in the domain', 'ada@love＜lace.example', 'domain_idna at 4'],
    ['an account-of sign in the domain', 'ada@love℀lace.example', 'domain_idna at 4'],
  ])('the wire form of an address keeps the rules with %s', (_, input, fault) => {
    expect(ruleOf(input)).toBe(fault);
  });

  test.each([
    ['a semicolon of a Greek question mark may stand in quotes', '"a\u037Eb"@quotes.example', '"a;b"@quotes.example'],
    ['the Kelvin sign is a K', '\u212Aelvin@lovelace.example', 'Kelvin@lovelace.example'],
    ['a Greek grave accent is a backtick', 'a\u1FEFb@lovelace.example', 'a`b@lovelace.example'],
  ])('%s', (_, input, address) => {
    expect(addressOf(input)).toMatchObject({ address, needsSmtputf8: false });
  });

  test('the wire form of an address is an address again, whatever single character stands in it', () => {
    const broken: string[] = [];
    for (let code = 0x80; code <= 0x2fa1d; code += 1) {
      const character = String.fromCodePoint(code);
      if (character.normalize('NFKC') === character) continue;
      for (const input of [`a${character}b@x.example`, `"a${character}b"@x.example`, `a@x${character}y.example`]) {
        const parsed = parseAddress(input);
        if (parsed.ok && !parseAddress(parsed.address.address).ok) broken.push(code.toString(16));
      }
    }
    expect(broken).toEqual([]);
  });
});

describe('what an address tells', () => {
  test('the local part stays as it is written; on the wire it is in NFC', () => {
    const decomposed = 'Cafe\u0301@lovelace.example';
    expect(addressOf(decomposed)).toMatchObject({ local: 'Cafe\u0301', address: 'Café@lovelace.example' });
  });

  test('only a local part that is not ASCII needs SMTPUTF8', () => {
    expect(addressOf('ada@münchen.example').needsSmtputf8).toBe(false);
    expect(addressOf('ädä@munich.example').needsSmtputf8).toBe(true);
  });

  test('quotes are told', () => {
    expect(addressOf('"ada"@lovelace.example').isQuoted).toBe(true);
    expect(addressOf('ada@lovelace.example').isQuoted).toBe(false);
  });

  test('a refusal says nothing of the address', () => {
    const parsed = parseAddress('secret..name@lovelace.example');
    expect(parsed.ok ? '' : parsed.detail).toBe('The part before the @ has two dots in a row.');
  });

  test('every rule has a sentence and a section', () => {
    for (const { text, section } of Object.values(ADDRESS_RULES)) {
      expect(text).toMatch(/^[A-Z].*\.$/);
      expect(section).toMatch(/^RFC \d+ §\d/);
    }
  });

  test('escapes come off a quoted local part, and other local parts stay', () => {
    expect(unquoteLocal('"a\\"b\\\\ c"')).toBe('a"b\\ c');
    expect(unquoteLocal('a\\b')).toBe('a\\b');
  });

  test('a dot-string is what may stand without quotes', () => {
    expect(['ada.l', 'ада', 'a+b'].map(isDotString)).toEqual([true, true, true]);
    expect(['', 'a..b', '.a', 'a.', 'a b', 'a@b', '"a"'].map(isDotString)).toEqual(Array(7).fill(false));
  });
});

describe('for any text', () => {
  const fragments = fc.array(
    fc.constantFrom(
      'a',
      '.',
      '@',
      '"',
      '\\',
      ' ',
      '-',
      'xn--',
      'ß',
      '\u0301',
      '[',
      '%',
      '\u200B',
      '\u200C',
      '\u200D',
      'නි',
      '්',
      '\u037E',
      '\u0338',
      '<',
      '\n',
      '1',
      '例',
      '😀',
      '(',
    ),
    { maxLength: 40 },
  );
  const texts = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 300 }),
    fragments.map((parts) => parts.join('')),
    fc.tuple(fragments, fragments).map(([local, domain]) => `${local.join('')}@${domain.join('')}.example`),
    fc.emailAddress(),
  );

  test('parsing never throws, and a fault lies within the text', () => {
    fc.assert(
      fc.property(texts, (text) => {
        const parsed = parseAddress(text);
        if (!parsed.ok) expect(parsed.position).toBeLessThanOrEqual(text.length);
      }),
    );
  });

  test('the address that comes out parses to itself, within the limits and without control characters', () => {
    fc.assert(
      fc.property(texts, (text) => {
        const parsed = parseAddress(text);
        fc.pre(parsed.ok);
        const { address, domain } = parsed.address;
        expect(addressOf(address)).toMatchObject({ address, domain });
        expect(new TextEncoder().encode(address).length).toBeLessThanOrEqual(254);
        expect(address).not.toMatch(/\p{Cc}/u);
        expect(domain).toMatch(/^[a-z0-9-]+(\.[a-z0-9-]+)+$/);
      }),
    );
  });

  test('what is written as usual is read as a closer look reads it', () => {
    const ends = fc.array(fc.constantFrom('a', 'B', '7', '.', '-', '--', 'xn--', '+', '_', 'com', 'x'.repeat(30)), {
      maxLength: 12,
    });
    const plain = fc.tuple(ends, ends).map(([local, domain]) => `${local.join('')}@${domain.join('')}`);
    fc.assert(
      fc.property(fc.oneof(plain, fc.emailAddress()), (text) => {
        // A tab at the end is dropped, and takes the text the long way.
        const [short, long] = [parseAddress(text), parseAddress(`${text}\t`)];
        if (short.ok && long.ok) expect({ ...short.address, input: '' }).toEqual({ ...long.address, input: '' });
        else expect(short).toEqual(long);
      }),
    );
  });

  test('plain addresses of every kind are taken', () => {
    const hasReservedHyphens = /[@.]..--/;
    fc.assert(fc.property(fc.emailAddress(), (email) => hasReservedHyphens.test(email) || parseAddress(email).ok));
  });

  test.each(['.', '@', '"', '\\', '(', '\u200B', 'xn--', 'é.', '"\\', '\uD800', 'e\u0301'])(
    'hostile repetition of %j does not multiply the work, on a slow machine either',
    (part) => {
      const text = `a@${part.repeat(1000)}`.slice(0, 1020);
      const startMs = performance.now();
      for (let round = 0; round < 20; round += 1) {
        parseAddress(text);
        parseAddress(`${text.slice(2)}@example.com`);
      }
      expect(performance.now() - startMs).toBeLessThan(20_000);
    },
  );
});
