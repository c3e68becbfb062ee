import { describe, expect, test } from 'vitest';
import { checkPort25 } from '../../../probe-node/doctor/checks/port-25.ts';
import { checkSpf } from '../../../probe-node/doctor/checks/sender.ts';
import { judgeFacts } from '../../../probe-node/doctor/checks.ts';
import { BLOCKLISTS } from '../../../probe-node/doctor/data/blocklists.ts';
import { PORT_TARGETS } from '../../../probe-node/doctor/data/port-25-hosts.ts';
import { REVERSE_NAME_HINTS } from '../../../probe-node/doctor/data/reverse-names.ts';
import type { Knock, OutgoingPath, WayOutFacts } from '../../../probe-node/doctor/facts.ts';
import { fault, fine, warning, worstFirst } from '../../../probe-node/doctor/finding.ts';
import { reverseNameOf } from '../../../probe-node/doctor/ip.ts';

const greeted = (name: string): Knock => ({ kind: 'greeted', code: 220, name, localIp: null });
const failed: Knock = { kind: 'failed', fault: 'connect_timeout' };
const unresolved: Knock = { kind: 'unresolved', fault: 'ETIMEOUT' };

function way(knocks: readonly Knock[], changes: Partial<OutgoingPath> = {}): WayOutFacts {
  return {
    way: { sourceIp: null, family: 4, heloName: 'probe1.example.com', ...changes },
    knocks: knocks.map((knock, index) => ({ operator: `Operator ${index}`, knock })),
    publicIp: null,
    forward: { kind: 'none' },
    reverse: null,
    confirmed: new Map(),
    listings: [],
  };
}

describe('the state of port 25', () => {
  test.each<[string, string, readonly Knock[]]>([
    ['open', 'one greets', [failed, failed, greeted('mx.test')]],
    ['closed', 'none greets', [failed, failed, failed]],
    ['closed', 'none greets and one is not found', [failed, failed, unresolved]],
    ['unclear', 'one fails and the others are not found', [failed, unresolved, unresolved]],
    ['unclear', 'none is found', [unresolved, unresolved, unresolved]],
    ['closed', 'two greet in one name', [greeted('relay.test'), greeted('relay.test'), failed]],
    ['open', 'one alone greets', [greeted('relay.test'), unresolved, unresolved]],
    ['open', 'two greet without a name', [greeted(''), greeted(''), failed]],
  ])('the state of port 25 is %s if %s', (state, _, knocks) => {
    expect(checkPort25([way(knocks)]).state).toBe(state);
  });

  test('the state of port 25 of a source is open if one family is, and the other one is a warning', () => {
    const { state, findings } = checkPort25([way([greeted('a.test')]), way([failed, failed], { family: 6 })]);
    expect([state, findings.map(({ level }) => level)]).toEqual(['open', ['fine', 'warning']]);
  });

  test('the state of port 25 of a node is closed if one of its sources is', () => {
    const ways = [
      way([greeted('a.test')], { sourceIp: '192.0.2.1' }),
      way([failed, failed], { sourceIp: '192.0.2.2' }),
    ];
    expect(checkPort25(ways).state).toBe('closed');
  });

  test('the state of port 25 of a node is unclear if one of its sources is', () => {
    const ways = [way([greeted('a.test')], { sourceIp: '192.0.2.1' }), way([unresolved], { sourceIp: '192.0.2.2' })];
    expect(checkPort25(ways).state).toBe('unclear');
  });
});

describe('an SPF finding', () => {
  const result = { kind: 'none', record: null, why: 'x' } as const;

  test('an SPF finding names every address that fares alike in one record to add', () => {
    const spf = ['192.0.2.1', '2001:db8::1'].map((ip) => ({ ip, result }));
    const facts = {
      domain: 'example.com',
      takesMail: true,
      mx: { kind: 'none' },
      addresses: { kind: 'none' },
      spf,
    } as const;
    expect(checkSpf(facts).map(({ fix }) => fix)).toEqual([
      'Add the DNS record: example.com. TXT "v=spf1 ip4:192.0.2.1 ip6:2001:db8::1 -all"',
    ]);
  });
});

describe('the findings', () => {
  test('the findings leave out the names of a family that is of no use', () => {
    const { findings } = judgeFacts({
      ways: [way([greeted('a.test')]), way([failed, failed], { family: 6 })],
      senders: [],
      lists: [],
      edge: { kind: 'answered', status: 200, clock: null },
      certificate: { kind: 'none', url: 'not_set' },
    });
    expect(findings.filter(({ check }) => check === 'public_ip')).toHaveLength(1);
  });

  test('the findings come with the worst first', () => {
    const levels = worstFirst([
      fine('spf', ''),
      warning('edge', '', ''),
      fault('clock', '', ''),
      fault('port_25', '', ''),
    ]);
    expect(levels.map(({ check }) => check)).toEqual(['port_25', 'clock', 'edge', 'spf']);
  });

  test('the findings are short, and hold nothing but printable ASCII', () => {
    const { detail } = fault('host_name', `\u001b[31m\r\n\u202e${'x'.repeat(600)}`, '');
    expect(detail).toMatch(/^\?\[31m\?\?\?x+\.\.\.$/);
    expect(detail).toHaveLength(500);
  });
});

describe('the tables', () => {
  test('the tables name at least three operators to knock at, each once', () => {
    expect(new Set(PORT_TARGETS.map(({ operator }) => operator)).size).toBe(PORT_TARGETS.length);
    expect(PORT_TARGETS.length).toBeGreaterThanOrEqual(3);
  });

  test('the tables give each blocklist a meaning for its test entry, and no code two meanings', () => {
    for (const { meanings, refusals } of BLOCKLISTS) {
      expect(meanings['127.0.0.2']).toBeDefined();
      expect(Object.keys(refusals).filter((code) => code in meanings)).toEqual([]);
    }
  });

  test.each([
    ['ec2-203-0-113-7.eu-central-1.compute.amazonaws.com', /Amazon/],
    ['7.113.0.203.bc.googleusercontent.com', /Google/],
    ['static.7.113.0.203.clients.your-server.de', /Hetzner/],
    ['p4fdb0a1b.dip0.t-ipconnect.de', /changing/],
    ['203-0-113-7.dynamic.isp.example', /changing/],
    ['host7.pool-203.isp.example', /end user/],
    ['dsl-203-0-113-7.isp.example', /end user/],
    ['c-203-0-113-7.res.isp.example', /end user/],
  ])('the tables know %s', (name, detail) => {
    expect(REVERSE_NAME_HINTS.find((hint) => hint.name.test(name))?.detail).toMatch(detail);
  });

  test.each([
    'mail.example.com',
    'mx1.reset.example',
    'dialogue.example.com',
    'probe1.carpool.example',
    'clients-first.com',
  ])('the tables do not take %s for the line of an end user', (name) => {
    expect(REVERSE_NAME_HINTS.filter((hint) => hint.name.test(name))).toEqual([]);
  });
});

describe('a reverse name', () => {
  test.each([
    ['203.0.113.7', '7.113.0.203.in-addr.arpa'],
    ['2001:db8::567:89ab', 'b.a.9.8.7.6.5.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa'],
  ])('a reverse name of %s is that of RFC 1035 and RFC 3596', (ip, name) => {
    expect(reverseNameOf(ip)).toBe(name);
  });
});
