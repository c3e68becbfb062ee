import { describe, expect, test } from 'vitest';
import type { Command } from '../../../probe-node/smtp/command.ts';
import {
  believedReplies,
  type Exchange,
  isHelloDistinct,
  isOfHello,
  isOfReset,
  namesAnother,
  resetMarkOf,
} from '../../../probe-node/smtp/in-step.ts';
import { parseReplyText, type Reply } from '../../../shared/replies/reply.ts';

const MAIL: Command = { verb: 'MAIL', from: 'verify@example.com', smtputf8: false };
const RSET: Command = { verb: 'RSET' };
const RECIPIENTS = ['ada@example.test', 'da@example.test', '"x y"@example.test'];

function reply(text: string): Reply {
  const parsed = parseReplyText(text);
  if (parsed === null) throw new Error(`no reply: ${text}`);
  return parsed;
}

function rcpt(to: string, text: string, asks: number | 'stranger' = 0): Exchange {
  return { command: { verb: 'RCPT', to, asks }, reply: reply(text) };
}

describe('the reply to RSET', () => {
  test.each([
    '250 flushed',
    '250 Reset OK',
    '250 2.0.0 Resetting',
    '250 2.1.5 Flushed w4-x - gsmtp',
    '250 Reset state',
  ])('the reply to RSET is known by its words: %s', (text) => {
    expect(isOfReset(reply(text), null)).toBe(true);
  });

  test.each(['250 Ok', '250 2.0.0 Ok', '550 reset your client', '250 <reset@example.test> ok', '250 presets'])(
    'is not known by %s',
    (text) => {
      expect(isOfReset(reply(text), null)).toBe(false);
    },
  );

  test('the reply to RSET is known by a status of its own once an accepted RCPT has shown another', () => {
    const exchanges = (accepted: string, reset: string, mail = '250 2.1.0 Ok'): Exchange[] => [
      { command: MAIL, reply: reply(mail) },
      rcpt('ada@example.test', accepted),
      { command: RSET, reply: reply(reset) },
    ];
    const mark = resetMarkOf(exchanges('250 2.1.5 Ok', '250 2.0.0 Ok'));
    expect(mark).not.toBeNull();
    expect(isOfReset(reply('250 2.0.0 Ok'), mark)).toBe(true);
    expect(isOfReset(reply('250 2.1.5 Ok'), mark)).toBe(false);
    expect(resetMarkOf(exchanges('250 2.0.0 Ok', '250 2.0.0 Ok'))).toBeNull();
    expect(resetMarkOf(exchanges('250 2.1.5 Ok', '250 2.0.0 Ok', '250 2.0.0 Ok'))).toBeNull();
    expect(resetMarkOf(exchanges('550 5.1.1 no', '250 2.0.0 Ok'))).toBeNull();
    expect(resetMarkOf(exchanges('250 ok', '250 ok'))).toBeNull();
  });
});

describe('the reply to EHLO said again', () => {
  const hello = reply('250-mx.example.test Hello\n250-PIPELINING\n250 SIZE 1000');

  test.each([
    ['the same', '250-mx.example.test Hello\n250-PIPELINING\n250 SIZE 1000', true],
    ['with another size and greeting', '250-mx2.example.test\n250 size 7', true],
    ['250 that offers nothing', '250 mx.example.test Hello', false],
    ['250 of two lines', '250-ok\n250 Ok', false],
    ['a refusal of any command', '550 no', false],
    ['that EHLO was said', '503 5.5.1 duplicate', true],
  ])('the reply to EHLO said again is known: %s', (_, text, expected) => {
    expect(isOfHello(reply(text), hello, reply('250 ok'))).toBe(expected);
  });

  test('the reply to EHLO said again is no proof as a refusal if RSET was refused as well', () => {
    expect(isOfHello(reply('503 no'), hello, reply('503 no'))).toBe(false);
  });

  test('the reply to EHLO said again is known by the name of a server without extensions, if nothing else begins with it', () => {
    const bare = reply('250 mx.example.test');
    expect(isOfHello(reply('250 mx.example.test again'), bare, null)).toBe(true);
    expect(isHelloDistinct(bare, [rcpt('ada@example.test', '250 ok')])).toBe(true);
    expect(isHelloDistinct(bare, [rcpt('ada@example.test', '250 mx.example.test ok')])).toBe(false);
    expect(isHelloDistinct(reply('250 OK'), [rcpt('ada@example.test', '250 ok')])).toBe(false);
    expect(isHelloDistinct(reply('250'), [])).toBe(false);
  });
});

test.each([
  ['its own', '250 <ada@example.test> ok', false],
  ['its own in another case', '250 ADA@Example.Test ok', false],
  ['its own, which ends like another', '550 ada@example.test', false],
  ['another that its own ends like', '550 da@example.test', true],
  ['another in quotes', '550 <"x y"@example.test> no', true],
  ['another by its local part', '550 <da> no', true],
  ['nobody', '550 no', false],
  ['nobody that was asked', '550 <eve@example.test> no', false],
  ['its own among others', '550 da@example.test is not ada@example.test', false],
  ['where it has moved', '551 5.1.6 try da@example.test', false],
])('a reply about ada names another recipient: %s', (_, text, expected) => {
  expect(namesAnother(rcpt('ada@example.test', text), RECIPIENTS, [])).toBe(expected);
});

test('an alias may be accepted by the name of the mailbox that it leads to, if that was accepted by its own name', () => {
  const target = rcpt('ada@example.test', '250 2.1.5 <ada@example.test>... Recipient ok');
  const alias = rcpt('x1@example.test', '250 2.1.5 <ada@example.test>... Recipient ok', 'stranger');
  const recipients = ['ada@example.test', 'x1@example.test'];
  expect(namesAnother(alias, recipients, [target])).toBe(false);
  expect(namesAnother(alias, recipients, [rcpt('ada@example.test', '250 2.1.5 ok')])).toBe(true);
  expect(namesAnother(alias, recipients, [])).toBe(true);
  expect(namesAnother(rcpt('x1@example.test', '550 <ada@example.test> no', 'stranger'), recipients, [target])).toBe(
    true,
  );
});

test('what names its own recipient proves everything before it, whatever has cut the transaction short', () => {
  const heard = [
    { command: MAIL, reply: reply('250 ok') },
    rcpt('ada@example.test', '550 no', 0),
    rcpt('da@example.test', '250 <da@example.test> ok', 1),
    rcpt('eve@example.test', '550 no', 2),
  ];
  const transaction = { cut: 'silent', isGroup: true, isOnly: false, isBeforeStranger: true } as const;
  expect(believedReplies(heard, transaction)).toEqual({ stands: heard.slice(1, 3), isProved: true });
});
