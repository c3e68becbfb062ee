// The evidence itself: a rude client on each server must show in that server's log, or a clean log would prove nothing.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Conduct, eximConduct, opensmtpdConduct, postfixConduct, sendmailConduct } from './lab/conduct.ts';
import { startExim } from './lab/exim.ts';
import type { Server } from './lab/lab.ts';
import { startOpensmtpd } from './lab/opensmtpd.ts';
import { freePort } from './lab/port.ts';
import { startPostfix } from './lab/postfix.ts';
import { rushIn, startDataAndVanish } from './lab/rude-client.ts';
import { startSendmail } from './lab/sendmail.ts';
import { until } from './lab/until.ts';

const DOMAIN = 'rude.interop.example';
const HOST = `mx.${DOMAIN}`;
const KNOWN = `ada@${DOMAIN}`;
const RUSH = ['EHLO rude.example', 'MAIL FROM:<rude@rude.example>', `RCPT TO:<${KNOWN}>`, 'QUIT'];

type Kind = {
  readonly name: string;
  readonly ip: string;
  readonly start: (ip: string, port: number) => Promise<Server>;
  readonly conduct: (log: string) => Conduct;
  readonly earlyTalk: RegExp;
  readonly data: RegExp;
};

const kinds: readonly Kind[] = [
  {
    name: 'Postfix',
    ip: '127.0.50.1',
    start: (ip, port) => startPostfix({ ip, port, hostname: HOST, mailboxes: [KNOWN], greetWaitSeconds: 1 }),
    conduct: postfixConduct,
    earlyTalk: /PREGREET/,
    data: /data=/,
  },
  {
    name: 'Exim',
    ip: '127.0.50.2',
    start: (ip, port) => {
      const nothing = { fullMailboxes: [], catchAllDomains: [], greylist: { domains: [], socket: '/nonexistent' } };
      return startExim({ ip, port, hostname: HOST, mailboxes: [KNOWN], ...nothing });
    },
    conduct: eximConduct,
    earlyTalk: /synchronization error/,
    data: /rejected DATA/,
  },
  {
    name: 'OpenSMTPD',
    ip: '127.0.50.3',
    start: (ip, port) => {
      const nothing = { virtualMailboxes: [], fullMailboxes: [], deferredMailboxes: [] };
      return startOpensmtpd({
        ip,
        port,
        hostname: HOST,
        mailboxes: [KNOWN],
        catchAllDomains: [`all.${DOMAIN}`],
        ...nothing,
      });
    },
    conduct: opensmtpdConduct,
    earlyTalk: /Pipelining not supported/,
    data: /<<< DATA/,
  },
  {
    name: 'Sendmail',
    ip: '127.0.50.4',
    start: (ip, port) => {
      const names = { mailboxes: ['ada'], fullMailboxes: [], catchAllDomain: `all.${DOMAIN}` };
      return startSendmail({ ip, port, hostname: HOST, domain: DOMAIN, ...names });
    },
    conduct: sendmailConduct,
    earlyTalk: /not accepting messages/,
    data: /<<< DATA/,
  },
];

describe.each(kinds)('$name', ({ ip, start, conduct, earlyTalk, data }) => {
  let port: number;
  let server: Server;
  beforeAll(async () => {
    port = await freePort([ip]);
    server = await start(ip, port);
  });
  afterAll(() => server?.stop());

  async function offence(pattern: RegExp): Promise<string> {
    const find = () => conduct(server.logs()).offences.find((line) => pattern.test(line));
    return until(`${pattern} in the log`, find, { timeoutMs: 5000 }).catch(() => server.logs());
  }

  it('notices a client that talks before its turn', async () => {
    await rushIn(ip, port, RUSH);
    expect(await offence(earlyTalk)).toMatch(earlyTalk);
  });

  it('notices a client that says DATA', async () => {
    await startDataAndVanish(ip, port, KNOWN);
    expect(await offence(data)).toMatch(data);
  });
});
