import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { brokenProviderRule } from '../../../edge/checks/provider-rules.ts';
import { PROVIDER_RULES } from '../../../edge/checks/provider-rules-table.ts';
import { parseAddress } from '../../../shared/address.ts';

const DOMAINS = PROVIDER_RULES.flatMap((row) => row.domains);

/** Any text, broken surrogates among it. */
const ANY_TEXT = fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)) });

/** The broken rule of a whole address, by the way that the ladder goes: parsed first. */
function ruleOf(address: string): string | null {
  const parsed = parseAddress(address);
  if (!parsed.ok) throw new Error(`not an address: ${parsed.rule}`);
  return brokenProviderRule(parsed.address.local, parsed.address.domain)?.rule ?? null;
}

describe('each documented rule holds on both sides of its boundary', () => {
  const letters = (count: number) => 'a'.repeat(count);
  test.each([
    ['30 letters at Gmail', `${letters(30)}@gmail.com`, null],
    ['31 letters at Gmail', `${letters(31)}@gmail.com`, 'gmail_length'],
    ['31 letters at Googlemail', `${letters(31)}@googlemail.com`, 'gmail_length'],
    ['30 letters and 29 dots at Gmail', `${Array(30).fill('a').join('.')}@gmail.com`, null],
    ['31 letters and 30 dots at Gmail', `${Array(31).fill('a').join('.')}@gmail.com`, 'gmail_length'],
    ['30 letters and a tag at Gmail', `${letters(30)}+${letters(20)}@gmail.com`, null],
    ['31 letters and a tag at Gmail', `${letters(31)}+tag@gmail.com`, 'gmail_length'],
    ['letters, digits and dots at Gmail', 'Anna.Maria.1984@gmail.com', null],
    ['nothing but quoted dots at Gmail', '".."@gmail.com', 'gmail_length'],
    ['an underscore at Gmail', 'anna_maria@gmail.com', 'gmail_characters'],
    ['a hyphen at Gmail', 'anna-maria@gmail.com', 'gmail_characters'],
    ['an apostrophe at Gmail', "o'hara@gmail.com", 'gmail_characters'],
    ['a hyphen and an underscore in a tag at Gmail', 'annamaria+a-b_c@gmail.com', null],
    ['a tag without a name at Gmail', '+annamaria@gmail.com', 'gmail_characters'],
    ['a letter that is not ASCII at Gmail', 'jürgen.mayer@gmail.com', 'gmail_characters'],
    ['a letter that only looks Latin at Gmail', 'аnna.maria@gmail.com', 'gmail_characters'],
    ['dots, hyphens and underscores at Outlook.com', 'a.b-c_1@outlook.com', null],
    ['an apostrophe at Outlook.com', "o'hara@outlook.com", 'microsoft_characters'],
    ['an ampersand at Hotmail', 'anna&ben@hotmail.co.uk', 'microsoft_characters'],
    ['an accent at Live', 'andré@live.fr', 'microsoft_characters'],
    ['a tag with an ampersand at Outlook.com', 'anna+a&b@outlook.com', null],
    ['64 letters at Outlook.com', `${letters(64)}@outlook.com`, null],
    ['31 letters at Mail.ru', `${letters(31)}@mail.ru`, null],
    ['32 letters at Mail.ru', `${letters(32)}@mail.ru`, 'mail_ru_length'],
    ['31 characters with dots at Mail.ru', `${letters(15)}.${letters(15)}@bk.ru`, null],
    ['32 characters with dots at Mail.ru', `${letters(15)}.${letters(16)}@bk.ru`, 'mail_ru_length'],
    ['31 letters and a tag at Mail.ru', `${letters(31)}+tag@mail.ru`, null],
    ['dots, hyphens and underscores at Mail.ru', 'a.b-c_1@inbox.ru', null],
    ['Cyrillic letters at Mail.ru', 'анна@mail.ru', 'mail_ru_characters'],
    ['an exclamation mark at List.ru', 'anna!@list.ru', 'mail_ru_characters'],
    ['an underscore and a dot at Fastmail', 'anna_maria.mayer@fastmail.com', null],
    ['a hyphen at Fastmail', 'anna-maria@fastmail.com', 'fastmail_characters'],
    ['a hyphen in a tag at Fastmail', 'anna+a-b@fastmail.fm', null],
  ])('each documented rule holds on both sides of its boundary: %s', (_name, address, rule) => {
    expect(ruleOf(address)).toBe(rule);
  });
});

describe('a quoted name is judged by its content', () => {
  test.each([
    ['a name that needs no quotes is judged without them', '"anna.maria"@gmail.com', null],
    ['the tag of a quoted name is cut off', '"annamaria+a b"@gmail.com', null],
    ['a space inside quotes breaks the rule of letters', '"anna maria"@gmail.com', 'gmail_characters'],
    ['an @ inside quotes breaks the rule of letters', '"anna@home"@outlook.com', 'microsoft_characters'],
    ['an escaped letter is that letter', '"\\a\\nna"@outlook.com', null],
    ['an escaped quotation mark breaks the rule of letters', '"\\"anna"@mail.ru', 'mail_ru_characters'],
    ['quotation marks do not count towards the length', `"${'a'.repeat(30)}"@gmail.com`, null],
    ['a quoted name may be too long', `"${'a'.repeat(31)}"@gmail.com`, 'gmail_length'],
  ])('a quoted name is judged by its content: %s', (_name, address, rule) => {
    expect(ruleOf(address)).toBe(rule);
  });
});

describe('names that real people have are never refused', () => {
  const names =
    'anna.maria anna.mayer1984 annamayer a.mayer 1984anna j.p.morgan.smith maximilian.mustermann MariaJose99 x7k2m9 ' +
    'anna.mayer+news anna.mayer+a-b_c';
  test.each([
    ...DOMAINS,
    ...'yahoo.com ymail.com aol.com icloud.com me.com mac.com proton.me protonmail.com gmx.de gmx.net web.de'.split(
      ' ',
    ),
    ...'mail.com yandex.ru ya.ru zoho.com tutanota.com qq.com 163.com 126.com naver.com daum.net msn.com'.split(' '),
    ...'libero.it orange.fr t-online.de seznam.cz wp.pl uol.com.br rediffmail.com'.split(' '),
  ])('first.last, digits and tags are never refused at %s', (domain) => {
    for (const name of names.split(' ')) expect(ruleOf(`${name}@${domain}`), name).toBeNull();
  });

  test.each([
    ['an old Gmail name of five letters', 'photo@gmail.com'],
    ['an old Gmail name of four letters with a tag', 'phot+newsletter@gmail.com'],
    ['an old Gmail name of three letters with dots', 'j.d.k@googlemail.com'],
    ['an old Gmail name of one letter', 'a@gmail.com'],
    ['a Hotmail name with a hyphen last', 'anna-@hotmail.com'],
    ['a Fastmail alias with a dot', 'anna.mayer@fastmail.com'],
    ['a Hotmail name with a digit first', '1900abc@hotmail.nl'],
    ['a Hotmail name with an underscore last', 'anna_@hotmail.com'],
    ['an old Mail.ru name between underscores', '_anna_@mail.ru'],
    ['an old Mail.ru name of two letters', 'ab@mail.ru'],
    ['a Hide My Email name of Apple', '02.burners_carbide-frosty@icloud.com'],
    ['an old mac.com name of two letters', 'jd@mac.com'],
    ['a telephone number at Yandex', '79871234567@yandex.ru'],
    ['a telephone number at NetEase', '13800138000@163.com'],
    ['a number at QQ', '10001@qq.com'],
    ['a Yahoo name with base and keyword', 'anna_m-shopping@yahoo.com'],
  ])('names that real people have are never refused: %s', (_name, address) => {
    expect(ruleOf(address)).toBeNull();
  });

  test("the provider's own service names are never refused", () => {
    for (const domain of DOMAINS) {
      for (const name of ['postmaster', 'abuse', 'mailer-daemon', 'MAILER-DAEMON']) {
        expect(brokenProviderRule(name, domain), `${name} at ${domain}`).toBeNull();
      }
    }
  });

  test('1 to 30 letters, digits and single dots never break a rule', () => {
    const word = fc.stringMatching(/^[a-zA-Z0-9]{1,9}$/);
    const name = fc.array(word, { minLength: 1, maxLength: 3 }).map((words) => words.join('.'));
    fc.assert(
      fc.property(name, fc.constantFrom(...DOMAINS), (local, domain) => {
        expect(brokenProviderRule(local, domain)).toBeNull();
      }),
    );
  });
});

describe('other domains are never judged', () => {
  test.each([
    ['a domain of a customer of Google', 'sales_team@firma.example'],
    ['the company itself', 'a-b@google.com'],
    ['a subdomain of a provider', 'anna_maria@mail.gmail.com'],
    ['a domain that ends like a provider', 'anna_maria@notgmail.com'],
    ['a domain that starts like a provider', 'anna_maria@gmail.com.example.com'],
    ['a subdomain address of Fastmail', 'tag-1@anna.fastmail.com'],
    ['a domain of Fastmail that was a provider of its own', 'anna-maria@pobox.com'],
    ['a subdomain of Mail.ru', 'anna!@vip.mail.ru'],
    ['old Microsoft names', 'anna&ben@msn.com'],
  ])("other domains than the provider's own are never judged: %s", (_name, address) => {
    expect(ruleOf(address)).toBeNull();
  });

  test('any local part at a domain without a row passes', () => {
    fc.assert(
      fc.property(ANY_TEXT, fc.string(), (local, domain) => {
        fc.pre(!DOMAINS.includes(domain));
        expect(brokenProviderRule(local, domain)).toBeNull();
      }),
    );
  });

  test.each(['constructor', '__proto__', 'toString', ''])('a domain named "%s" is not taken for a row', (domain) => {
    expect(brokenProviderRule('anna_maria', domain)).toBeNull();
  });
});

describe('the answer', () => {
  test('the broken rule is null or a rule of the row, for any text', () => {
    const rules = PROVIDER_RULES.flatMap(({ provider }) => [`${provider}_characters`, `${provider}_length`]);
    const anyText = fc.oneof(fc.string(), ANY_TEXT, fc.constant('"'), fc.constant('+'));
    fc.assert(
      fc.property(anyText, fc.constantFrom(...DOMAINS), (local, domain) => {
        const broken = brokenProviderRule(local, domain);
        if (broken !== null) expect(rules).toContain(broken.rule);
      }),
    );
  });

  test('the broken rule does not depend on the tag', () => {
    const name = fc.stringMatching(/^[a-z0-9._'-]{1,40}$/);
    const tag = fc.stringMatching(/^[a-z0-9._+'&-]{0,20}$/);
    fc.assert(
      fc.property(name, tag, fc.constantFrom(...DOMAINS), (local, text, domain) => {
        expect(brokenProviderRule(`${local}+${text}`, domain)).toEqual(brokenProviderRule(local, domain));
      }),
    );
  });

  test('the sentence on the broken rule contains nothing of the address', () => {
    const broken = brokenProviderRule('anna_q7x', 'gmail.com');
    expect(broken?.detail).toBe('Gmail names have only the letters a to z, digits and dots.');
    expect(JSON.stringify(broken)).not.toContain('q7x');
  });

  test('the broken rule is found in linear time on a text far longer than any address', () => {
    for (const domain of DOMAINS.slice(0, 2)) {
      expect(brokenProviderRule(`${'a.'.repeat(500_000)}!`, domain)?.rule).toBe('gmail_characters');
      expect(brokenProviderRule('+'.repeat(1_000_000), domain)?.rule).toBe('gmail_characters');
    }
  });
});

describe('every row', () => {
  test('every row names its source and the day it was seen', () => {
    for (const { provider, source, seen } of PROVIDER_RULES) {
      expect(source, provider).toMatch(/^https:\/\/\S+$/);
      expect(seen, provider).toMatch(/^20\d\d-\d\d-\d\d$/);
    }
  });

  test('every row has lower-case domains that occur in no other row', () => {
    for (const { provider, domains } of PROVIDER_RULES) expect(domains.length, provider).toBeGreaterThan(1);
    expect(new Set(DOMAINS).size).toBe(DOMAINS.length);
    for (const domain of DOMAINS) expect(domain).toMatch(/^[a-z0-9-]+(?:\.[a-z0-9-]+)+$/);
  });

  test('every row states its rules in one sentence', () => {
    for (const { characters, length } of PROVIDER_RULES) {
      for (const detail of [characters.detail, length?.detail ?? characters.detail])
        expect(detail).toMatch(/^[A-Z].+[a-z]\.$/);
    }
  });
});
