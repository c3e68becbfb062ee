import { describe, expect, test } from 'vitest';
import type { DnsAnswer } from '../../../edge/dns/answer.ts';
import { areAllNowhere } from '../../../edge/dns/nowhere-hosts.ts';

const HOSTS = ['mx1.firm.example', 'mx2.firm.example'].map((host, preference) => ({ host, preference }));

function records(...addresses: readonly string[]): DnsAnswer {
  return addresses.length === 0 ? { kind: 'nodata' } : { kind: 'records', mx: [], addresses };
}

/** @param first what the two hosts have in the way of A records, and of AAAA records */
function ask(first: DnsAnswer, second: DnsAnswer = records(), v6: DnsAnswer = records()): Promise<boolean> {
  return areAllNowhere(HOSTS, async (name, type) => {
    if (type === 'AAAA') return v6;
    return name === 'mx1.firm.example' ? first : second;
  });
}

describe('mail hosts are out of reach for everybody', () => {
  test.each([
    '127.0.0.1',
    '10.1.2.3',
    '192.168.0.1',
    '172.16.0.1',
    '172.31.255.255',
    '169.254.1.1',
    '100.64.0.1',
    '100.127.255.255',
  ])('with nothing but %s', async (ip) => {
    expect(await ask(records(ip))).toBe(true);
  });

  test.each(['::1', 'fd00::1', 'fc12:3456::1', 'fe80::1'])('with nothing but %s', async (ip) => {
    expect(await ask(records(), records(), records(ip))).toBe(true);
  });

  test.each<[string, DnsAnswer, DnsAnswer]>([
    ['no records', records(), records()],
    ['no such names', { kind: 'nxdomain' }, { kind: 'nxdomain' }],
    ['the one private, the other none', records('10.0.0.1'), records()],
  ])('with no address at all: %s', async (_, first, second) => {
    expect(await ask(first, second)).toBe(true);
  });
});

describe('mail hosts may be reached', () => {
  test.each(['192.0.2.1', '172.15.0.1', '172.32.0.1', '100.63.0.1', '100.128.0.1', '11.0.0.1', '1.127.0.0'])(
    'with %s beside a private address',
    async (ip) => {
      expect(await ask(records('10.0.0.1', ip))).toBe(false);
      expect(await ask(records('10.0.0.1'), records(ip))).toBe(false);
    },
  );

  test.each(['2001:db8::1', '::ffff:10.0.0.1', '::10', 'fec0::1'])('with %s beside a private address', async (ip) => {
    expect(await ask(records('10.0.0.1'), records(), records(ip))).toBe(false);
  });

  test('where a filter of names may have spoken: 0.0.0.0', async () => {
    expect(await ask(records('0.0.0.0'))).toBe(false);
  });

  test('where one of them cannot be looked up', async () => {
    expect(await ask(records('10.0.0.1'), { kind: 'failure', fault: 'servfail' })).toBe(false);
  });

  test.each<[string, DnsAnswer, DnsAnswer, DnsAnswer]>([
    ['the first A', { kind: 'failure', fault: 'servfail' }, records(), records()],
    ['the second A', { kind: 'nxdomain' }, { kind: 'failure', fault: 'timeout' }, records()],
    ['the AAAA', records(), records(), { kind: 'failure', fault: 'timeout' }],
  ])('where none has an address, as far as is known without %s', async (_, first, second, v6) => {
    expect(await ask(first, second, v6)).toBe(false);
  });
});
