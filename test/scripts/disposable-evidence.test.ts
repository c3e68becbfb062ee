import { describe, expect, test } from 'vitest';
import {
  type Doubt,
  decidingDoubt,
  doubtsOfParents,
  type Voice,
  weightFor,
} from '../../scripts/disposable-evidence.ts';

const voices = (...each: readonly Voice[]): ReadonlySet<Voice> => new Set(each);
const voicesOf = (table: Readonly<Record<string, readonly Voice[]>>): ReadonlyMap<string, ReadonlySet<Voice>> =>
  new Map(Object.entries(table).map(([name, each]) => [name, new Set(each)]));

describe('the weight of a listed name', () => {
  test('the weight of a listed name counts each voice once, and a collector only if there is no other voice', () => {
    expect(weightFor('lovelace.example', voices('sentIn', 'spam', 'collected'))).toBe(2);
    expect(weightFor('lovelace.example', voices('collected'))).toBe(1);
    expect(weightFor('lovelace.example', voices())).toBe(0);
  });

  test('the weight of a listed name is greater if the name states its purpose', () => {
    const plain = weightFor('lovelace.example', voices('spam'));
    for (const name of ['my-temp-mail.example', 'trash.example', 'tenminutemail.example', 'wegwerf-adresse.example']) {
      expect(weightFor(name, voices('spam'))).toBeGreaterThan(plain);
    }
  });
});

describe('a doubt about a listed name', () => {
  test.each<[string, readonly Voice[], Doubt]>([
    ['a slip on every list but a service’s own page', ['reviewed', 'sentIn', 'spam', 'collected'], 'nearMiss'],
    ['a company’s name that the spam lists have', ['spam', 'collected'], 'closedRegistry'],
    ['a plain word that one voice has', ['sentIn', 'collected'], 'plainWord'],
    ['a parent of one voice, of which another names a child only', ['spam'], 'childOnly'],
    ['free mail that a collector alone has', ['collected'], 'freeMail'],
    ['a shared parent that two careless voices have', ['sentIn', 'spam'], 'sharedChildren'],
  ])('a doubt about a listed name decides against %s', (_, each, doubt) => {
    expect(decidingDoubt('lovelace.example', voices(...each), [doubt])).toBe(doubt);
  });

  test.each<[string, readonly Voice[], readonly Doubt[]]>([
    ['a slip that a service offers on its page', ['seen', 'collected'], ['nearMiss']],
    ['a reviewed name', ['reviewed'], ['sharedChildren', 'freeMail', 'plainWord']],
    ['a name that two independent voices have', ['sentIn', 'spam'], ['plainWord', 'freeMail', 'childOnly']],
    ['a name without a doubt that a collector alone has', ['collected'], []],
  ])('a doubt about a listed name does not decide against %s', (_, each, doubts) => {
    expect(decidingDoubt('lovelace.example', voices(...each), doubts)).toBeNull();
  });

  test('a doubt about a listed name is the heaviest one if several decide', () => {
    expect(decidingDoubt('lovelace.example', voices('spam'), ['shortName', 'nearMiss', 'freeMail'])).toBe('nearMiss');
  });
});

describe('the names below a listed name', () => {
  test('the names below a listed name raise a doubt if one voice names a child and not the parent', () => {
    const doubts = doubtsOfParents(voicesOf({ 'parent.example': ['spam'], 'e.parent.example': ['sentIn', 'spam'] }));
    expect([...doubts]).toEqual([['parent.example', 'childOnly']]);
  });

  test('the names below a listed name raise a heavier doubt if there are several of them', () => {
    const children = Object.fromEntries(
      ['a', 'b', 'c'].map((label) => [`${label}.parent.example`, ['sentIn'] as const]),
    );
    expect([...doubtsOfParents(voicesOf({ 'parent.example': ['spam'], ...children }))]).toEqual([
      ['parent.example', 'sharedChildren'],
    ]);
    expect([...doubtsOfParents(voicesOf({ 'parent.example': ['collected'], ...children }))]).toEqual([
      ['parent.example', 'sharedChildren'],
    ]);
  });

  test('the names below a listed name raise no doubt if their voice names the parent as well, only copies, or reads a page', () => {
    const parent = { 'parent.example': ['spam', 'sentIn'] } as const;
    for (const voice of ['spam', 'sentIn', 'collected', 'seen'] as const) {
      expect(doubtsOfParents(voicesOf({ ...parent, 'e.parent.example': [voice] })).size).toBe(0);
    }
  });
});
