// Real servers that take no MAIL before STARTTLS, each with its own way of saying so, and one that fails at it.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Conduct, eximConduct, postfixConduct } from './lab/conduct.ts';
import { startExim } from './lab/exim.ts';
import { type Lab, mailDomains, openLab, type Server } from './lab/lab.ts';
import { startOpensmtpd } from './lab/opensmtpd.ts';
import { startPostfix } from './lab/postfix.ts';
import { eximTraffic, opensmtpdTraffic, postfixTraffic, type Traffic } from './lab/traffic.ts';

const ZONE = 'tls.interop.example';

type Kind = {
  readonly name: string;
  readonly ip: string;
  readonly domain: string;
  readonly start: (ip: string, port: number, domain: string) => Promise<Server>;
  readonly traffic: (log: string) => Traffic;
  readonly conduct: (log: string) => Conduct;
  /** A handshake in its log. */
  readonly handshake: RegExp;
};

const kinds: readonly Kind[] = [
  {
    name: 'Postfix',
    ip: '127.0.17.1',
    domain: `postfix.${ZONE}`,
    start: (ip, port, domain) =>
      startPostfix({ ip, port, hostname: `mx.${domain}`, mailboxes: [`ada@${domain}`], requireTls: true }),
    traffic: postfixTraffic,
    conduct: postfixConduct,
    handshake: /TLS connection established from/g,
  },
  {
    name: 'Exim',
    ip: '127.0.17.2',
    domain: `exim.${ZONE}`,
    start: (ip, port, domain) => {
      const nothing = { fullMailboxes: [], catchAllDomains: [], greylist: { domains: [], socket: '/nonexistent' } };
      return startExim({
        ip,
        port,
        hostname: `mx.${domain}`,
        mailboxes: [`ada@${domain}`],
        requireTls: true,
        ...nothing,
      });
    },
    traffic: eximTraffic,
    conduct: eximConduct,
    handshake: / asked <ada@\S+> .* tls TLS1/g,
  },
];

const BROKEN_IP = '127.0.17.3';
const BROKEN = `opensmtpd.${ZONE}`;

describe('a server that demands STARTTLS', () => {
  let lab: Lab;
  const servers = new Map<string, Server>();
  let broken: Server;

  beforeAll(async () => {
    lab = await openLab({
      ips: [...kinds.map(({ ip }) => ip), BROKEN_IP],
      records: [...kinds, { ip: BROKEN_IP, domain: BROKEN }].flatMap(({ ip, domain }) =>
        mailDomains(`mx.${domain}`, ip, [domain]),
      ),
      servers: async (port, keep) => {
        for (const { name, ip, domain, start } of kinds) servers.set(name, await keep(start(ip, port, domain)));
        const nobody = { virtualMailboxes: [], fullMailboxes: [], deferredMailboxes: [] };
        broken = await keep(
          startOpensmtpd({
            ip: BROKEN_IP,
            port,
            hostname: `mx.${BROKEN}`,
            mailboxes: [`ada@${BROKEN}`],
            catchAllDomains: [`all.${BROKEN}`],
            requireTls: true,
            ...nobody,
          }),
        );
      },
    });
  });
  afterAll(() => lab?.stop());

  it.each(kinds)('$name is given it on the same connection, and tells its mailboxes apart', async (kind) => {
    const { name, domain, traffic, handshake } = kind;
    const known = await lab.ask(`ada@${domain}`);
    expect(known).toMatchObject({ verdict: 'deliverable', reason: 'accepted', smtp: { tls: true } });
    const unknown = await lab.ask(`missing@${domain}`);
    expect(unknown).toMatchObject({ verdict: 'invalid', reason: 'mailbox_not_found', smtp: { tls: true } });
    const log = servers.get(name)?.logs() ?? '';
    expect(traffic(log).connections).toBe(1);
    expect(log.match(handshake)).toHaveLength(1);
  });

  it('and then fails at the handshake leaves a mailbox unknown, the first time and the next', async () => {
    for (const local of ['ada', 'missing', 'ada']) {
      const answer = await lab.ask(`${local}@${BROKEN}`);
      expect(answer).toMatchObject({ verdict: 'unknown', smtp: { tls: false } });
      expect(['blocked', 'protocol_error']).toContain(answer.reason);
    }
    expect(broken.logs()).toMatch(/Must issue a STARTTLS command first/);
    expect(opensmtpdTraffic(broken.logs()).recipients).toEqual([]);
  });

  it('every server saw a client that never says DATA and ends with QUIT', async () => {
    await lab.endSystem();
    for (const { name, conduct } of kinds) {
      expect(conduct(servers.get(name)?.logs() ?? ''), name).toEqual({ sessions: 1, offences: [] });
    }
  });
});
