import { getDomain, getPublicSuffix } from 'tldts';
import { describe, expect, test } from 'vitest';
import { readPublicSuffixes } from '../../../edge/checks/public-suffix.ts';
import { publicSuffixText, SUFFIXES } from '../../../scripts/public-suffixes.ts';

/** Each rule as a name: `*` and `!` are no labels. */
const RULES = publicSuffixText()
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('//'))
  .map((rule) => rule.replace('!', '').replace('*', 'any'));

describe('the public suffix list', () => {
  test('the list has every rule of tldts once', () => {
    expect(RULES.length).toBeGreaterThan(9_000);
    expect(new Set(RULES).size).toBe(RULES.length);
  });

  test('a rule, a name below it and the name above it have the suffix and the owner that tldts gives them', () => {
    const names = RULES.flatMap((rule) => [
      rule,
      `lovelace.${rule}`,
      `mail.lovelace.${rule}`,
      rule.slice(rule.indexOf('.') + 1),
    ]);
    const wrong = names.filter((name) => {
      const isSuffix = getPublicSuffix(name, { allowPrivateDomains: true }) === name;
      return SUFFIXES.isPublicSuffix(name) !== isSuffix || SUFFIXES.registrableDomainOf(name) !== getDomain(name);
    });
    expect(wrong).toEqual([]);
  });

  test.each([
    ['a wildcard has a suffix below it', 'anything.ck', true, null],
    ['an exception is a name', 'www.ck', false, 'www.ck'],
    ['a name below an exception belongs to it', 'mail.www.ck', false, 'www.ck'],
    ['a company gives names to others, and is one owner with the registry', 'github.io', true, 'github.io'],
    ['the last label is a suffix without a rule', 'nowhere-at-all', true, null],
  ])('%s: %s', (_, name, isSuffix, domain) => {
    expect(SUFFIXES.isPublicSuffix(name)).toBe(isSuffix);
    expect(SUFFIXES.registrableDomainOf(name)).toBe(domain);
  });

  test('a text without rules of both kinds is refused, as a page of an error is', () => {
    for (const text of ['', '<html>', 'com\nnet\n']) expect(() => readPublicSuffixes(text)).toThrow('not whole');
  });
});
