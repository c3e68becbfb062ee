/** The servers of the behaviour part. Their mailboxes are known, so that right and wrong are facts of the world and not opinions. */
import { EHLO_REPLY, knows, NO, type Script, type Session, YES } from '../world/smtp.ts';
import { DNS_SERVERS } from './dns-servers.ts';
import { ADA, EXISTS, GONE, NOBODY, type OddServer, odd, UNSAID } from './server.ts';

const end = ({ socket }: Session): void => {
  socket.end();
};
const sayAndEnd =
  (reply: string) =>
  (session: Session): void => {
    session.say(reply);
    session.socket.end();
  };
const silence = (session: Session): void => session.fallSilent();
const everywhere = (reply: string): Script => ({ rcpt: reply });
const MAYBE = { right: ['risky', 'unknown'], acceptable: [] } as const;

const HONEST: readonly OddServer[] = [
  odd('honest', 'exists', 'accepts the mailbox and refuses others', ADA, EXISTS, {}),
  odd('honest', 'unknown', 'refuses the mailbox: 550 5.1.1', NOBODY, GONE, {}),
  odd(
    'honest',
    'catch-all',
    'accepts every mailbox',
    ADA,
    { right: ['risky'], acceptable: ['unknown'] },
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
    MAYBE,
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
  odd('honest', 'full-552', '552 5.2.2, the mailbox is full', ADA, MAYBE, {
    rcpt: (session, line) => session.say(knows({}, line) ? '552 5.2.2 Mailbox is full' : NO),
  }),
  odd('honest', 'full-452', '452 4.2.2, the mailbox is full', ADA, MAYBE, {
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
  odd('not now', 'unknown-450', '450 4.1.1, user unknown: the operator tests a table', NOBODY, UNSAID, {
    rcpt: (session, line) => session.say(knows({}, line) ? YES : '450 4.1.1 User unknown in virtual mailbox table'),
  }),
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
    UNSAID,
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

const SLOW: readonly OddServer[] = [
  odd('slow or silent', 'greets-late', 'greets after 6 s', ADA, EXISTS, {
    greeting: (session) => session.later(6_000, () => session.say('220 mx.example.org ESMTP')),
  }),
  odd(
    'slow or silent',
    'teaser',
    'sends half a greeting (220-), and the rest after 6 s, as postscreen(8) does',
    ADA,
    EXISTS,
    {
      greeting: (session) => {
        session.send('220-mx.example.org ESMTP\r\n', false);
        session.later(6_000, () => session.say('220 mx.example.org ESMTP'));
      },
    },
  ),
  odd('slow or silent', 'slow-rcpt', 'answers RCPT after 5 s', ADA, EXISTS, {
    rcpt: (session, line) => session.later(5_000, () => session.say(knows({}, line) ? YES : NO)),
  }),
  odd('slow or silent', 'silent', 'never says anything', ADA, UNSAID, { greeting: silence }),
  odd('slow or silent', 'silent-rcpt', 'falls silent at RCPT', ADA, UNSAID, { rcpt: silence }),
  odd(
    'slow or silent',
    'drips',
    'sends an octet a second',
    ADA,
    { right: ['unknown', 'risky'], acceptable: ['deliverable'] },
    {
      greeting: (session) => drip(session, `220 mx.example.org ESMTP ${'and so on '.repeat(50)}\r\n`),
    },
  ),
];

const BREAKS: readonly OddServer[] = [
  odd('breaks off', 'drops', 'closes at once', ADA, UNSAID, { greeting: end }),
  odd('breaks off', 'resets', 'resets the connection at EHLO and HELO', ADA, UNSAID, {
    ehlo: ({ socket }) => socket.resetAndDestroy(),
    helo: ({ socket }) => socket.resetAndDestroy(),
  }),
  odd('breaks off', 'drops-rcpt', 'closes at RCPT', ADA, UNSAID, { rcpt: end }),
  odd('breaks off', 'hangs-up-on-no', 'closes after its 550', NOBODY, GONE, { rcpt: sayAndEnd(NO) }),
  odd('breaks off', 'hangs-up-on-yes', 'closes after its 250', ADA, EXISTS, {
    rcpt: (session, line) => sayAndEnd(knows({}, line) ? YES : NO)(session),
  }),
];

const GARBAGE: readonly OddServer[] = [
  odd('garbage', 'endless-lines', 'greets with lines without end', ADA, UNSAID, {
    greeting: (session) => flood(session, '220-and on\r\n'.repeat(5_000)),
  }),
  odd('garbage', 'endless-line', 'greets with one line without end', ADA, UNSAID, {
    greeting: (session) => flood(session, 'x'.repeat(60_000)),
  }),
  odd('garbage', 'binary', 'greets with binary octets', ADA, UNSAID, {
    greeting: (session) => session.send('\u0016\u0003\u0001\u0000\u0000not smtp\u0000\r\n'),
  }),
  odd('garbage', 'http', 'is a web server', ADA, UNSAID, {
    greeting: (session) =>
      session.later(300, () => session.send('HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n')),
  }),
  odd('garbage', 'ssh', 'greets as SSH', ADA, UNSAID, {
    greeting: (session) => session.send('SSH-2.0-OpenSSH_9.2\r\n'),
  }),
  odd('garbage', 'code-999', '999 to RCPT', ADA, UNSAID, everywhere('999 Ok')),
  odd('garbage', 'code-354', '354 to RCPT', ADA, UNSAID, everywhere('354 Start mail input')),
  odd(
    'garbage',
    'surplus',
    'three times 250 to MAIL; the mailbox does not exist',
    NOBODY,
    { right: ['invalid', 'unknown'], acceptable: ['risky'] },
    {
      mail: '250 2.1.0 Ok\n250 2.1.5 Ok\n250 2.1.5 Ok',
    },
  ),
  odd(
    'garbage',
    'two-minds',
    'one reply with 250- and 550; the mailbox does not exist',
    NOBODY,
    { right: ['unknown', 'invalid'], acceptable: ['risky'] },
    {
      rcpt: '250-2.1.5 Ok\n550 5.1.1 User unknown',
    },
  ),
];

const PROTOCOL: readonly OddServer[] = [
  odd(
    'protocol',
    'lf-only',
    'ends its lines with LF alone',
    ADA,
    EXISTS,
    withWriter((session, reply) => session.send(`${reply}\n`)),
  ),
  odd(
    'protocol',
    'bare-codes',
    'answers with codes alone',
    ADA,
    EXISTS,
    withWriter((session, reply) => session.send(`${reply.replace(/^(?:.*\n)*/, '').slice(0, 3)}\r\n`)),
  ),
  odd(
    'protocol',
    'split',
    'sends each reply in two pieces, in the middle of the code',
    ADA,
    EXISTS,
    withWriter((session, reply) => {
      session.send(reply.slice(0, 2), false);
      session.later(60, () => session.say(reply.slice(2)));
    }),
  ),
  odd('protocol', 'long-greeting', 'greets with three lines in one piece', ADA, EXISTS, {
    greeting: '220-mx.example.org ESMTP\n220-Unsolicited mail is not welcome.\n220 Go ahead',
  }),
  odd('protocol', 'ehlo-pieces', 'sends the reply to EHLO and HELO line by line, with pauses', ADA, EXISTS, {
    ehlo: inPieces(EHLO_REPLY),
    helo: inPieces('250-mx.example.org\n250 at your service'),
  }),
  odd('protocol', 'helo-only', 'knows HELO and not EHLO', ADA, EXISTS, { ehlo: '502 5.5.2 Command not recognized' }),
  odd(
    'protocol',
    'strict',
    'announces no PIPELINING, and refuses whoever does it: 554 synchronization error',
    ADA,
    EXISTS,
    strict(),
  ),
  odd('protocol', 'forgets', 'announces PIPELINING, and reads one command of each piece', ADA, EXISTS, {
    forgets: true,
  }),
  odd('protocol', 'broken-tls', 'offers STARTTLS and closes when it is used', ADA, EXISTS, {
    ehlo: '250-mx.example.org\n250-STARTTLS\n250 8BITMIME',
    starttls: (session) => {
      session.fallSilent();
      sayAndEnd('220 2.0.0 Ready')(session);
    },
  }),
  odd('protocol', 'long-reply', 'accepts with a line of 2,000 octets', ADA, EXISTS, {
    rcpt: (session, line) => session.say(knows({}, line) ? `${YES} ${'and welcome '.repeat(170)}` : NO),
  }),
];

export const SERVERS: readonly OddServer[] = [
  ...HONEST,
  ...NOT_NOW,
  ...REFUSES,
  ...SLOW,
  ...BREAKS,
  ...GARBAGE,
  ...PROTOCOL,
  ...DNS_SERVERS,
];

/** An honest server that writes every reply in a manner of its own. */
function withWriter(write: (session: Session, reply: string) => void): Script {
  const reply = (text: string) => (session: Session) => write(session, text);
  return {
    greeting: reply('220 mx.example.org ESMTP'),
    ehlo: reply('250-mx.example.org\n250 8BITMIME'),
    helo: reply('250 mx.example.org'),
    mail: reply('250 2.1.0 Ok'),
    rcpt: (session, line) => write(session, knows({}, line) ? YES : NO),
    rset: reply('250 2.0.0 Ok'),
  };
}

function inPieces(reply: string) {
  return (session: Session): void => {
    const lines = reply.split('\n');
    for (const [index, line] of lines.entries()) {
      const isLast = index === lines.length - 1;
      session.later(index * 60, () => (isLast ? session.say(line) : session.send(`${line}\r\n`, false)));
    }
  };
}

/** Exim's smtp_enforce_sync: input that waits while a reply is due ends the session. */
function strict(): Script {
  const lateReply = (text: string) => (session: Session) => {
    session.later(30, () => {
      if (session.hasMore()) sayAndEnd('554 SMTP synchronization error')(session);
      else session.say(text);
    });
  };
  return {
    ehlo: lateReply('250-mx.example.org\n250 8BITMIME'),
    helo: lateReply('250 mx.example.org'),
    mail: lateReply('250 2.1.0 Ok'),
    rcpt: (session, line) => lateReply(knows({}, line) ? YES : NO)(session),
  };
}

function drip(session: Session, text: string): void {
  if (text === '') return;
  session.send(text.slice(0, 1), text.length === 1);
  session.later(1_000, () => drip(session, text.slice(1)));
}

/** About 6 MB/s, so that it takes no processor time from the peer under test. */
function flood(session: Session, text: string): void {
  session.fallSilent();
  session.send(text);
  session.later(10, () =>
    session.socket.writableNeedDrain ? session.socket.once('drain', () => flood(session, text)) : flood(session, text),
  );
}
