import { describe, expect, test } from 'vitest';
import { isAllowedTarget, parseNetworks } from '../../../probe-node/smtp/public-ip.ts';

describe('without an allow-list', () => {
  test.each([
    ['a resolver', '8.8.8.8'],
    ['the last before 10/8', '9.255.255.255'],
    ['the first after 10/8', '11.0.0.0'],
    ['the last before 100.64/10', '100.63.255.255'],
    ['the first after 100.64/10', '100.128.0.0'],
    ['the last before 127/8', '126.255.255.255'],
    ['the first after 127/8', '128.0.0.1'],
    ['the last before 172.16/12', '172.15.255.255'],
    ['the first after 172.16/12', '172.32.0.0'],
    ['the last before 192.168/16', '192.167.255.255'],
    ['the first after 192.168/16', '192.169.0.0'],
    ['the first after 169.254/16', '169.255.0.0'],
    ['the last before multicast', '223.255.255.255'],
    ['IPv6 of a resolver', '2606:4700:4700::1111'],
    ['IPv6 written out', '2a00:1450:4001:0829:0000:0000:0000:001b'],
    ['IPv6 in capitals', '2A00:1450:4001:829::1B'],
    ['the first after 2001:db8::/32', '2001:db9::1'],
  ])('a public address may be connected to: %s', (_, ip) => {
    expect(isAllowedTarget(ip, [])).toBe(true);
  });

  test.each([
    ['this network', '0.0.0.0'],
    ['this network, any host', '0.1.2.3'],
    ['private 10/8', '10.0.0.1'],
    ['private 172.16/12', '172.31.255.255'],
    ['private 192.168/16', '192.168.1.1'],
    ['carrier-grade NAT', '100.64.0.1'],
    ['loopback', '127.0.0.1'],
    ['loopback, another host', '127.255.255.254'],
    ['link-local', '169.254.1.1'],
    ['the metadata service of clouds', '169.254.169.254'],
    ['the metadata service of ECS', '169.254.170.2'],
    ['the metadata service of Alibaba', '100.100.100.200'],
    ['IETF assignments', '192.0.0.1'],
    ['the metadata service of Oracle', '192.0.0.192'],
    ['documentation 1', '192.0.2.1'],
    ['documentation 2', '198.51.100.1'],
    ['documentation 3', '203.0.113.1'],
    ['6to4 relays', '192.88.99.1'],
    ['benchmarks', '198.18.0.1'],
    ['benchmarks, upper half', '198.19.255.255'],
    ['multicast', '224.0.0.1'],
    ['multicast, upper end', '239.255.255.255'],
    ['reserved', '240.0.0.1'],
    ['broadcast', '255.255.255.255'],
    ['IPv6 unspecified', '::'],
    ['IPv6 loopback', '::1'],
    ['IPv6 loopback written out', '0:0:0:0:0:0:0:1'],
    ['IPv4-mapped loopback', '::ffff:127.0.0.1'],
    ['IPv4-mapped loopback in hex', '::ffff:7f00:1'],
    ['IPv4-mapped private', '::ffff:10.0.0.1'],
    ['IPv4-mapped public', '::ffff:8.8.8.8'],
    ['IPv4-compatible loopback', '::127.0.0.1'],
    ['IPv4-compatible public', '::8.8.8.8'],
    ['IPv4-translated', '::ffff:0:127.0.0.1'],
    ['NAT64 of loopback', '64:ff9b::7f00:1'],
    ['NAT64 of a public address', '64:ff9b::8.8.8.8'],
    ['local NAT64', '64:ff9b:1::a00:1'],
    ['discard only', '100::1'],
    ['6to4 of loopback', '2002:7f00:1::'],
    ['6to4 of a public address', '2002:808:808::1'],
    ['Teredo', '2001:0:4136:e378:8000:63bf:3fff:fdd2'],
    ['IPv6 benchmarks', '2001:2::1'],
    ['ORCHID', '2001:10::1'],
    ['ORCHIDv2', '2001:20::1'],
    ['IPv6 documentation', '2001:db8::1'],
    ['unique local', 'fd00::1'],
    ['the IPv6 metadata service of AWS', 'fd00:ec2::254'],
    ['IPv6 link-local', 'fe80::1'],
    ['IPv6 link-local with a zone', 'fe80::1%eth0'],
    ['old site-local', 'fec0::1'],
    ['IPv6 multicast', 'ff02::1'],
    ['SRv6', '5f00::1'],
    ['what IANA has not given out', '4000::1'],
  ])('a special address may not: %s', (_, ip) => {
    expect(isAllowedTarget(ip, [])).toBe(false);
  });

  test.each([
    '',
    '.',
    'localhost',
    'mx.example.com',
    '127.1',
    '8.8',
    '8.8.8',
    '0x7f.0.0.1',
    '0x8.0x8.0x8.0x8',
    '0177.0.0.1',
    '010.8.8.8',
    '08.8.8.8',
    '2130706433',
    '0x7f000001',
    '8.8.8.8.',
    '8.8.8.8:25',
    '8.8.8.256',
    '8.8.8.8/32',
    '8.8.8.8\0',
    '8.8.8.8\n',
    ' 8.8.8.8',
    '８.8.8.8',
    '[2606:4700::1]',
    '2606:4700:::1',
    '2606:4700::g',
  ])('an odd notation is no address: %j', (ip) => {
    expect(isAllowedTarget(ip, [])).toBe(false);
  });
});

describe('an allow-list', () => {
  test.each([
    ['a network', '10.0.0.0/8', '10.20.30.40', true],
    ['another network', '10.0.0.0/8', '192.168.0.1', false],
    ['a part of a network', '10.1.0.0/16', '10.2.0.1', false],
    ['one address', '127.0.0.1', '127.0.0.1', true],
    ['the neighbour of one address', '127.0.0.1', '127.0.0.2', false],
    ['an IPv6 network', 'fd00::/8', 'fd12::1', true],
    ['one IPv6 address', '::1', '::1', true],
    ['several entries with blanks', ' 10.0.0.0/8 , ::1 ', '::1', true],
    ['an IPv4 network and the mapped address', '127.0.0.0/8', '::ffff:127.0.0.1', false],
    ['an IPv4 network and the NAT64 address', '127.0.0.0/8', '64:ff9b::7f00:1', false],
    ['an IPv4 network and an odd notation', '127.0.0.0/8', '127.1', false],
    ['everything of IPv6 and an IPv4 address', '::/0', '127.0.0.1', false],
  ])('an allow-list opens what it names and nothing else: %s', (_, list, ip, isAllowed) => {
    expect(isAllowedTarget(ip, parseNetworks(list))).toBe(isAllowed);
  });

  test('an allow-list leaves public addresses open', () => {
    expect(isAllowedTarget('8.8.8.8', parseNetworks('127.0.0.1'))).toBe(true);
  });

  test.each(['', ' ', ',', ' , '])('an allow-list may be empty: %j', (list) => {
    expect(parseNetworks(list)).toEqual([]);
  });

  test.each(['10.0.0.0/33', '10.0.0.0/-1', '10.0.0.0/', 'fd00::/129', 'localhost', '10.0.0.0/8/8', '300.0.0.1'])(
    'with the entry %s is refused by name',
    (entry) => {
      expect(() => parseNetworks(`127.0.0.1,${entry}`)).toThrow(`${entry} is not a network`);
    },
  );
});
