// The product against real Postfix: postscreen with a greet wait of a second, real postgrey behind one domain.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { postfixConduct } from './lab/conduct.ts';
import { type Lab, mailDomains, openLab } from './lab/lab.ts';
import { type Postfix, startPostfix } from './lab/postfix.ts';
import { startPostgrey } from './lab/postgrey.ts';

const IP = '127.0.10.1';
const HOST = 'mx.postfix.interop.example';
const KNOWN = 'known.postfix.interop.example';
const CATCH_ALL = 'catchall.postfix.interop.example';
const GREYLISTED = 'grey.postfix.interop.example';
const GREYLIST_DELAY_SECONDS = 5;

describe('Postfix with postscreen and postgrey', () => {
  let lab: Lab;
  let postfix: Postfix;

  beforeAll(async () => {
    lab = await openLab({
      ips: [IP],
      records: mailDomains(HOST, IP, [KNOWN, CATCH_ALL, GREYLISTED]),
      servers: async (port, keep) => {
        const postgrey = await keep(startPostgrey({ delaySeconds: GREYLIST_DELAY_SECONDS }));
        postfix = await keep(
          startPostfix({
            ip: IP,
            port,
            hostname: HOST,
            mailboxes: [`ada@${KNOWN}`, `ada@${GREYLISTED}`, `@${CATCH_ALL}`],
            fullMailboxes: [`full@${KNOWN}`],
            greylist: { domains: [GREYLISTED], policy: postgrey.policy },
            greetWaitSeconds: 1,
          }),
        );
      },
    });
  });
  afterAll(() => lab?.stop());

  it('a known mailbox is deliverable', async () => {
    const answer = await lab.ask(`ada@${KNOWN}`);
    expect(answer).toMatchObject({ verdict: 'deliverable', reason: 'accepted', flags: { catch_all: false } });
    expect(answer.smtp).toMatchObject({ host: HOST, stage: 'rcpt', code: 250 });
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

  it('an unknown mailbox of a greylisted domain is invalid at once', async () => {
    expect(await lab.ask(`missing@${GREYLISTED}`)).toMatchObject({ verdict: 'invalid', reason: 'mailbox_not_found' });
  });

  it('a greylisted mailbox is unknown first, and deliverable once the delay has passed', async () => {
    const first = await lab.ask(`ada@${GREYLISTED}`);
    expect(first).toMatchObject({ verdict: 'unknown', reason: 'greylisted' });
    expect(first.retry_after).toBeGreaterThan(0);
    const later = await lab.askUntilKnown(`ada@${GREYLISTED}`, 60_000);
    expect(later).toMatchObject({ verdict: 'deliverable', reason: 'accepted' });
  });

  it('Postfix saw a client that waits for the greeting, never says DATA and ends with QUIT', async () => {
    await lab.endSystem();
    const { sessions, offences } = postfixConduct(postfix.logs());
    expect(sessions).toBeGreaterThan(0);
    expect(offences).toEqual([]);
  });
});
