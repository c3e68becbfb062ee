import { describe, expect, test } from 'vitest';
import type { DnsAnswer, RecordType } from '../../../edge/dns/answer.ts';
import { findMailHosts, type MailHosts } from '../../../edge/dns/mx.ts';

const NODATA: DnsAnswer = { kind: 'nodata' };
const NXDOMAIN: DnsAnswer = { kind: 'nxdomain' };
const SERVFAIL: DnsAnswer = { kind: 'failure', fault: 'servfail' };
const HAS_ADDRESS: DnsAnswer = { kind: 'records', mx: [], addresses: ['192.0.2.1'] };

type Zone = Readonly<Record<RecordType, DnsAnswer>>;

/** Finds the mail hosts of `firm.test` in a zone, and notes which types were asked for. */
async function find(zone: Partial<Zone>): Promise<{ mail: MailHosts; asked: readonly string[] }> {
  const asked: string[] = [];
  const mail = await findMailHosts('firm.test', async (name, type) => {
    asked.push(`${name} ${type}`);
    return zone[type] ?? NODATA;
  });
  return { mail, asked };
}

function mxOf(...records: readonly (readonly [number, string])[]): Partial<Zone> {
  return {
    MX: { kind: 'records', mx: records.map(([preference, exchange]) => ({ preference, exchange })), addresses: [] },
  };
}

async function hostsOf(...records: readonly (readonly [number, string])[]): Promise<readonly string[]> {
  const { mail } = await find(mxOf(...records));
  return mail.kind === 'hosts' ? mail.hosts.map(({ host }) => host) : [];
}

describe('the mail hosts of a domain', () => {
  test('the mail hosts of a domain are sorted by preference, equal ones by name, so that every isolate has one order', async () => {
    const { mail, asked } = await find(mxOf([20, 'c.firm.test'], [5, 'z.firm.test'], [20, 'b.firm.test']));
    expect(mail).toEqual({
      kind: 'hosts',
      isImplicit: false,
      isAuthentic: false,
      hosts: [
        { host: 'z.firm.test', preference: 5 },
        { host: 'b.firm.test', preference: 20 },
        { host: 'c.firm.test', preference: 20 },
      ],
    });
    expect(asked).toEqual(['firm.test MX']);
  });

  test('the mail hosts of a domain are lower-case and without the final dot', async () => {
    expect(await hostsOf([10, 'MX.Firm.TEST.'])).toEqual(['mx.firm.test']);
  });

  test('the mail hosts of a domain come once each, with the best preference that was given', async () => {
    const { mail } = await find(mxOf([30, 'mx.firm.test'], [10, 'MX.firm.test.'], [20, 'mx.firm.test']));
    expect(mail).toMatchObject({ hosts: [{ host: 'mx.firm.test', preference: 10 }] });
  });

  test('the mail hosts of a domain are the twenty best of a longer list', async () => {
    const records = Array.from({ length: 60 }, (_, index) => [600 - index, `mx${index}.firm.test`] as const);
    const hosts = await hostsOf(...records);
    expect(hosts).toHaveLength(20);
    expect([hosts[0], hosts[19]]).toEqual(['mx59.firm.test', 'mx40.firm.test']);
  });

  test('the mail hosts of a domain may have underscores in their names', async () => {
    const names = ['mx_1.firm.test', '_mail.firm.test', 'mail_.firm.test', '_.firm.test'];
    expect(await hostsOf(...names.map((name, index) => [index, name] as const))).toEqual(names);
  });

  test('the mail hosts of a domain may have hyphens side by side or at the end of a label', async () => {
    const names = ['mx--1.firm.test', 'a__b.firm.test', 'mail-.firm.test'];
    expect(await hostsOf(...names.map((name, index) => [index, name] as const))).toEqual(names);
  });

  test('the mail hosts of a domain may have international names', async () => {
    expect(await hostsOf([10, 'mx.xn--mnchen-3ya.test'])).toEqual(['mx.xn--mnchen-3ya.test']);
  });
});

describe('an MX record', () => {
  const UNUSABLE = [
    '192.0.2.1',
    '192.0.2.1.',
    'localhost',
    'LOCALHOST.',
    'mx.localhost',
    'mail',
    'mx..firm.test',
    'mx firm.test',
    `${'a'.repeat(64)}.firm.test`,
    `${'abcdefgh.'.repeat(31)}firm.test`,
    '[192.0.2.1]',
    '2001:db8::1',
    'mx.firm.test\r\nquit',
    '-mx.firm.test',
    'mx.bücher.test',
    'mx.firm.local',
    'nowhere.invalid',
    'mx.internal',
    'localhost.localdomain',
    'park-mx.above.com',
    'mail.sedoparking.com.',
  ];

  test.each(UNUSABLE)(
    'an MX record with %j is unusable, and a domain with nothing else has no mail server',
    async (exchange) => {
      expect((await find(mxOf([10, exchange]))).mail).toEqual({ kind: 'no_mx' });
    },
  );

  test.each(UNUSABLE)('an MX record with %j is passed over beside a good one', async (exchange) => {
    expect(await hostsOf([10, exchange], [20, 'mx.firm.test'])).toEqual(['mx.firm.test']);
  });

  test.each([
    'above.com',
    'mx.park-mx-above.com',
    'mail.dynadot.com',
    'mx.local.firm.test',
    'mailstore1.secureserver.net',
  ])('an MX record with %j is usable: it only resembles a parking host', async (exchange) => {
    expect(await hostsOf([10, exchange])).toEqual([exchange]);
  });

  test('an MX record that is unusable does not make the domain its own mail host', async () => {
    const { mail, asked } = await find({ ...mxOf([10, 'localhost']), A: HAS_ADDRESS });
    expect(mail).toEqual({ kind: 'no_mx' });
    expect(asked).toEqual(['firm.test MX']);
  });
});

describe('a null MX', () => {
  test.each(['.', ''])('a null MX %j as the only record says that the domain takes no mail', async (root) => {
    expect((await find(mxOf([0, root]))).mail).toEqual({ kind: 'null_mx' });
  });

  test('a null MX counts with any preference', async () => {
    expect((await find(mxOf([10, '.']))).mail).toEqual({ kind: 'null_mx' });
  });

  test('a null MX beside another record is ignored', async () => {
    expect(await hostsOf([0, '.'], [10, 'mx.firm.test'])).toEqual(['mx.firm.test']);
  });
});

describe('a domain without MX', () => {
  test.each<[string, Partial<Zone>]>([
    ['an A record', { A: HAS_ADDRESS }],
    ['an AAAA record', { AAAA: HAS_ADDRESS }],
    ['both', { A: HAS_ADDRESS, AAAA: HAS_ADDRESS }],
    ['an A record, and the question for AAAA fails', { A: HAS_ADDRESS, AAAA: SERVFAIL }],
  ])('a domain without MX is its own mail host if it has %s', async (_, zone) => {
    const { mail, asked } = await find(zone);
    expect(mail).toEqual({ kind: 'hosts', hosts: [{ host: 'firm.test', preference: 0 }], isImplicit: true });
    expect(asked).toEqual(['firm.test MX', 'firm.test A', 'firm.test AAAA']);
  });

  test('a domain without MX and without addresses has no mail server', async () => {
    expect((await find({})).mail).toEqual({ kind: 'no_mx' });
  });

  test.each<[string, Partial<Zone>]>([
    ['A', { A: SERVFAIL }],
    ['AAAA', { AAAA: SERVFAIL }],
    ['either', { A: SERVFAIL, AAAA: SERVFAIL }],
  ])('a domain without MX is unknown if the question for %s fails', async (_, zone) => {
    expect((await find(zone)).mail).toEqual({ kind: 'dns_failure', fault: 'servfail' });
  });
});

describe('a domain that does not exist', () => {
  test('a missing domain is recognised by NXDOMAIN, and nothing more is asked', async () => {
    const { mail, asked } = await find({ MX: NXDOMAIN, A: HAS_ADDRESS });
    expect(mail).toEqual({ kind: 'no_domain' });
    expect(asked).toEqual(['firm.test MX']);
  });

  test('a missing domain is never concluded from a failing resolver', async () => {
    expect((await find({ MX: SERVFAIL, A: NXDOMAIN, AAAA: NXDOMAIN })).mail).toEqual({
      kind: 'dns_failure',
      fault: 'servfail',
    });
  });
});
