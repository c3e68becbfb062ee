/** Attack: a first mail host that keeps us from the second one, or a reply that is taken for more than it says. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Lab, openLab, wordOf } from './lab.ts';
import { KNOWN, type Script } from './mail-host.ts';

let lab: Lab;

beforeAll(async () => {
  lab = await openLab();
});

afterAll(() => lab.close());

const silentAt =
  (verb: string): NonNullable<Script['reply']> =>
  (command) =>
    command.verb === verb ? null : undefined;

const hangsUpAt =
  (verb: string): NonNullable<Script['reply']> =>
  (command, { hangUp }) => {
    if (command.verb !== verb) return undefined;
    hangUp();
    return null;
  };

const FIRST_HOSTS: readonly (readonly [what: string, script: Script])[] = [
  ['greets with 521', { greeting: '521 mx.example does not accept mail' }],
  ['greets with 554', { greeting: '554 No SMTP service here' }],
  ['greets with 421', { greeting: '421 4.3.2 Too busy' }],
  ['says 421 to EHLO', { reply: ({ verb }) => (verb === 'EHLO' ? '421 4.3.2 Shutting down' : undefined) }],
  ['drops connections', { isDown: true }],
  ['hangs up at EHLO', { reply: hangsUpAt('EHLO') }],
  ['says nothing', { greeting: null }],
  ['says nothing to EHLO', { reply: silentAt('EHLO') }],
  ['says nothing to MAIL', { reply: silentAt('MAIL') }],
  ['says nothing to RCPT', { reply: silentAt('RCPT') }],
];

describe.each(FIRST_HOSTS)('a first mail host that %s', (what, script) => {
  const domain = `${what.replaceAll(' ', '-').toLowerCase()}.walk.example`;

  test('leaves time for the second one, and costs that once', async () => {
    const first = await lab.host(`mx1.${domain}`, script);
    await lab.host(`mx2.${domain}`);
    lab.mx(domain, { 10: `mx1.${domain}`, 20: `mx2.${domain}` });
    expect(wordOf(await lab.ask(`ada@${domain}`))).toBe('deliverable/accepted');
    const visits = first.visits.length;
    expect(wordOf(await lab.ask(`ghost@${domain}`))).toBe('invalid/mailbox_not_found');
    // Whoever answers at once, if badly, may be asked again.
    if (what.includes('nothing')) expect(first.visits.length).toBe(visits);
  });
});

describe.each([
  ['in groups', ['PIPELINING']],
  ['one by one', []],
] as const)('asked %s, a tarpit', (how, keywords) => {
  test('that holds back the refusal of the stranger has accepted all the same', async () => {
    const domain = `${how.replaceAll(' ', '-')}.tarpit.example`;
    await lab.site(domain, {
      keywords,
      reply: ({ verb, address }) => (verb === 'RCPT' && !KNOWN.test(address) ? new Promise(() => {}) : undefined),
    });
    const answer = await lab.ask(`ada@${domain}`, { deadline_ms: 5_000 });
    expect(wordOf(answer)).toBe('risky/unconfirmed');
    expect(answer.retry_after).toBeGreaterThan(0);
  });
});

describe.each(['552 Too many recipients', '552 5.5.3 Too many recipients', '452 4.5.3 Too many recipients'])(
  '%s',
  (said) => {
    test('is about the transaction, and everybody has an answer', async () => {
      const domain = `${said.replace(/\W+/g, '-').toLowerCase()}.example`;
      await lab.site(domain, {
        knows: (address) => /^person[024]@/.test(address),
        reply: ({ verb }, { commands }) => {
          if (verb !== 'RCPT') return undefined;
          const recipients = commands.length - 1 - commands.findLastIndex((line) => line.startsWith('MAIL'));
          return recipients > 2 ? said : undefined;
        },
      });
      const emails = Array.from({ length: 6 }, (_, n) => `person${n}@${domain}`);
      const answers = await lab.askAll(emails);
      const words = emails.map((email) => wordOf(answers.get(email)));
      expect(words).toEqual(emails.map((_, n) => (n % 2 === 0 ? 'deliverable/accepted' : 'invalid/mailbox_not_found')));
    });
  },
);
