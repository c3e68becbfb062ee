import { describe, expect, test } from 'vitest';
import { ROLE_WORD_PARTS, ROLE_WORDS } from '../../../edge/checks/data/role-words.ts';
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
    ...[
      'no.reply',
      'do.not.reply',
      'do_not-reply2',
      'help.desk',
      'post.master',
      'web-master',
      'human.resources',
      'contact.us',
    ],
    ...[
      'lavora.con.noi',
      'recursos.humanos',
      'trabalhe_conosco',
      'otdel.kadrov',
      'kunden-service',
      'service.apres.vente',
    ],
    ...[
      'e-mail',
      'e-commerce',
      'sales.2',
      'no.reply.orders',
      'noreply+x',
      'info2',
      'info.de',
      'board.of.directors',
      'undisclosed-recipients',
    ],
    ...['бухгалтерия', 'zakaz', 'eigyou', 'kefu'],
  ])('a role is recognised in %s', (local) => {
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
    ...['b.illing', 'p.ost', 's.ales', 'i.nfo', 'm.arketing', 't.eam', 'e.mail', 'a.dmin', 'h.r', 'p.r', 'i.t', 'a.p'],
    ...[
      'b-illing',
      'p_ost',
      's ales',
      'b.illing+x',
      'b.illing.de',
      'b.illing2',
      'p.ost-1',
      '"b.illing"',
      'eu.s.ales',
      'e.u.sales',
    ],
    ...[
      'in.fo',
      'ad.min',
      'sup.port',
      'sal.es',
      'off.ice',
      'mark.eting',
      'bil.ling',
      'sale.s',
      'con.tact',
      'test.er',
      'b.i.l.l.i.n.g',
    ],
    ...['c.ontact', 'se.o', 'r.oot', 'm.ail', 'bu.ero', 'ver.kauf', 'ven.tas', 'kon.takt', 's.alesteam', 'it.aly'],
    '',
  ])('a role is not recognised in %s', (local) => {
    expect(isRole(local)).toBe(false);
  });

  test('a role check answers at once for a text of any length', () => {
    const startMs = performance.now();
    for (let round = 0; round < 200; round += 1) isRole(`${'sales-'.repeat(10)}x`);
    isRole('-'.repeat(1_000_000));
    expect(performance.now() - startMs).toBeLessThan(20_000);
  });

  test('every role word occurs once in the table, without separators', () => {
    const words = Object.values(ROLE_WORDS).flatMap((group) => group.split(' '));
    expect(words.filter((word, index) => words.indexOf(word) !== index)).toEqual([]);
    expect(words.filter((word) => !/^[\p{L}\p{N}]{2,}$/u.test(word))).toEqual([]);
    const parts = ROLE_WORD_PARTS.split(' ');
    expect(parts.filter((part, index) => parts.indexOf(part) !== index || words.includes(part))).toEqual([]);
    // One letter is an initial.
    expect(parts.filter((part) => !/^\p{L}{2,}$/u.test(part))).toEqual([]);
  });
});
