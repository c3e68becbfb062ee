import { describe, expect, test } from 'vitest';
import { freeDomains, isFree } from '../../../edge/checks/free.ts';

describe('free mail', () => {
  test.each([
    ...['gmail.com', 'googlemail.com', 'yahoo.co.jp', 'hotmail.fr', 'outlook.com.br', 'icloud.com', 'aol.de', 'gmx.at'],
    ...['web.de', 'orange.fr', 'libero.it', 'qq.com', '163.com', 'naver.com', 'mail.ru', 'ya.ru', 'seznam.cz', 'wp.pl'],
    ...['proton.me', 'tuta.com', 'fastmail.com', 'ada.fastmail.com', 'comcast.net', 'rediffmail.com', 'abv.bg'],
  ])('free mail includes %s', (domain) => {
    expect(isFree(domain)).toBe(true);
  });

  test.each(['lovelace.example', 'google.com', 'microsoft.com', 'mail.gmail.com', 'yahoo-inc.com', 'com', ''])(
    'free mail does not include %j',
    (domain) => {
      expect(isFree(domain)).toBe(false);
    },
  );

  test('every domain of the table of free mail is in A-label form', () => {
    for (const domain of freeDomains()) expect(domain).toMatch(/^[a-z0-9-]+(\.[a-z0-9-]+)+$/);
  });
});
