import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createLookUp, type LookUp } from '../../../probe-node/doctor/look-up.ts';
import { evaluateSpf } from '../../../probe-node/doctor/spf.ts';
import { type DnsServer, startDnsServer, type Zone } from './dns-server.ts';

const IP = '192.0.2.7';
let zone: Record<string, Zone[string]> = {};
let dns: DnsServer;
let lookUp: LookUp;

beforeAll(async () => {
  dns = await startDnsServer(() => zone);
  lookUp = createLookUp([dns.resolver]);
});

afterAll(async () => {
  await dns.close();
});

beforeEach(() => {
  zone = {
    'mail.example.com A': [IP],
    'mail6.example.com AAAA': ['2001:db8::7'],
    'other.example.com A': ['198.51.100.1'],
    'example.com A': ['192.0.2.0'],
    'example.com MX': ['10 mail.example.com'],
    'yes.example.com TXT': ['v=spf1 ip4:192.0.2.7 -all'],
    'no.example.com TXT': ['v=spf1 ip4:198.51.100.1 -all'],
    'soft.example.com TXT': ['v=spf1 ~all'],
    'broken.example.com TXT': ['v=spf1 ipv4:192.0.2.7 -all'],
    'loop.example.com TXT': ['v=spf1 include:loop.example.com -all'],
    'failing.example.com TXT': 'SERVFAIL',
  };
});

async function evaluate(record: string, ip = IP): Promise<string> {
  zone['example.com TXT'] = ['google-site-verification=x', record];
  return (await evaluateSpf('example.com', ip, lookUp)).kind;
}

describe('an SPF record', () => {
  test.each([
    ['v=spf1 -all', 'fail'],
    ['v=spf1 ~all', 'softfail'],
    ['v=spf1 ?all', 'neutral'],
    ['v=spf1 all', 'pass'],
    ['v=spf1', 'neutral'],
    ['V=SPF1  IP4:192.0.2.7  -ALL', 'pass'],
    ['v=spf1 ip4:192.0.2.0/24 -all', 'pass'],
    ['v=spf1 ip4:192.0.2.0/30 -all', 'fail'],
    ['v=spf1 -ip4:192.0.2.7 +all', 'fail'],
    ['v=spf1 ip6:2001:db8::/32 -all', 'fail'],
    ['v=spf1 a -all', 'fail'],
    ['v=spf1 a/24 -all', 'pass'],
    ['v=spf1 a:mail.example.com -all', 'pass'],
    ['v=spf1 a:other.example.com -all', 'fail'],
    ['v=spf1 mx -all', 'pass'],
    ['v=spf1 mx:no-such.example.com -all', 'fail'],
    ['v=spf1 include:yes.example.com -all', 'pass'],
    ['v=spf1 include:no.example.com ~all', 'softfail'],
    ['v=spf1 -include:yes.example.com +all', 'fail'],
    ['v=spf1 redirect=yes.example.com', 'pass'],
    ['v=spf1 redirect=soft.example.com', 'softfail'],
    ['v=spf1 -all redirect=yes.example.com', 'fail'],
    ['v=spf1 exp=why.example.com unknown-thing=1 -all', 'fail'],
  ])('%s: %s', async (record, kind) => {
    expect(await evaluate(record)).toBe(kind);
  });

  test.each([
    ['v=spf1 ip6:2001:db8::/32 -all', 'pass'],
    ['v=spf1 ip6:2001:db8::7 -all', 'pass'],
    ['v=spf1 a:mail6.example.com//64 -all', 'pass'],
    ['v=spf1 a:mail.example.com -all', 'fail'],
    ['v=spf1 ip4:0.0.0.0/0 -all', 'fail'],
  ])('%s, for an address of IPv6: %s', async (record, kind) => {
    expect(await evaluate(record, '2001:db8::7')).toBe(kind);
  });

  test('an SPF record of many strings is read as one', async () => {
    const filler = Array.from({ length: 12 }, (_, index) => `ip4:198.51.100.${index + 100}`).join(' ');
    expect(await evaluate(`v=spf1 ${filler} ip4:192.0.2.7 ${filler} -all`)).toBe('pass');
  });
});

describe('a record that is broken', () => {
  test.each([
    'v=spf1 ipv4:192.0.2.7 all',
    'v=spf1 ip4 all',
    'v=spf1 ip4:192.0.2.7/33 all',
    'v=spf1 ip4:2001:db8::7 all',
    'v=spf1 ip6:2001:db8::/129 all',
    'v=spf1 all:x',
    'v=spf1 include all',
    'v=spf1 include:broken.example.com all',
    'v=spf1 include:no-record.example.com all',
    'v=spf1 redirect=no-record.example.com',
    'v=spf1 !all',
  ])('%s is permerror, whatever else it says', async (record) => {
    expect(await evaluate(record)).toBe('permerror');
  });

  test('a record that is broken is permerror if there are two', async () => {
    zone['example.com TXT'] = ['v=spf1 all', 'v=spf1 -all'];
    expect((await evaluateSpf('example.com', IP, lookUp)).kind).toBe('permerror');
  });
});

describe('the bounds of an evaluation', () => {
  test('ten look-ups are made, and not one more', async () => {
    for (let index = 0; index < 12; index += 1) zone[`s${index}.example.com TXT`] = ['v=spf1 ip4:198.51.100.1'];
    const includes = (count: number) => Array.from({ length: count }, (_, index) => `include:s${index}.example.com`);
    expect(await evaluate(`v=spf1 ${includes(10).join(' ')} ip4:192.0.2.7 -all`)).toBe('pass');
    const before = dns.asked.length;
    expect(await evaluate(`v=spf1 ${includes(12).join(' ')} ip4:192.0.2.7 -all`)).toBe('permerror');
    expect(dns.asked.length - before).toBe(11);
  });

  test('a record that includes itself ends', async () => {
    expect(await evaluate('v=spf1 include:loop.example.com -all')).toBe('permerror');
  });

  test('a third name without records is one too many', async () => {
    const names = (count: number) =>
      Array.from({ length: count }, (_, index) => `a:gone${index}.example.com`).join(' ');
    expect(await evaluate(`v=spf1 ${names(2)} -all`)).toBe('fail');
    expect(await evaluate(`v=spf1 ${names(3)} -all`)).toBe('permerror');
  });

  test('more than ten mail hosts are too many', async () => {
    zone['many.example.com MX'] = Array.from({ length: 11 }, (_, index) => `10 m${index}.example.com`);
    expect(await evaluate('v=spf1 mx:many.example.com all')).toBe('permerror');
  });

  test('a name server that fails is temperror', async () => {
    expect(await evaluate('v=spf1 include:failing.example.com all')).toBe('temperror');
    zone['example.com TXT'] = 'SERVFAIL';
    expect((await evaluateSpf('example.com', IP, lookUp)).kind).toBe('temperror');
  });

  test('no record is none', async () => {
    expect(await evaluateSpf('gone.example.com', IP, lookUp)).toMatchObject({ kind: 'none', record: null });
  });
});

describe('a term that needs a message', () => {
  test.each([
    'exists:%{i}.spf.example.com',
    'ptr',
    'ptr:example.com',
    'include:%{d/}.example.com',
    'a:%{i}.example.com',
  ])('%s is no answer, unless the rest passes anyhow', async (term) => {
    expect(await evaluate(`v=spf1 ${term} -all`)).toBe('cannot_tell');
    expect(await evaluate(`v=spf1 ${term} ip4:192.0.2.7 -all`)).toBe('pass');
    expect(await evaluate(`v=spf1 -${term} ip4:192.0.2.7 -all`)).toBe('cannot_tell');
    expect(await evaluate(`v=spf1 ip4:192.0.2.7 ${term} -all`)).toBe('pass');
  });
});
