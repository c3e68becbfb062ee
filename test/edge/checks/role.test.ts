import { describe, expect, test } from 'vitest';
import { ROLE_WORDS } from '../../../edge/checks/data/role-words.ts';
import { isRole } from '../../../edge/checks/role.ts';

describe('a role', () => {
  test.each([
    ...['hola', 'hallo', 'Ciao', 'postmaster', 'abuse', 'noc', 'Sales', 'WEBMASTER', 'list-request', 'linux-owner'],
    ...['no-reply', 'No_Reply', 'noreply-orders', 'alerts-noreply', 'bounces-7f3a91', 'mailer-daemon'],
    ...[
      'info+spring',
      'sales2',
      'sales-2',
      'office2026',
      'support.fr',
      'info-uk',
      'sales.apac',
      'emea-sales',
      'hr-team',
    ],
    ...['it-support', 'salesteam', 'websupport', 'customer.service', 'accounts_payable', '"support"', 'team-marketing'],
    ...[
      'kundenservice',
      'buchhaltung',
      'büro',
      'accueil',
      'ressources.humaines',
      'atencion.al.cliente',
      'ufficio.stampa',
    ],
    ...[
      'vendas',
      'klantenservice',
      'kundeservice',
      'asiakaspalvelu',
      'biuro',
      'podatelna',
      'ugyfelszolgalat',
      'muhasebe',
    ],
    ...['бухгалтерия', 'zakaz', 'eigyou', 'kefu'],
  ])('is seen in %s', (local) => {
    expect(isRole(local)).toBe(true);
  });

  test.each([
    ...[
      'contador',
      'sante',
      'infante',
      'salesky',
      'admira',
      'hosteen',
      'postma',
      'newsome',
      'helper',
      'jobst',
      'offerman',
      'marketa',
    ],
    ...[
      'a.sales',
      'sales.k',
      'john.marketing',
      'hr.smith',
      'support-jane',
      'de.sales',
      'info.mattioli',
      'may.press.anna',
    ],
    ...[
      'it84',
      'hrvoje',
      'prakash',
      'mariabill',
      'bill',
      'art',
      'dean',
      'charity',
      'kadri',
      'insa',
      'jane.doe',
      'adminson',
    ],
    '',
  ])('is not seen in %s', (local) => {
    expect(isRole(local)).toBe(false);
  });

  test('a text of any length is answered at once', () => {
    const startMs = performance.now();
    for (let round = 0; round < 200; round += 1) isRole(`${'sales-'.repeat(10)}x`);
    isRole('-'.repeat(1_000_000));
    expect(performance.now() - startMs).toBeLessThan(20_000);
  });

  test('every word of the table stands there once, without separators', () => {
    const words = Object.values(ROLE_WORDS).flatMap((group) => group.split(' '));
    expect(words.filter((word, index) => words.indexOf(word) !== index)).toEqual([]);
    expect(words.filter((word) => !/^[\p{L}\p{N}]{2,}$/u.test(word))).toEqual([]);
  });
});
