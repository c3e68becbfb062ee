// The product against real Exim, which enforces SMTP synchronisation and greylists one domain through real greylistd.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eximConduct } from './lab/conduct.ts';
import { type Exim, startExim } from './lab/exim.ts';
import { startGreylistd } from './lab/greylistd.ts';
import { type Lab, mailDomains, openLab } from './lab/lab.ts';

const IP = '127.0.20.1';
const HOST = 'mx.exim.interop.example';
const KNOWN = 'known.exim.interop.example';
const CATCH_ALL = 'catchall.exim.interop.example';
const GREYLISTED = 'grey.exim.interop.example';
const GREYLIST_DELAY_SECONDS = 4;

describe('Exim with greylistd', () => {
  let lab: Lab;
  let exim: Exim;

  beforeAll(async () => {
    lab = await openLab({
      ips: [IP],
      records: mailDomains(HOST, IP, [KNOWN, CATCH_ALL, GREYLISTED]),
      servers: async (port, keep) => {
        const greylistd = await keep(startGreylistd({ delaySeconds: GREYLIST_DELAY_SECONDS }));
        exim = await keep(
          startExim({
            ip: IP,
            port,
            hostname: HOST,
            mailboxes: [`ada@${KNOWN}`, `full@${KNOWN}`, `ada@${GREYLISTED}`],
            fullMailboxes: [`full@${KNOWN}`],
            catchAllDomains: [CATCH_ALL],
            greylist: { domains: [GREYLISTED], socket: greylistd.socket },
          }),
        );
      },
    });
  });
  afterAll(() => lab?.stop());

  it('a known mailbox is deliverable', async () => {
    const answer = await lab.ask(`ada@${KNOWN}`);
    expect(answer).toMatchObject({ verdict: 'deliverable', reason: 'accepted', flags: { catch_all: false } });
  });

  it('an unknown mailbox, refused without an enhanced code, is invalid', async () => {
    const answer = await lab.ask(`missing@${KNOWN}`);
    expect(answer).toMatchObject({ verdict: 'invalid', reason: 'mailbox_not_found' });
    expect(answer.smtp).toMatchObject({ stage: 'rcpt', code: 550, text: 'Unknown user' });
  });

  it('a mailbox over quota is risky', async () => {
    const answer = await lab.ask(`full@${KNOWN}`);
    expect(answer).toMatchObject({ verdict: 'risky', reason: 'mailbox_full', flags: { mailbox_full: true } });
  });

  it('a mailbox of a domain that accepts every name is risky', async () => {
    const answer = await lab.ask(`anyone@${CATCH_ALL}`);
    expect(answer).toMatchObject({ verdict: 'risky', reason: 'catch_all', flags: { catch_all: true } });
  });

  it('a mailbox greylisted in words that never say so is unknown first, and deliverable once the delay has passed', async () => {
    const first = await lab.ask(`ada@${GREYLISTED}`);
    expect(first).toMatchObject({ verdict: 'unknown', reason: 'greylisted' });
    expect(first.retry_after).toBeGreaterThan(0);
    const later = await lab.askUntilKnown(`ada@${GREYLISTED}`, 60_000);
    expect(later).toMatchObject({ verdict: 'deliverable', reason: 'accepted' });
  });

  it('Exim saw a client that keeps in step, never says DATA and ends with QUIT', async () => {
    await lab.endSystem();
    const { sessions, offences } = eximConduct(exim.logs());
    expect(sessions).toBeGreaterThan(0);
    expect(offences).toEqual([]);
  });
});
