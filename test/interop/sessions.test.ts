// One conversation for many questions: addresses asked one after another share a session, as each server's log shows.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Conduct, eximConduct, opensmtpdConduct, postfixConduct, sendmailConduct } from './lab/conduct.ts';
import { startExim } from './lab/exim.ts';
import { type Lab, mailDomains, openLab, type Server } from './lab/lab.ts';
import { startOpensmtpd } from './lab/opensmtpd.ts';
import { startPostfix } from './lab/postfix.ts';
import { startSendmail } from './lab/sendmail.ts';
import { eximTraffic, opensmtpdTraffic, postfixTraffic, sendmailTraffic, type Traffic } from './lab/traffic.ts';
import { until } from './lab/until.ts';

const NAMES = ['ada', 'bob', 'cyd', 'dee', 'eve'];
const ZONE = 'sessions.interop.example';

type Kind = {
  readonly name: string;
  readonly ip: string;
  readonly domain: string;
  readonly start: (ip: string, port: number, domain: string) => Promise<Server>;
  readonly traffic: (log: string) => Traffic;
  readonly conduct: (log: string) => Conduct;
};

const kinds: readonly Kind[] = [
  {
    name: 'Postfix',
    ip: '127.0.16.1',
    domain: `postfix.${ZONE}`,
    start: (ip, port, domain) => {
      return startPostfix({ ip, port, hostname: `mx.${domain}`, mailboxes: NAMES.map((name) => `${name}@${domain}`) });
    },
    traffic: postfixTraffic,
    conduct: postfixConduct,
  },
  {
    name: 'Exim',
    ip: '127.0.16.2',
    domain: `exim.${ZONE}`,
    start: (ip, port, domain) => {
      const mailboxes = NAMES.map((name) => `${name}@${domain}`);
      const nothing = { fullMailboxes: [], catchAllDomains: [], greylist: { domains: [], socket: '/nonexistent' } };
      return startExim({ ip, port, hostname: `mx.${domain}`, mailboxes, ...nothing });
    },
    traffic: eximTraffic,
    conduct: eximConduct,
  },
  {
    name: 'OpenSMTPD',
    ip: '127.0.16.3',
    domain: `opensmtpd.${ZONE}`,
    start: (ip, port, domain) => {
      const mailboxes = NAMES.map((name) => `${name}@${domain}`);
      const nothing = { virtualMailboxes: [], fullMailboxes: [], deferredMailboxes: [] };
      const catchAllDomains = [`all.${domain}`];
      return startOpensmtpd({ ip, port, hostname: `mx.${domain}`, mailboxes, catchAllDomains, ...nothing });
    },
    traffic: opensmtpdTraffic,
    conduct: opensmtpdConduct,
  },
  {
    name: 'Sendmail',
    ip: '127.0.16.4',
    domain: `sendmail.${ZONE}`,
    start: (ip, port, domain) => {
      const catchAllDomain = `all.${domain}`;
      const names = { mailboxes: NAMES, fullMailboxes: [], catchAllDomain };
      return startSendmail({ ip, port, hostname: `mx.${domain}`, domain, ...names });
    },
    traffic: sendmailTraffic,
    conduct: sendmailConduct,
  },
];

describe('sessions', () => {
  let lab: Lab;
  const servers = new Map<string, Server>();

  beforeAll(async () => {
    lab = await openLab({
      ips: kinds.map(({ ip }) => ip),
      records: kinds.flatMap(({ ip, domain }) => mailDomains(`mx.${domain}`, ip, [domain])),
      servers: async (port, keep) => {
        for (const { name, ip, domain, start } of kinds) servers.set(name, await keep(start(ip, port, domain)));
      },
    });
  });
  afterAll(() => lab?.stop());

  const logOf = (name: string) => servers.get(name)?.logs() ?? '';

  function idleSessionsAre(count: number): Promise<boolean> {
    const ask = async () => ((await lab.system.idleSessions()) === count ? true : undefined);
    return until(`${count} idle sessions`, ask, { timeoutMs: 20_000 });
  }

  it('a warm-up opens one connection to each server and asks nothing', async () => {
    await Promise.all(kinds.map(({ domain }) => lab.system.warm(domain)));
    await idleSessionsAre(kinds.length);
    for (const { name, traffic } of kinds) {
      expect(traffic(logOf(name)), name).toEqual({ connections: 1, recipients: [] });
    }
  });

  it.each(kinds)('$name sees no new connection for the verify that follows a warm-up', async (kind) => {
    expect(await lab.ask(`ada@${kind.domain}`)).toMatchObject({ verdict: 'deliverable', reason: 'accepted' });
    const { connections, recipients } = kind.traffic(logOf(kind.name));
    expect(connections).toBe(1);
    expect(recipients).toHaveLength(2);
  });

  it.each(kinds)('$name sees one connection and one random mailbox for five addresses in turn', async (kind) => {
    for (const local of NAMES) {
      expect(await lab.ask(`${local}@${kind.domain}`)).toMatchObject({ verdict: 'deliverable', reason: 'accepted' });
    }
    const { connections, recipients } = kind.traffic(logOf(kind.name));
    expect(connections).toBe(1);
    expect(recipients.filter((recipient) => !NAMES.includes(localPart(recipient)))).toHaveLength(1);
  });

  it('every server sees QUIT once its session is no longer needed', async () => {
    await idleSessionsAre(0);
    for (const { name, conduct } of kinds) {
      const ended = () => (conduct(logOf(name)).sessions > 0 ? true : undefined);
      await until(`the end of the session in the log of ${name}`, ended, { timeoutMs: 5_000 });
      expect(conduct(logOf(name)), name).toEqual({ sessions: 1, offences: [] });
    }
  });

  it.each(kinds)(
    '$name sees two connections for a dozen unknown mailboxes in turn, and stays patient',
    async (kind) => {
      for (const number of Array.from({ length: 12 }, (_, index) => index)) {
        const answer = await lab.ask(`missing${number}@${kind.domain}`);
        expect(answer).toMatchObject({ verdict: 'invalid', reason: 'mailbox_not_found' });
      }
      expect(kind.traffic(logOf(kind.name)).connections).toBe(3);
    },
  );

  it('every server saw a client that never says DATA and ends with QUIT', async () => {
    await lab.endSystem();
    for (const { name, conduct } of kinds) {
      expect(conduct(logOf(name)), name).toEqual({ sessions: 3, offences: [] });
    }
  });
});

function localPart(address: string): string {
  return address.slice(0, address.lastIndexOf('@'));
}
