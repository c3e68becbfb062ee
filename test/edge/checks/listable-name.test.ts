import { describe, expect, test } from 'vitest';
import { NEVER_DISPOSABLE_BY_SOURCE, SHARED_PARENTS_BY_SOURCE } from '../../../edge/checks/data/never-disposable.ts';
import { doubtOfListedName, faultOfListedName, faultOfLoneName } from '../../../edge/checks/listable-name.ts';
import { SUFFIXES } from '../../../scripts/public-suffixes.ts';
import { parseDomainName } from '../../../shared/domain-name.ts';

describe('a name on a list of disposable domains', () => {
  test.each([
    ['co.uk', 'publicSuffix'],
    ['github.io', 'publicSuffix'],
    ['stanford.edu', 'guarded'],
    ['mooo.com', 'sharedParent'],
    ['gmail.com', 'realProvider'],
    ['mail.gmail.com', 'realProvider'],
    ['somebody.33mail.com', 'realProvider'],
    ['paypal.com', 'realProvider'],
    ['a.b.c.d.e.example', 'tooManyLabels'],
  ])('a name on a list of disposable domains is refused for its kind: %s', (name, fault) => {
    expect(faultOfListedName(name, SUFFIXES)).toBe(fault);
    expect(faultOfLoneName(name, SUFFIXES)).toBe(fault);
  });

  test('a name on a list of disposable domains may be one below a shared parent, where each name has an owner of its own', () => {
    expect(faultOfLoneName('lovelace.mooo.com', SUFFIXES)).toBeNull();
  });

  test.each([
    ['gmial.com', 'nearMiss'],
    ['hotmial.co.uk', 'nearMiss'],
    ['comcsat.net', 'nearMiss'],
    ['qzx.com', 'shortName'],
    ['lovelace.com.au', 'closedRegistry'],
    ['lovelace.co.jp', 'closedRegistry'],
  ])('a name on a list of disposable domains is doubted, but not refused against all lists: %s', (name, doubt) => {
    expect(faultOfListedName(name, SUFFIXES)).toBeNull();
    expect(doubtOfListedName(name)).toBe(doubt);
    expect(faultOfLoneName(name, SUFFIXES)).toBe(doubt);
  });

  test.each(['lovelace.example', 'qz1.com', 'qzx.xyz', 'mailinator.com', 'xn--bcher-kva.example'])(
    'a name on a list of disposable domains is believed if there is no fault and no doubt: %s',
    (name) => {
      expect(faultOfLoneName(name, SUFFIXES)).toBeNull();
    },
  );
});

describe('the kept names', () => {
  test('the kept names have a source each, are domains in A-labels and occur in one place only', () => {
    const table = [...NEVER_DISPOSABLE_BY_SOURCE, ...SHARED_PARENTS_BY_SOURCE];
    expect(table.filter(([source]) => source.trim() === '')).toEqual([]);
    const names = table.flatMap(([, domains]) => domains.split(' '));
    const strange = names.filter((name) => {
      const parsed = parseDomainName(name);
      return !parsed.ok || parsed.ascii !== name;
    });
    expect(strange).toEqual([]);
    expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([]);
  });
});
