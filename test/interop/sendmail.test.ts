// The product against real Sendmail, with its greeting pause.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sendmailConduct } from './lab/conduct.ts';
import { type Lab, mailDomains, openLab } from './lab/lab.ts';
import { type Sendmail, startSendmail } from './lab/sendmail.ts';

const IP = '127.0.40.1';
const HOST = 'mx.sendmail.interop.example';
const KNOWN = 'known.sendmail.interop.example';
const CATCH_ALL = 'catchall.sendmail.interop.example';

describe('Sendmail', () => {
  let lab: Lab;
  let sendmail: Sendmail;

  beforeAll(async () => {
    lab = await openLab({
      ips: [IP],
      records: mailDomains(HOST, IP, [KNOWN, CATCH_ALL]),
      servers: async (port, keep) => {
        sendmail = await keep(
          startSendmail({
            ip: IP,
            port,
            hostname: HOST,
            domain: KNOWN,
            mailboxes: ['ada', 'full', 'later'],
            fullMailboxes: ['full'],
            deferredMailboxes: ['later'],
            catchAllDomain: CATCH_ALL,
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

  it('an unknown mailbox is invalid', async () => {
    const answer = await lab.ask(`missing@${KNOWN}`);
    expect(answer).toMatchObject({ verdict: 'invalid', reason: 'mailbox_not_found' });
    expect(answer.smtp).toMatchObject({ stage: 'rcpt', code: 550 });
  });

  it('a mailbox over quota is risky', async () => {
    const answer = await lab.ask(`full@${KNOWN}`);
    expect(answer).toMatchObject({ verdict: 'risky', reason: 'mailbox_full', flags: { mailbox_full: true } });
  });

  it('a mailbox of a domain that accepts every name is risky', async () => {
    const answer = await lab.ask(`anyone@${CATCH_ALL}`);
    expect(answer).toMatchObject({ verdict: 'risky', reason: 'catch_all', flags: { catch_all: true } });
  });

  it("a refusal for now in milter-greylist's words is greylisting, with a time to ask again", async () => {
    const answer = await lab.ask(`later@${KNOWN}`);
    expect(answer).toMatchObject({ verdict: 'unknown', reason: 'greylisted', smtp: { stage: 'rcpt', code: 451 } });
    expect(answer.retry_after).toBeGreaterThan(0);
  });

  it('Sendmail saw a client that waits through the pause, never says DATA and ends with QUIT', async () => {
    await lab.endSystem();
    const { sessions, offences } = sendmailConduct(sendmail.logs());
    expect(sessions).toBeGreaterThan(0);
    expect(offences).toEqual([]);
  });
});
