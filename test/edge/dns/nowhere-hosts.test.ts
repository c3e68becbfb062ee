import { describe, expect, test } from 'vitest';
import type { DnsAnswer, RecordType } from '../../../edge/dns/answer.ts';
import { areAllPrivate, haveNoAddress } from '../../../edge/dns/nowhere-hosts.ts';

const HOSTS = ['mx1.firm.example', 'mx2.firm.example'].map((host, preference) => ({ host, preference }));

function records(...addresses: readonly string[]): DnsAnswer {
  return addresses.length === 0 ? { kind: 'nodata' } : { kind: 'records', mx: [], addresses };
}

/** @param first A records and AAAA records of the first host */
function queryOf(first: DnsAnswer, second: DnsAnswer, v6: DnsAnswer) {
  return async (name: string, type: RecordType): Promise<DnsAnswer> => {
    if (type === 'AAAA') return v6;
    return name === 'mx1.firm.example' ? first : second;
  };
}

function ask(first: DnsAnswer, second: DnsAnswer = records(), v6: DnsAnswer = records()): Promise<boolean> {
  return areAllPrivate(HOSTS, queryOf(first, second, v6));
}

const FAILURES: readonly DnsAnswer[] = [
  { kind: 'failure', fault: 'servfail' },
  { kind: 'failure', fault: 'timeout' },
];

describe('mail hosts are unreachable for the world', () => {
  test.each([
    '127.0.0.1',
    '10.1.2.3',
    '192.168.0.1',
    '172.16.0.1',
    '172.31.255.255',
    '169.254.1.1',
    '100.64.0.1',
    '100.127.255.255',
  ])('mail hosts are unreachable for the world with no address but %s', async (ip) => {
    expect(await ask(records(ip))).toBe(true);
  });

  test.each(['::1', 'fd00::1', 'fc12:3456::1', 'fe80::1'])(
    'mail hosts are unreachable for the world with no IPv6 address but %s',
    async (ip) => {
      expect(await ask(records(), records(), records(ip))).toBe(true);
    },
  );

  test('mail hosts are unreachable for the world with a private address of one and none of the other', async () => {
    expect(await ask(records('10.0.0.1'), records())).toBe(true);
  });
});

describe('mail hosts may be reached', () => {
  test.each(['192.0.2.1', '172.15.0.1', '172.32.0.1', '100.63.0.1', '100.128.0.1', '11.0.0.1', '1.127.0.0'])(
    'mail hosts may be reachable with %s beside a private address',
    async (ip) => {
      expect(await ask(records('10.0.0.1', ip))).toBe(false);
      expect(await ask(records('10.0.0.1'), records(ip))).toBe(false);
    },
  );

  test.each(['2001:db8::1', '::ffff:10.0.0.1', '::10', 'fec0::1'])(
    'mail hosts may be reachable with the IPv6 address %s beside a private address',
    async (ip) => {
      expect(await ask(records('10.0.0.1'), records(), records(ip))).toBe(false);
    },
  );

  test('mail hosts may be reachable if a filtering resolver answered: 0.0.0.0', async () => {
    expect(await ask(records('0.0.0.0'))).toBe(false);
  });

  test('mail hosts may be reachable if a look-up of one of them fails', async () => {
    expect(await ask(records('10.0.0.1'), { kind: 'failure', fault: 'servfail' })).toBe(false);
  });

  test('mail hosts without any address are another case than unreachable ones', async () => {
    expect(await ask(records())).toBe(false);
  });
});

describe('mail hosts without an address', () => {
  const missing: DnsAnswer = { kind: 'nxdomain' };
  const isMissing = (first: DnsAnswer, second: DnsAnswer, v6: DnsAnswer): Promise<boolean> =>
    haveNoAddress(HOSTS, queryOf(first, second, v6));

  test.each<[string, DnsAnswer, DnsAnswer, DnsAnswer]>([
    ['no records', records(), records(), records()],
    ['no such names', missing, missing, missing],
    ['one of each', records(), missing, records()],
  ])('mail hosts have no address if none of them has one: %s', async (_, ...answers) => {
    expect(await isMissing(...answers)).toBe(true);
  });

  test.each<[string, DnsAnswer, DnsAnswer, DnsAnswer]>([
    ['a public one', records(), records('192.0.2.1'), records()],
    ['a private one, with which the node may have had its trouble', records('10.0.0.1'), missing, records()],
    ['one of IPv6', missing, missing, records('2001:db8::1')],
  ])('mail hosts have an address if one of them has one: %s', async (_, ...answers) => {
    expect(await isMissing(...answers)).toBe(false);
  });

  test.each(FAILURES)(
    'mail hosts are not known to lack addresses if a look-up of one of them fails: %j',
    async (failure) => {
      expect(await isMissing(failure, missing, missing)).toBe(false);
      expect(await isMissing(missing, failure, missing)).toBe(false);
      expect(await isMissing(missing, missing, failure)).toBe(false);
    },
  );
});
