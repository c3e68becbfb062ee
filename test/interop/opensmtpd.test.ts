// The product against real OpenSMTPD, which offers no PIPELINING and disconnects a client that pipelines anyway.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { opensmtpdConduct } from './lab/conduct.ts';
import { type Lab, mailDomains, openLab } from './lab/lab.ts';
import { type Opensmtpd, startOpensmtpd } from './lab/opensmtpd.ts';

const IP = '127.0.30.1';
const HOST = 'mx.opensmtpd.interop.example';
const KNOWN = 'known.opensmtpd.interop.example';
const VIRTUAL = 'virtual.opensmtpd.interop.example';
const CATCH_ALL = 'catchall.opensmtpd.interop.example';

describe('OpenSMTPD', () => {
  let lab: Lab;
  let opensmtpd: Opensmtpd;

  beforeAll(async () => {
    lab = await openLab({
      ips: [IP],
      records: mailDomains(HOST, IP, [KNOWN, VIRTUAL, CATCH_ALL]),
      servers: async (port, keep) => {
        opensmtpd = await keep(
          startOpensmtpd({
            ip: IP,
            port,
            hostname: HOST,
            mailboxes: [`ada@${KNOWN}`, `full@${KNOWN}`, `later@${KNOWN}`],
            virtualMailboxes: [`ada@${VIRTUAL}`],
            fullMailboxes: [`full@${KNOWN}`],
            deferredMailboxes: [`later@${KNOWN}`],
            catchAllDomains: [CATCH_ALL],
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

  it('a recipient that no rule matches is invalid', async () => {
    const answer = await lab.ask(`missing@${KNOWN}`);
    expect(answer).toMatchObject({ verdict: 'invalid', reason: 'mailbox_not_found' });
    expect(answer.smtp).toMatchObject({ stage: 'rcpt', code: 550, text: `Invalid recipient: <missing@${KNOWN}>` });
  });

  it('a name missing from a virtual table, refused as a "mailing list expansion problem", is invalid', async () => {
    const answer = await lab.ask(`missing@${VIRTUAL}`);
    expect(answer).toMatchObject({ verdict: 'invalid', reason: 'mailbox_not_found' });
    expect(answer.smtp).toMatchObject({ stage: 'rcpt', code: 524 });
  });

  it('a mailbox over quota is risky', async () => {
    const answer = await lab.ask(`full@${KNOWN}`);
    expect(answer).toMatchObject({ verdict: 'risky', reason: 'mailbox_full', flags: { mailbox_full: true } });
  });

  it('a mailbox of a domain that accepts every name is risky', async () => {
    const answer = await lab.ask(`anyone@${CATCH_ALL}`);
    expect(answer).toMatchObject({ verdict: 'risky', reason: 'catch_all', flags: { catch_all: true } });
  });

  it("a refusal for now in spamd's words leaves the mailbox unknown, with a time to ask again", async () => {
    const answer = await lab.ask(`later@${KNOWN}`);
    expect(answer.verdict).toBe('unknown');
    expect(['greylisted', 'temporary_failure']).toContain(answer.reason);
    expect(answer.retry_after).toBeGreaterThan(0);
  });

  it('OpenSMTPD saw a client that never pipelines uninvited, never says DATA and ends with QUIT', async () => {
    await lab.endSystem();
    const { sessions, offences } = opensmtpdConduct(opensmtpd.logs());
    expect(sessions).toBeGreaterThan(0);
    expect(offences).toEqual([]);
  });
});
