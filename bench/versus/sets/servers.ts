/** The servers of the behaviour part. Their mailboxes are known, so that right and wrong are facts of the world and not opinions. */
import { knows, NO, YES } from '../world/smtp.ts';
import { everywhere, sayAndEnd } from './acts.ts';
import { DNS_SERVERS } from './dns-servers.ts';
import { ADA, EXISTS, GONE, NOBODY, type OddServer, odd, UNSAID } from './server.ts';
import { WIRE_SERVERS } from './wire-servers.ts';

/** The mailbox exists, and takes nothing now. */
const FULL = { right: ['risky', 'unknown'], acceptable: [] } as const;

const HONEST: readonly OddServer[] = [
  odd('honest', 'exists', 'accepts the mailbox and refuses others', ADA, EXISTS, {}),
  odd('honest', 'unknown', 'refuses the mailbox: 550 5.1.1', NOBODY, GONE, {}),
  odd(
    'honest',
    'catch-all',
    'accepts every mailbox',
    ADA,
    { right: ['risky'], acceptable: ['unknown', 'deliverable'] },
    { knows: 'everybody' },
  ),
  odd('honest', 'forwards', '251, it will forward', ADA, EXISTS, {
    rcpt: (session, line) => session.say(knows({}, line) ? '251 2.1.5 User not local; will forward' : NO),
  }),
  odd(
    'honest',
    'cannot-verify',
    '252 to everybody',
    ADA,
    { right: ['risky', 'unknown'], acceptable: ['deliverable'] },
    everywhere('252 2.1.5 Cannot VRFY user, but will accept message'),
  ),
  odd(
    'honest',
    'moved',
    '551 with another address',
    ADA,
    GONE,
    everywhere('551 5.1.6 User not local; please try <ada@elsewhere.example>'),
  ),
  odd('honest', 'full-552', '552 5.2.2, the mailbox is full', ADA, FULL, {
    rcpt: (session, line) => session.say(knows({}, line) ? '552 5.2.2 Mailbox is full' : NO),
  }),
  odd('honest', 'full-452', '452 4.2.2, the mailbox is full', ADA, FULL, {
    rcpt: (session, line) => session.say(knows({}, line) ? '452 4.2.2 Mailbox is full' : NO),
  }),
  odd('honest', 'disabled', '550 5.2.1, the mailbox is disabled', ADA, GONE, {
    rcpt: (session, line) => session.say(knows({}, line) ? '550 5.2.1 The account is disabled' : NO),
  }),
  odd('honest', 'capitals', 'has a mailbox with capitals, and tells them apart', 'Ada.Case', EXISTS, {
    knows: ['Ada.Case'],
  }),
  odd('honest', 'plus', 'has a mailbox with a plus', 'ada+news', EXISTS, { knows: ['ada+news'] }),
  odd('honest', 'utf8-refusal', 'refuses the mailbox in Chinese', NOBODY, GONE, {
    rcpt: (session, line) => session.say(knows({}, line) ? YES : '550 5.1.1 收件人不存在 (user unknown)'),
  }),
];

const NOT_NOW: readonly OddServer[] = [
  odd(
    'not now',
    'greylists',
    '450 4.2.0, greylisted',
    ADA,
    UNSAID,
    everywhere('450 4.2.0 Recipient address rejected: Greylisted, try again in 300 seconds'),
  ),
  odd('not now', 'greets-421', '421 instead of a greeting', ADA, UNSAID, {
    greeting: sayAndEnd('421 4.3.2 Service not available'),
  }),
  odd('not now', 'rcpt-421', '421 to RCPT, and closes', ADA, UNSAID, { rcpt: sayAndEnd('421 4.7.0 Too many errors') }),
  odd(
    'not now',
    'lookup-fails',
    '451 4.3.0, temporary lookup failure',
    ADA,
    UNSAID,
    everywhere('451 4.3.0 Temporary lookup failure'),
  ),
  odd(
    'not now',
    'unknown-450',
    '450 4.1.1, user unknown: the operator tests a table',
    NOBODY,
    { ...UNSAID, acceptable: ['invalid'] },
    {
      rcpt: (session, line) => session.say(knows({}, line) ? YES : '450 4.1.1 User unknown in virtual mailbox table'),
    },
  ),
  odd(
    'not now',
    'no-space',
    '452 4.3.1, insufficient system storage',
    ADA,
    UNSAID,
    everywhere('452 4.3.1 Insufficient system storage'),
  ),
  odd('not now', 'unusual-rate', '421 4.7.0 about an unusual rate from the asker', ADA, UNSAID, {
    rcpt: sayAndEnd(
      '421 4.7.0 Our system has detected an unusual rate of unsolicited mail originating from your IP address.',
    ),
  }),
  odd('not now', 'one-at-a-time', '452 4.5.3 to a second RCPT in a session', ADA, EXISTS, {
    rcpt: (session, line) =>
      session.say(session.rcpts() > 1 ? '452 4.5.3 Too many recipients' : knows({}, line) ? YES : NO),
  }),
];

const REFUSES: readonly OddServer[] = [
  odd('refuses the asker', 'greets-554', '554 instead of a greeting: blocklisted', ADA, UNSAID, {
    greeting: sayAndEnd('554 5.7.1 Service unavailable; client blocked using zen.spamhaus.org'),
  }),
  odd('refuses the asker', 'ehlo-550', '550 to EHLO and HELO', ADA, UNSAID, {
    ehlo: '550 5.7.1 Access denied, bad reverse DNS',
    helo: '550 5.7.1 Access denied, bad reverse DNS',
  }),
  odd('refuses the asker', 'sender-domain', '550 5.1.8 to MAIL: the domain of the sender is not found', ADA, UNSAID, {
    mail: '550 5.1.8 Sender address rejected: Domain not found',
  }),
  odd('refuses the asker', 'sender-553', '553 to MAIL: the sender is not allowed', ADA, UNSAID, {
    mail: '553 5.7.1 Sender address rejected: not allowed',
  }),
  odd('refuses the asker', 'blocklist-mail', '550 5.7.1 to MAIL: the network is on a blocklist', ADA, UNSAID, {
    mail: "550 5.7.1 Unfortunately, messages from your address weren't sent: part of your network is on our block list",
  }),
  odd(
    'refuses the asker',
    'blocklist-rcpt',
    '550 5.7.1 to RCPT: blocklisted',
    ADA,
    UNSAID,
    everywhere('550 5.7.1 Service unavailable, Client host blocked using Spamhaus'),
  ),
  odd(
    'refuses the asker',
    'relay',
    '554 5.7.1 to RCPT: relay access denied',
    ADA,
    { ...UNSAID, acceptable: ['invalid'] },
    everywhere('554 5.7.1 Relay access denied'),
  ),
  odd('refuses the asker', 'needs-tls', '530 5.7.0 to MAIL: STARTTLS first, which it does not offer', ADA, UNSAID, {
    mail: '530 5.7.0 Must issue a STARTTLS command first',
  }),
  odd('refuses the asker', 'needs-auth', '530 5.7.0 to MAIL: authentication required', ADA, UNSAID, {
    mail: '530 5.7.0 Authentication required',
  }),
  odd(
    'refuses the asker',
    'no-ptr',
    '550 5.7.25 to RCPT: no reverse DNS',
    ADA,
    UNSAID,
    everywhere('550 5.7.25 Client host rejected: cannot find your reverse hostname'),
  ),
  odd(
    'refuses the asker',
    'code-in-text',
    '550 to RCPT, blocklisted, and its text has 250 in an address',
    ADA,
    UNSAID,
    everywhere('550 5.7.1 Client 192.0.2.250 is listed, see https://lists.example/250'),
  ),
  odd(
    'refuses the asker',
    'code-in-greeting',
    '554 instead of a greeting, and its text has 220 in an address',
    ADA,
    UNSAID,
    {
      greeting: sayAndEnd('554 5.7.1 192.0.2.220 is not welcome'),
    },
  ),
];

export const SERVERS: readonly OddServer[] = [...HONEST, ...NOT_NOW, ...REFUSES, ...WIRE_SERVERS, ...DNS_SERVERS];
