/** Servers of the behaviour part that are odd by their DNS. */
import { ZONE } from '../world/names.ts';
import { ADA, EXISTS, GONE, NOBODY, type OddServer, UNSAID } from './server.ts';

const HONEST_HOST = { name: 'mx', preference: 10, script: {} } as const;
const LOOPBACK_EXPECTED = { right: ['unknown', 'invalid'], acceptable: ['risky'] } as const;

export const DNS_SERVERS: readonly OddServer[] = [
  { ...dns('null-mx', 'takes no mail: null MX (RFC 7505)', ADA, GONE), hosts: [], records: { MX: [mx(0, '.')] } },
  {
    ...dns('implicit-mx', 'has an address and no MX (RFC 5321 §5.1)', ADA, EXISTS),
    hosts: [{ ...HONEST_HOST, name: '' }],
    records: { MX: 'none' },
  },
  {
    ...dns('no-domain', 'does not exist: NXDOMAIN', ADA, GONE),
    hosts: [],
    records: { MX: 'no_such_name', A: 'no_such_name', AAAA: 'no_such_name' },
  },
  { ...dns('no-records', 'exists, without MX and address', ADA, GONE), hosts: [], records: { MX: 'none', A: 'none' } },
  {
    ...dns('servfail', 'cannot be resolved now: SERVFAIL', ADA, UNSAID),
    hosts: [],
    records: { MX: 'failure', A: 'failure', AAAA: 'failure' },
  },
  {
    ...dns('silent-dns', 'has name servers that do not answer', ADA, UNSAID),
    hosts: [],
    records: { MX: 'silent', A: 'silent', AAAA: 'silent' },
  },
  {
    ...dns('alias-mx', 'has an MX that is an alias', ADA, EXISTS),
    hosts: [{ ...HONEST_HOST, name: 'real' }],
    records: { MX: [mx(10, `alias.alias-mx.${ZONE}`)] },
  },
  {
    ...dns('ip-mx', 'has an MX that is an IP address', ADA, LOOPBACK_EXPECTED),
    hosts: [],
    records: { MX: [mx(10, '192.0.2.1')] },
  },
  {
    ...dns('loopback-mx', 'has an MX on 127.0.0.1: the own machine of the asker', ADA, LOOPBACK_EXPECTED),
    hosts: [],
    records: { MX: [mx(10, `here.loopback-mx.${ZONE}`)] },
  },
  {
    ...dns('first-is-down', 'has a first MX that cannot be reached', ADA, EXISTS),
    hosts: [
      { name: 'one', preference: 10, script: null },
      { name: 'two', preference: 20, script: {} },
    ],
  },
  {
    ...dns('first-is-busy', 'has a first MX that greets with 421', ADA, EXISTS),
    hosts: [
      { name: 'one', preference: 10, script: { greeting: '421 4.3.2 Busy' } },
      { name: 'two', preference: 20, script: {} },
    ],
  },
  {
    ...dns(
      'backup-takes-all',
      'has a backup MX (100) that accepts everybody; the first (9) knows its mailboxes',
      NOBODY,
      GONE,
    ),
    hosts: [
      { name: 'backup', preference: 100, script: { knows: 'everybody' } },
      { name: 'first', preference: 9, script: {} },
    ],
  },
  { ...dns('idn', 'has an internationalised name', ADA, EXISTS), domain: `bücher.${ZONE}`, hosts: [HONEST_HOST] },
];

type Expected = Pick<OddServer, 'right' | 'acceptable'>;

function dns(id: string, behaviour: string, localPart: string, expected: Expected): Omit<OddServer, 'hosts'> {
  return { id, group: 'DNS', behaviour, localPart, ...expected };
}

function mx(preference: number, exchange: string) {
  return { type: 'MX', data: { preference, exchange } } as const;
}
