import { describe, expect, test } from 'vitest';
import { createGreylist } from '../../../probe-node/sandbox/greylist.ts';
import { PERSONAS } from '../../../probe-node/sandbox/personas.ts';
import {
  answerCommand,
  type MailSite,
  mayBeFollowed,
  NEW_SESSION,
  type SandboxSession,
  type Turn,
} from '../../../probe-node/sandbox/smtp-session.ts';

const OPEN = createGreylist(null, () => 0);

function site(domain: string): MailSite {
  const host = PERSONAS.find((persona) => persona.domain === domain)?.hosts[0];
  if (host === undefined || host.conduct === null) throw new Error(`no mail host for ${domain}`);
  return { domain, host: host.host, conduct: host.conduct };
}

/** Plays lines in order and gives the turn of each. */
function play(domain: string, ...lines: readonly string[]): readonly Turn[] {
  const turns: Turn[] = [];
  let session: SandboxSession = NEW_SESSION;
  for (const line of lines) {
    const turn = answerCommand(site(domain), session, line, OPEN);
    session = turn.session;
    turns.push(turn);
  }
  return turns;
}

function lastReply(domain: string, ...lines: readonly string[]): string {
  return play(domain, ...lines).at(-1)?.reply ?? '';
}

const HELLO = ['EHLO probe.vrfy.test', 'MAIL FROM:<probe@vrfy.test>'] as const;

describe('the order of commands', () => {
  test.each([
    ['MAIL before EHLO', ['MAIL FROM:<a@vrfy.test>'], '503'],
    ['RCPT before MAIL', ['EHLO probe.vrfy.test', 'RCPT TO:<ada@good.test>'], '503'],
    ['MAIL within a transaction', [...HELLO, 'MAIL FROM:<a@vrfy.test>'], '503'],
    ['RCPT after RSET', [...HELLO, 'RSET', 'RCPT TO:<ada@good.test>'], '503'],
    ['RCPT after a second EHLO', [...HELLO, 'EHLO probe.vrfy.test', 'RCPT TO:<ada@good.test>'], '503'],
    ['EHLO without a name', ['EHLO'], '501'],
    ['an unknown command', ['XYZZY'], '500'],
  ])('the order of commands refuses %s', (_, lines, code) => {
    expect(lastReply('good.test', ...lines)).toMatch(new RegExp(`^${code} `));
  });

  test('the order of commands allows a second transaction after RSET', () => {
    expect(lastReply('good.test', ...HELLO, 'RSET', HELLO[1], 'RCPT TO:<ada@good.test>')).toBe('250 2.1.5 Ok');
  });

  test('the order of commands takes commands in any case', () => {
    expect(lastReply('good.test', 'ehlo x.vrfy.test', 'mail from:<>', 'rcpt to:<ADA@Good.Test>')).toBe('250 2.1.5 Ok');
  });

  test.each(['good.test', 'mx.good.test', 'MX.GOOD.TEST'])(
    'the order of commands refuses a client that calls itself %s',
    (name) => {
      expect(lastReply('good.test', `EHLO ${name}`)).toMatch(/^550 /);
    },
  );
});

describe('MAIL and RCPT', () => {
  test.each([
    ['a space after the colon', ['EHLO x.vrfy.test', 'MAIL FROM: <a@vrfy.test>'], '501'],
    ['an option that is not known', ['EHLO x.vrfy.test', 'MAIL FROM:<a@vrfy.test> FOO=1'], '555'],
    ['an option after HELO', ['HELO x.vrfy.test', 'MAIL FROM:<a@vrfy.test> SIZE=1'], '555'],
    ['a recipient without brackets', [...HELLO, 'RCPT TO:ada@good.test'], '501'],
    ['a recipient of another domain', [...HELLO, 'RCPT TO:<ada@example.com>'], '554'],
    ['a non-ASCII recipient without SMTPUTF8', [...HELLO, 'RCPT TO:<ада@good.test>'], '553'],
  ])('MAIL and RCPT refuse %s', (_, lines, code) => {
    expect(lastReply('good.test', ...lines)).toMatch(new RegExp(`^${code} `));
  });

  test.each(['ada', 'ada+news', '"ada"', '"a\\da"', 'postmaster'])(
    'MAIL and RCPT know the mailbox of %s',
    (localPart) => {
      expect(lastReply('good.test', ...HELLO, `RCPT TO:<${localPart}@good.test>`)).toBe('250 2.1.5 Ok');
    },
  );

  test('MAIL and RCPT know postmaster without a domain', () => {
    expect(lastReply('good.test', ...HELLO, 'RCPT TO:<Postmaster>')).toBe('250 2.1.5 Ok');
  });

  test.each(['constructor', '__proto__', 'tostring'])('MAIL and RCPT know no mailbox named %s', (localPart) => {
    expect(lastReply('good.test', ...HELLO, `RCPT TO:<${localPart}@good.test>`)).toMatch(/^550 5\.1\.1 /);
  });

  test('MAIL and RCPT name the address that they refuse', () => {
    expect(lastReply('good.test', ...HELLO, 'RCPT TO:<no$&body@good.test>')).toContain('<no$&body@good.test>');
  });

  test('MAIL and RCPT with SMTPUTF8 take a non-ASCII name if it is offered, and only there', () => {
    const lines = (domain: string) => [
      'EHLO x.vrfy.test',
      'MAIL FROM:<a@vrfy.test> BODY=8BITMIME SMTPUTF8',
      `RCPT TO:<ада@${domain}>`,
    ];
    expect(lastReply('utf8.test', ...lines('utf8.test'))).toBe('250 2.1.5 Ok');
    expect(lastReply('ascii.test', ...lines('ascii.test').slice(0, 2))).toMatch(/^555 /);
  });
});

describe('a message', () => {
  test.each(['DATA', 'BDAT 100 LAST'])('a message is never taken: %s is refused and ends the session', (command) => {
    const turn = play('good.test', ...HELLO, 'RCPT TO:<ada@good.test>', command).at(-1);
    expect(turn).toMatchObject({ end: 'close', isMessage: true });
    expect(turn?.reply).toMatch(/^554 /);
  });
});

describe('the pretend servers', () => {
  test.each([
    ['good.test', 'closed', '550 5.2.1'],
    ['good.test', 'full', '452 4.2.2'],
    ['good.test', 'overquota', '552 5.2.2'],
    ['good.test', 'info', '250 2.1.5'],
    ['good.test', 'x7k2', '550 5.1.1'],
    ['catchall.test', 'x7k2', '250 2.1.5'],
    ['vrfy252.test', 'ada', '252 2.1.5'],
    ['ratelimit.test', 'ada', '450 4.7.1'],
    ['tempfail.test', 'ada', '451 4.3.0'],
    ['relay.test', 'ada', '554 5.7.1'],
    ['spamhaus.test', 'ada', '550 5.7.1'],
    ['unconfirmed.test', 'x7k2', '451 4.3.0'],
  ])('%s answers RCPT for %s with %s', (domain, localPart, reply) => {
    expect(lastReply(domain, ...HELLO, `RCPT TO:<${localPart}@${domain}>`).startsWith(reply)).toBe(true);
  });

  test.each(['senderblocked.test', 'tlsonly.test', 'auth.test'])(
    '%s refuses at MAIL, and RCPT is out of order',
    (domain) => {
      const [, mail, rcpt] = play(domain, ...HELLO, `RCPT TO:<ada@${domain}>`);
      expect(mail?.reply).toMatch(/^5[35]0 5\.7\./);
      expect(rcpt?.reply).toMatch(/^503 /);
    },
  );

  test.each(['unconfirmed.test', 'onercpt.test'])('%s takes one recipient a transaction', (domain) => {
    const ada = `RCPT TO:<ada@${domain}>`;
    const replies = play(domain, ...HELLO, ada, `RCPT TO:<x7k2@${domain}>`).map(({ reply }) => reply);
    expect(replies.slice(2)).toEqual(['250 2.1.5 Ok', '452 4.5.3 Error: too many recipients']);
  });

  test('onercpt.test refuses the random name in the next transaction', () => {
    const lines = [...HELLO, 'RCPT TO:<ada@onercpt.test>', 'RSET', HELLO[1], 'RCPT TO:<x7k2@onercpt.test>'];
    expect(lastReply('onercpt.test', ...lines)).toMatch(/^550 5\.1\.1 /);
  });

  test('helo.test refuses EHLO, takes HELO and then the recipient', () => {
    const lines = ['EHLO x.vrfy.test', 'HELO x.vrfy.test', 'MAIL FROM:<a@vrfy.test>', 'RCPT TO:<ada@helo.test>'];
    expect(play('helo.test', ...lines).map(({ reply }) => reply.slice(0, 3))).toEqual(['502', '250', '250', '250']);
  });

  test('helo.test and others that do not offer enhanced codes give none', () => {
    const lines = ['HELO x.vrfy.test', 'MAIL FROM:<a@vrfy.test>', 'RCPT TO:<ada@helo.test>', 'RCPT TO:<x@helo.test>'];
    const replies = play('helo.test', ...lines).map(({ reply }) => reply);
    expect(replies).toEqual(['250 mx.helo.test', '250 Ok', '250 Ok', '550 No such user here']);
  });

  test('slow.test makes only the first recipient of a session wait', () => {
    const delays = play('slow.test', ...HELLO, 'RCPT TO:<ada@slow.test>', 'RCPT TO:<x@slow.test>');
    expect(delays.map(({ delayMs }) => delayMs)).toEqual([0, 0, 15_000, 0]);
  });
});

describe('pipelining', () => {
  const ready = play('good.test', ...HELLO).at(-1)?.session ?? NEW_SESSION;

  test.each(['MAIL FROM:<>', 'RCPT TO:<ada@good.test>', 'RSET'])(
    'pipelining may go on after %s once it was announced',
    (line) => {
      expect(mayBeFollowed(site('good.test'), ready, line)).toBe(true);
      expect(mayBeFollowed(site('good.test'), NEW_SESSION, line)).toBe(false);
      expect(mayBeFollowed(site('nopipelining.test'), ready, line)).toBe(false);
    },
  );

  test.each(['EHLO x', 'HELO x', 'DATA', 'QUIT', 'NOOP', 'VRFY x'])('pipelining must wait after %s', (line) => {
    expect(mayBeFollowed(site('good.test'), ready, line)).toBe(false);
  });
});
