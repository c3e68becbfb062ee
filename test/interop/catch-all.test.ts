// Whether a domain accepts every name, in its three values, with real Postfix and Exim.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eximConduct, postfixConduct } from './lab/conduct.ts';
import { startExim } from './lab/exim.ts';
import { type Lab, mailDomains, openLab, type Server } from './lab/lab.ts';
import { startPostfix } from './lab/postfix.ts';
import { eximTraffic, postfixTraffic } from './lab/traffic.ts';

const POSTFIX_IP = '127.0.15.1';
const DEFERRING_IP = '127.0.15.2';
const EXIM_IP = '127.0.15.3';
const POSTFIX_ALL = 'all.postfix.three.interop.example';
const POSTFIX_SOME = 'some.postfix.three.interop.example';
const POSTFIX_LATER = 'later.postfix.three.interop.example';
const EXIM_ALL = 'all.exim.three.interop.example';
const EXIM_SOME = 'some.exim.three.interop.example';
const EXIM_LATER = 'later.exim.three.interop.example';

describe('a domain that accepts every name', () => {
  let lab: Lab;
  let postfix: Server;
  let deferring: Server;
  let exim: Server;

  beforeAll(async () => {
    lab = await openLab({
      ips: [POSTFIX_IP, DEFERRING_IP, EXIM_IP],
      records: [
        ...mailDomains('mx.postfix.three.interop.example', POSTFIX_IP, [POSTFIX_ALL, POSTFIX_SOME]),
        ...mailDomains('mx.deferring.three.interop.example', DEFERRING_IP, [POSTFIX_LATER]),
        ...mailDomains('mx.exim.three.interop.example', EXIM_IP, [EXIM_ALL, EXIM_SOME, EXIM_LATER]),
      ],
      servers: async (port, keep) => {
        const hostname = 'mx.postfix.three.interop.example';
        const some = [`ada@${POSTFIX_SOME}`, `grace@${POSTFIX_SOME}`];
        postfix = await keep(startPostfix({ ip: POSTFIX_IP, port, hostname, mailboxes: [`@${POSTFIX_ALL}`, ...some] }));
        deferring = await keep(
          startPostfix({
            ip: DEFERRING_IP,
            port,
            hostname: 'mx.deferring.three.interop.example',
            mailboxes: [`ada@${POSTFIX_LATER}`, `grace@${POSTFIX_LATER}`],
            defersUnknown: true,
          }),
        );
        exim = await keep(
          startExim({
            ip: EXIM_IP,
            port,
            hostname: 'mx.exim.three.interop.example',
            mailboxes: [EXIM_SOME, EXIM_LATER].flatMap((domain) => [`ada@${domain}`, `grace@${domain}`]),
            fullMailboxes: [],
            catchAllDomains: [EXIM_ALL],
            greylist: { domains: [], socket: '/nonexistent' },
            deferringDomains: [EXIM_LATER],
          }),
        );
      },
    });
  });
  afterAll(() => lab?.stop());

  const cases = [
    { domain: POSTFIX_ALL, value: true, verdict: 'risky', reason: 'catch_all', read: () => postfixRead(postfix) },
    {
      domain: POSTFIX_SOME,
      value: false,
      verdict: 'deliverable',
      reason: 'accepted',
      read: () => postfixRead(postfix),
    },
    { domain: POSTFIX_LATER, value: null, verdict: 'risky', reason: 'unconfirmed', read: () => postfixRead(deferring) },
    { domain: EXIM_ALL, value: true, verdict: 'risky', reason: 'catch_all', read: () => eximRead(exim) },
    { domain: EXIM_SOME, value: false, verdict: 'deliverable', reason: 'accepted', read: () => eximRead(exim) },
    { domain: EXIM_LATER, value: null, verdict: 'risky', reason: 'unconfirmed', read: () => eximRead(exim) },
  ];

  it.each(cases)('$domain is $value: an accepted address there is $verdict, $reason', async (row) => {
    const answer = await lab.ask(`ada@${row.domain}`);
    expect(answer).toMatchObject({ verdict: row.verdict, reason: row.reason, flags: { catch_all: row.value } });
    if (row.value === null) expect(answer.retry_after).toBeGreaterThan(0);
    else expect(answer.retry_after).toBeNull();
    const asked = recipientsAt(row.domain, row.read());
    expect(asked).toHaveLength(2);
    expect(asked[0]).toBe(`ada@${row.domain}`);
  });

  it.each(cases)('$domain is not asked about a random mailbox again for a second address', async (row) => {
    const answer = await lab.ask(`grace@${row.domain}`);
    expect(answer).toMatchObject({ verdict: row.verdict, reason: row.reason, flags: { catch_all: row.value } });
    expect(recipientsAt(row.domain, row.read()).slice(2)).toEqual([`grace@${row.domain}`]);
  });

  it.each([
    { domain: POSTFIX_LATER, code: 450, text: 'User unknown in virtual mailbox table' },
    { domain: EXIM_LATER, code: 451, text: 'Unknown user, for now' },
  ])('a mailbox that $domain puts off as unknown is unknown to us as well, and never invalid', async (row) => {
    const answer = await lab.ask(`missing@${row.domain}`);
    expect(answer).toMatchObject({ verdict: 'unknown', smtp: { stage: 'rcpt', code: row.code } });
    expect(answer.smtp?.text).toContain(row.text);
    expect(answer.retry_after).toBeGreaterThan(0);
  });

  it('Postfix and Exim saw a client that never says DATA and ends with QUIT', async () => {
    await lab.endSystem();
    const conducts = [postfixConduct(postfix.logs()), postfixConduct(deferring.logs()), eximConduct(exim.logs())];
    for (const { sessions, offences } of conducts) {
      expect(sessions).toBeGreaterThan(0);
      expect(offences).toEqual([]);
    }
  });
});

function postfixRead(server: Server): readonly string[] {
  return postfixTraffic(server.logs()).recipients;
}

function eximRead(server: Server): readonly string[] {
  return eximTraffic(server.logs()).recipients;
}

function recipientsAt(domain: string, recipients: readonly string[]): readonly string[] {
  return recipients.filter((recipient) => recipient.endsWith(`@${domain}`));
}
