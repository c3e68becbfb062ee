import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseAddress } from '../../shared/address.ts';
import { ALIAS_RULES } from '../../shared/alias-rules.ts';
import { canonicalOf, isAlias } from '../../shared/canonical.ts';

describe('the canonical form', () => {
  test.each([
    ['dots and tags at Google', 'Ada.Love.Lace+lists@GoogleMail.com', 'adalovelace@gmail.com'],
    ['a tag at Microsoft', 'Ada.L+shop@outlook.de', 'ada.l@outlook.de'],
    ['the three names of Apple', 'ada+x@mac.com', 'ada@icloud.com'],
    ['dots, hyphens, underscores and names at Proton', 'A.d-a_L+x@protonmail.com', 'adal@proton.me'],
    ['a tag at Fastmail', 'ada+x@fastmail.fm', 'ada@fastmail.fm'],
    ['a subdomain at Fastmail', 'anything@ada.sent.com', 'ada@sent.com'],
    ['dots and names at Yandex', 'ada.love+x@ya.ru', 'ada-love@yandex.ru'],
    ['a keyword at Yahoo', 'ada-newsletters@yahoo.fr', 'ada-@yahoo.fr'],
    ['a keyword with hyphens at Yahoo', 'ada-the-news@yahoo.fr', 'ada-@yahoo.fr'],
    ['the two names of Google', 'ada@googlemail.com', 'ada@gmail.com'],
    ['dots and hyphens at Proton', 'a.d-a@pm.me', 'ada@proton.me'],
    ['quotes that nobody needs', '"Ada"@lovelace.example', 'ada@lovelace.example'],
    ['escapes that nobody needs', '"a\\d a"@lovelace.example', '"ad a"@lovelace.example'],
    ['an international domain', 'ada@MÜNCHEN.example', 'ada@xn--mnchen-3ya.example'],
    ['a decomposed letter', 'Cafe\u0301@lovelace.example', 'café@lovelace.example'],
  ])('the canonical form levels %s', (_, address, canonical) => {
    expect(canonicalOf(address)).toBe(canonical);
  });

  test.each([
    ['a tag of a domain that documents none', 'ada+x@lovelace.example', 'ada@lovelace.example'],
    ['dots outside of Google', 'ada.l@outlook.com', 'adal@outlook.com'],
    ['an underscore at Google', 'ada_l@gmail.com', 'adal@gmail.com'],
    ['a keyword and none at Yahoo', 'ada-news@yahoo.com', 'ada@yahoo.com'],
    ['two base names at Yahoo', 'ada-news@yahoo.com', 'grace-news@yahoo.com'],
    ['two domains of Yahoo', 'ada@ymail.com', 'ada@rocketmail.com'],
    ['two domains of Yahoo with a keyword', 'ada-news@yahoo.com', 'ada-news@yahoo.fr'],
    ['a tag of a provider without a page on tags', 'ada+x@zohomail.eu', 'ada@zohomail.eu'],
    ['a dot and a hyphen outside of Yandex', 'ada.l@icloud.com', 'ada-l@icloud.com'],
    ['a plus at Yahoo', 'ada+x@yahoo.com', 'ada@yahoo.com'],
    ['a hyphen outside of Yahoo', 'ada-x@gmail.com', 'ada@gmail.com'],
    ['two domains of Microsoft', 'ada@live.com', 'ada@hotmail.com'],
    ['two domains of Fastmail', 'ada@fastmail.com', 'ada@fastmail.fm'],
    ['a subdomain of Google', 'x@ada.gmail.com', 'ada@gmail.com'],
    ['two domains of anybody', 'ada@lovelace.example', 'ada@lovelace.test'],
  ])('the canonical form keeps %s apart', (_, one, other) => {
    expect(canonicalOf(one)).not.toBe(canonicalOf(other));
  });

  test('the canonical form leaves a local part whole that would be nothing without its tag or dots', () => {
    expect(canonicalOf('+x@gmail.com')).toBe('+x@gmail.com');
    expect(canonicalOf('-x@yahoo.com')).toBe('-x@yahoo.com');
    expect(canonicalOf('_-_@proton.me')).toBe('_-_@proton.me');
  });

  test('the canonical form of what is no address is the text, trimmed and lower-cased', () => {
    expect(canonicalOf('  Not An Address ')).toBe('not an address');
  });

  test('the canonical form is its own canonical form', () => {
    const domains = [
      ...ALIAS_RULES.flatMap(({ domains }) => domains.slice(0, 3)),
      'lovelace.example',
      'x.fastmail.com',
    ];
    const local = fc.array(fc.constantFrom('a', 'B', '.', '+', '-', '_', 'İ', 'Σ', 'ß', '"', ' ', '\\', 'e\u0301'), {
      minLength: 1,
      maxLength: 14,
    });
    fc.assert(
      fc.property(local, fc.boolean(), fc.constantFrom(...domains), (parts, isQuoted, domain) => {
        const text = parts.join('');
        const once = canonicalOf(`${isQuoted ? `"${text.replace(/["\\]/g, '\\$&')}"` : text}@${domain}`);
        expect(canonicalOf(once)).toBe(once);
      }),
    );
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => canonicalOf(canonicalOf(text)) === canonicalOf(text)),
    );
  });
});

describe('an alias', () => {
  test.each([
    'ada+news@lovelace.example',
    'ada+news@gmail.com',
    'ada-news@yahoo.com',
    'news@ada.fastmail.com',
    '"ada+news"@lovelace.example',
  ])('an alias is seen in %s', (address) => {
    expect(isAlias(address)).toBe(true);
  });

  test.each([
    'ada@lovelace.example',
    'a.d.a@gmail.com',
    '+1234@lovelace.example',
    'ada-l@gmail.com',
    'ada@fastmail.com',
    'ada+x',
  ])('an alias is not seen in %s', (address) => {
    expect(isAlias(address)).toBe(false);
  });
});

describe('the table of alias rules', () => {
  test('the table of alias rules names each domain once and a page of the provider for each row', () => {
    const domains = ALIAS_RULES.flatMap((rule) => rule.domains);
    expect(domains.filter((domain, index) => domains.indexOf(domain) !== index)).toEqual([]);
    for (const { provider, source } of ALIAS_RULES) {
      expect(source.length, provider).toBeGreaterThan(0);
      for (const page of source) expect(page, provider).toMatch(/^https:\/\//);
    }
  });

  test('the table of alias rules says of each rule whether the spelling without a tag has the same owner, and the canonical form keeps to it', () => {
    for (const { domains, tag, bareOwner } of ALIAS_RULES) {
      for (const domain of domains) {
        const [bare, one, other] = ['ada', `ada${tag}one`, `ada${tag}other`].map((local) =>
          canonicalOf(`${local}@${domain}`),
        );
        expect(one, domain).toBe(other);
        expect(one === bare, domain).toBe(bareOwner === 'same');
      }
    }
  });
});

describe('an address that has been read', () => {
  test('an address that has been read has the canonical form and the tag of the text that goes on the wire', () => {
    const part = fc.oneof(
      fc.constantFrom('ada', 'a.d-a_L+x', '"a b"', '"Ada"', 'cafe\u0301', 'a\u037Eb', '\u212Aa'),
      fc.string(),
    );
    const domain = fc.constantFrom('gmail.com', 'ada.sent.com', 'yahoo.fr', 'MÜNCHEN.example', 'lovelace.example');
    fc.assert(
      fc.property(part, domain, (local, name) => {
        const parsed = parseAddress(`${local}@${name}`);
        if (!parsed.ok) return;
        const { address } = parsed;
        expect(canonicalOf(address)).toBe(canonicalOf(address.address));
        expect(isAlias(address)).toBe(isAlias(address.address));
      }),
    );
  });
});
