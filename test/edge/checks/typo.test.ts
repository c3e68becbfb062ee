import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { freeDomains } from '../../../edge/checks/free.ts';
import { suggestDomain } from '../../../edge/checks/typo.ts';

describe('a suggestion', () => {
  test.each([
    ['two letters swapped', 'gamil.com', 'gmail.com'],
    ['a letter lost', 'hotmal.com', 'hotmail.com'],
    ['a letter typed twice', 'outloook.com', 'outlook.com'],
    ['a neighbour key', 'ourlook.com', 'outlook.com'],
    ['a neighbour key as the first letter of a long name', 'hahoo.com', 'yahoo.com'],
    ['the wrong letter twice', 'yaaoo.com', 'yahoo.com'],
    ['letters in disorder', 'icould.com', 'icloud.com'],
    ['a vowel for another', 'hotmeil.com', 'hotmail.com'],
    ['slips on both sides of the dot', 'hotmial.vom', 'hotmail.com'],
    ['a top-level domain that does not exist', 'yahoo.vom', 'yahoo.com'],
    ['a country instead of com', 'outlook.om', 'outlook.com'],
    ['a letter lost at the end of the top-level domain', 'comcast.ne', 'comcast.net'],
    ['a top-level domain of two letters with one too many', 'arcor.dee', 'arcor.de'],
    ['a dot in the wrong place', 'gmai.lcom', 'gmail.com'],
    ['a dot too little', 'yahoo.couk', 'yahoo.co.uk'],
    ['a dot too little before the suffix', 'outlookcom.br', 'outlook.com.br'],
    ['the end typed twice', 'outlook.com.com', 'outlook.com'],
    ['the end run on to the name', 'hotmailcom.com', 'hotmail.com'],
    ['a letter lost in a suffix of two parts', 'yahoo.o.uk', 'yahoo.co.uk'],
    ['a slip in the first part of the suffix of a national provider', 'terra.con.br', 'terra.com.br'],
    ['swapped letters of a country', 'hotmail.co.ku', 'hotmail.co.uk'],
    ['a slip in a name with two suffixes', 'yahho.com.br', 'yahoo.com.br'],
    ['a national provider', 'seznm.cz', 'seznam.cz'],
    ['a top-level domain that no company can have', 'lovelace.cmo', 'lovelace.com'],
    ['the same below a subdomain', 'mail.lovelace.nte', 'mail.lovelace.net'],
  ])('a suggestion is made for %s', (_, typed, meant) => {
    expect(suggestDomain(typed)).toBe(meant);
  });

  test.each([
    ...[
      'gmx.de',
      'mail.com',
      'email.com',
      'ymail.com',
      'me.com',
      'live.se',
      'hotmail.gr',
      'yahoo.com.vn',
      'sina.cn',
      'au.com',
    ],
    ...[
      'cloud.com',
      'aon.com',
      'love.com',
      'rodgers.com',
      'tellus.net',
      'verizon.com',
      'att.com',
      'web.com',
      'orange.es',
    ],
    ...['gmailing-list.com', 'outlook-hotel.at', 'yahooligans.org', 'hotmetal.com', 'livewell.com', 'mailchimp.com'],
    ...[
      'lovelace.example',
      'lovelace.co',
      'lovelace.cm',
      'lovelace.dev',
      'firm.ne',
      'xn--mnchen-3ya.de',
      'mail.gmail.com',
    ],
    ...['msm.com', 'aol.net', 'gxm.com', 'wbe.de', 'mial.ru', 'oranje.nl', 'tera.nl', 'libra.com', 'planer.de'],
    ...['liveco.uk', 'firm.com.com', 'yahoo.com.tr', 'outlook.com.tr', 'terra.com.pe', 'hotmail.com.tr'],
  ])('a suggestion is not made for %s', (domain) => {
    expect(suggestDomain(domain)).toBeNull();
  });

  test('a suggestion is never made for a known provider', () => {
    for (const domain of freeDomains()) expect(suggestDomain(domain)).toBeNull();
  });

  test('a suggestion never leads to a second suggestion', () => {
    const typed = fc
      .tuple(
        fc.constantFrom('gmail', 'yahoo', 'hotmail', 'libero', 'acme'),
        fc.nat(),
        fc.constantFrom('a', 'l', 'm', 'x', ''),
        fc.constantFrom('.com', '.con', '.it', '.co.uk', '.cmo'),
      )
      .map(
        ([name, at, letter, suffix]) =>
          `${name.slice(0, at % name.length)}${letter}${name.slice((at % name.length) + 1)}${suffix}`,
      );
    fc.assert(
      fc.property(typed, (domain) => {
        const suggestion = suggestDomain(domain);
        fc.pre(suggestion !== null);
        expect(suggestDomain(suggestion)).toBeNull();
      }),
    );
  });

  test('a suggestion takes little time for any text', () => {
    const startMs = performance.now();
    for (let round = 0; round < 100; round += 1) suggestDomain(`${'gmail.'.repeat(12)}con`);
    suggestDomain(`${'a.'.repeat(100_000)}com`);
    for (let round = 0; round < 1000; round += 1) suggestDomain('gnail.con');
    expect(performance.now() - startMs).toBeLessThan(20_000);
  });
});
