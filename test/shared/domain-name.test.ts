import { describe, expect, test } from 'vitest';
import { misplacedJoiner, parseDomainName } from '../../shared/domain-name.ts';

describe('a domain name', () => {
  test.each([
    ['a zero-width space', 'love\u200Blace.example', 4],
    ['a byte order mark', '\uFEFFlovelace.example', 0],
    ['a soft hyphen', 'love\u00ADlace.example', 4],
    ['a no-break space', 'love\u00A0lace.example', 4],
    ['a word joiner', 'نامه\u2060ای.example', 4],
    ['a joiner between Latin letters', 'love\u200Dlace.example', 4],
  ])('a domain name is refused for %s, which the URL standard may drop in silence', (_, text, position) => {
    expect(parseDomainName(text)).toEqual({ ok: false, rule: 'domain_invisible', position });
  });

  test.each([
    ['Persian', 'نامه\u200Cای.example', 'xn--mgba3gch31f060k.example'],
    ['Sinhala', 'ශ්\u200Dරී.example', 'xn--10cl1a0b660p.example'],
    ['Devanagari', 'क्\u200Dष.example', 'xn--11b2ezcw70k.example'],
  ])('a domain name keeps the joiner that %s needs, in both its forms', (_, text, ascii) => {
    expect(parseDomainName(text)).toEqual({ ok: true, ascii, unicode: text });
    expect(parseDomainName(ascii)).toEqual({ ok: true, ascii, unicode: text });
  });

  test('a domain name is another one without its joiner', () => {
    const [joined, plain] = [parseDomainName('نامه\u200Cای.example'), parseDomainName('نامهای.example')];
    expect(joined.ok && plain.ok && joined.ascii !== plain.ascii).toBe(true);
  });

  test('a domain name is refused for a space as for any character that no domain has', () => {
    expect(parseDomainName('love lace.example')).toEqual({ ok: false, rule: 'domain_character', position: 4 });
    expect(parseDomainName('löve lace.example')).toEqual({ ok: false, rule: 'domain_character', position: 4 });
  });

  test('a domain name is left to the DNS for marks whose rules are the registries’', () => {
    expect(parseDomainName('col·lecció.example')).toMatchObject({ ok: true });
    expect(parseDomainName('a·b.example')).toMatchObject({ ok: true });
  });
});

describe('joiners in a text', () => {
  test('joiners in a text are told by the place of the first word that has one out of place', () => {
    expect(misplacedJoiner('plain')).toBe(-1);
    expect(misplacedJoiner('نامه\u200Cای')).toBe(-1);
    expect(misplacedJoiner('نامه\u200Cای ab\u200Dc')).toBe(10);
    expect(misplacedJoiner('\u200C')).toBe(0);
  });
});
