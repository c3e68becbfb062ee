/** Servers of the behaviour part that are odd on the wire: in time, in form, or by breaking off. */
import { EHLO_REPLY, knows, NO, type Script, type Session, YES } from '../world/smtp.ts';
import { everywhere, hangUp, sayAndEnd } from './acts.ts';
import { ADA, EXISTS, GONE, NOBODY, type OddServer, odd, UNSAID } from './server.ts';

const silence = (session: Session): void => session.fallSilent();

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
  odd('breaks off', 'drops', 'closes at once', ADA, UNSAID, { greeting: hangUp }),
  odd('breaks off', 'resets', 'resets the connection at EHLO and HELO', ADA, UNSAID, {
    ehlo: ({ socket }) => socket.resetAndDestroy(),
    helo: ({ socket }) => socket.resetAndDestroy(),
  }),
  odd('breaks off', 'drops-rcpt', 'closes at RCPT', ADA, UNSAID, { rcpt: hangUp }),
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

export const WIRE_SERVERS: readonly OddServer[] = [...SLOW, ...BREAKS, ...GARBAGE, ...PROTOCOL];

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
