import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PROVIDERS } from '../../../shared/providers.ts';
import type { Reply } from '../../../shared/replies/reply.ts';
import { acceptsStrangers } from '../../../shared/replies/stranger.ts';

function reply(code: number, text: string, enhanced: string | null = null): Reply {
  return { code, enhanced, text };
}

describe('a domain accepts every name', () => {
  test.each<[string, Reply]>([
    ['accepted', reply(250, 'Ok', '2.1.5')],
    ['accepted without a look', reply(252, 'Cannot VRFY user')],
    ['forwarded', reply(251, 'User not local; will forward')],
  ])('a domain accepts every name if a stranger is %s', (_, told) => {
    expect(acceptsStrangers(told, null)).toBe(true);
  });
});

describe('a domain tells its mailboxes apart', () => {
  test.each<[string, Reply]>([
    ['is unknown', reply(550, 'User unknown', '5.1.1')],
    ['is closed', reply(550, 'The email account that you tried to reach is disabled.', '5.2.1')],
    ['is refused without a word', reply(550, 'No.')],
    ['is not relayed', reply(554, 'Relay access denied')],
  ])('a domain tells its mailboxes apart if a stranger %s that would be accepted otherwise', (_, told) => {
    expect(acceptsStrangers(told, null)).toBe(false);
  });
});

describe('nothing is learnt of a domain', () => {
  test.each<[string, Reply | null]>([
    ['was asked about', null],
    ['is put off', reply(451, 'Try again later')],
    ['is greylisted', reply(450, 'Greylisted', '4.2.0')],
    ['is said to be unknown for now', reply(450, 'User unknown', '4.1.1')],
    ['is refused because of our address', reply(554, 'Client host [192.0.2.1] blocked using zen.spamhaus.org')],
    ['is refused because of our sender', reply(550, 'Sender rejected', '5.1.8')],
    ['is full for now: nobody has that mailbox', reply(452, 'Mailbox full', '4.2.2')],
    ['is full: nobody has that mailbox', reply(552, 'Mailbox full', '5.2.2')],
    ['would have to be asked over TLS', reply(530, 'Must issue a STARTTLS command first', '5.7.0')],
  ])('nothing is learnt of a domain if a stranger %s', (_, told) => {
    expect(acceptsStrangers(told, null)).toBeNull();
  });
});

test('a reply that is temporary says nothing, in any wording and from any server', () => {
  const texts = fc.oneof(fc.constantFrom('User unknown', 'Ok', 'mailbox full', 'Relay access denied'), fc.string());
  const providers = fc.option(fc.constantFrom(...PROVIDERS.map(({ id }) => id)));
  fc.assert(
    fc.property(fc.integer({ min: 400, max: 499 }), texts, providers, (code, text, provider) => {
      expect(acceptsStrangers(reply(code, text), provider)).toBeNull();
    }),
  );
});

test('only a 2yz accepts every name, and only a 5yz tells mailboxes apart', () => {
  fc.assert(
    fc.property(fc.integer({ min: 200, max: 599 }), fc.string(), (code, text) => {
      const takesAll = acceptsStrangers(reply(code, text), null);
      if (takesAll === true) expect(Math.floor(code / 100)).toBe(2);
      if (takesAll === false) expect(Math.floor(code / 100)).toBe(5);
    }),
  );
});
