import { describe, expect, test } from 'vitest';
import { PERSONAS } from '../../../probe-node/sandbox/personas.ts';
import { createZone, isSandboxName } from '../../../probe-node/sandbox/zone.ts';

const zone = createZone(PERSONAS);

describe('the zone', () => {
  test('the zone gives the MX records of a domain with their preferences', () => {
    expect(zone('backup.test', 'MX')).toEqual({
      kind: 'records',
      records: [
        { type: 'MX', name: 'backup.test', data: { exchange: 'mx1.backup.test', preference: 10 } },
        { type: 'MX', name: 'backup.test', data: { exchange: 'mx2.backup.test', preference: 20 } },
      ],
    });
  });

  test('the zone finds a name in any case and with a final dot', () => {
    expect(zone('GOOD.Test.', 'MX').kind).toBe('records');
  });

  test.each([
    ['a name that nobody has', 'ghost.test', 'MX', 'no_such_name'],
    ['a name below a domain that is no host', 'www.good.test', 'A', 'no_such_name'],
    ['the domain that is there to be missing', 'nodomain.test', 'MX', 'no_such_name'],
    ['test itself', 'test', 'MX', 'no_data'],
    ['a type that a name does not have', 'good.test', 'TXT', 'no_data'],
    ['AAAA of a mail host', 'mx.good.test', 'AAAA', 'no_data'],
    ['MX of a domain with an address only', 'implicit.test', 'MX', 'no_data'],
    ['A of a domain without records', 'nomx.test', 'A', 'no_data'],
    ['a domain whose servers fail', 'dnsfail.test', 'A', 'failure'],
    ['a domain whose servers are silent', 'dnssilent.test', 'MX', 'silent'],
  ])('the zone answers for %s (%s %s) with %s', (_, name, type, kind) => {
    expect(zone(name, type)).toEqual({ kind });
  });

  test.each(['mx.good.test', 'mx1.backup.test', 'implicit.test'])(
    'the zone has the mail host %s on loopback',
    (name) => {
      expect(zone(name, 'A')).toEqual({ kind: 'records', records: [{ type: 'A', name, data: '127.0.0.1' }] });
    },
  );
});

describe('a name of the sandbox', () => {
  test.each(['test', 'test.', 'good.test', 'MX.Good.TEST.'])('a name of the sandbox is %s', (name) => {
    expect(isSandboxName(name)).toBe(true);
  });

  test.each(['example.com', 'mytest', 'test.example.com', 'good.test.example.com', '.'])(
    'a name of the sandbox is not %s',
    (name) => {
      expect(isSandboxName(name)).toBe(false);
    },
  );
});
