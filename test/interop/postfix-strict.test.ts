// The product against Postfix at its strictest: postscreen's deep protocol tests, STARTTLS demanded, low error limits.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { postfixConduct } from './lab/conduct.ts';
import { type Lab, mailDomains, openLab } from './lab/lab.ts';
import { type Postfix, startPostfix } from './lab/postfix.ts';

const DEEP_IP = '127.0.12.1';
const TLS_IP = '127.0.12.2';
const LIMITS_IP = '127.0.12.3';
const DEEP = 'deep.strict.interop.example';
const TLS = 'tls.strict.interop.example';
const LIMITS = 'limits.strict.interop.example';

describe('Postfix at its strictest', () => {
  let lab: Lab;
  const servers: Postfix[] = [];

  beforeAll(async () => {
    lab = await openLab({
      ips: [DEEP_IP, TLS_IP, LIMITS_IP],
      records: [
        ...mailDomains(`mx.${DEEP}`, DEEP_IP, [DEEP]),
        ...mailDomains(`mx.${TLS}`, TLS_IP, [TLS]),
        ...mailDomains(`mx.${LIMITS}`, LIMITS_IP, [LIMITS]),
      ],
      servers: async (port, keep) => {
        const at = (ip: string, domain: string) => ({
          ip,
          port,
          hostname: `mx.${domain}`,
          mailboxes: [`ada@${domain}`],
        });
        servers.push(await keep(startPostfix({ ...at(DEEP_IP, DEEP), greetWaitSeconds: 1, deepTests: true })));
        servers.push(await keep(startPostfix({ ...at(TLS_IP, TLS), requireTls: true })));
        servers.push(await keep(startPostfix({ ...at(LIMITS_IP, LIMITS), errorLimits: { soft: 10, hard: 11 } })));
      },
    });
  });
  afterAll(() => lab?.stop());

  it('a first-time client passes the deep tests on its first visit and learns the verdict on a later one', async () => {
    const first = await lab.ask(`ada@${DEEP}`);
    expect(['unknown', 'deliverable']).toContain(first.verdict);
    if (first.verdict === 'unknown') expect(first.retry_after).toBeGreaterThan(0);
    const later = await lab.askUntilKnown(`ada@${DEEP}`, 60_000);
    expect(later).toMatchObject({ verdict: 'deliverable', reason: 'accepted' });
  });

  it('a server that demands STARTTLS is given it, and then tells its mailboxes apart', async () => {
    expect(await lab.ask(`ada@${TLS}`)).toMatchObject({ verdict: 'deliverable', smtp: { tls: true } });
    expect(await lab.ask(`nobody@${TLS}`)).toMatchObject({ verdict: 'invalid', smtp: { tls: true } });
  });

  it('unknown mailboxes one after another stay below the error limit', async () => {
    for (const name of 'one two three four five six seven eight nine ten eleven twelve'.split(' ')) {
      expect(await lab.ask(`${name}@${LIMITS}`)).toMatchObject({ verdict: 'invalid', reason: 'mailbox_not_found' });
    }
    expect(await lab.ask(`ada@${LIMITS}`)).toMatchObject({ verdict: 'deliverable', reason: 'accepted' });
  });

  it('Postfix saw a client that passes every test, never says DATA and ends with QUIT', async () => {
    await lab.endSystem();
    for (const server of servers) {
      const log = server.logs();
      expect(postfixConduct(log).offences).toEqual([]);
    }
    expect(postfixConduct(servers.map((server) => server.logs()).join('')).sessions).toBeGreaterThan(0);
  });
});
