/** Attack: a first mail host that keeps us from the second one, or a reply that is taken for more than it says. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Lab, openLab, wordOf } from './lab.ts';
import { KNOWN, type MailHost, type Script } from './mail-host.ts';

let lab: Lab;

beforeAll(async () => {
  lab = await openLab();
});

afterAll(() => lab.close());

/** Neither this command nor any after it has a reply. */
const silentAt =
  (verb: string): NonNullable<Script['reply']> =>
  (command) =>
    command.verb === verb ? new Promise(() => {}) : undefined;

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
];

const SILENT_HOSTS: readonly (readonly [what: string, script: Script])[] = [
  ['says nothing', { greeting: null }],
  ['says nothing from EHLO on', { reply: silentAt('EHLO') }],
  ['says nothing from MAIL on', { reply: silentAt('MAIL') }],
  ['says nothing from RCPT on', { reply: silentAt('RCPT') }],
];

async function openPair(what: string, script: Script): Promise<{ readonly domain: string; readonly first: MailHost }> {
  const domain = `${what.replaceAll(' ', '-').toLowerCase()}.walk.example`;
  const first = await lab.host(`mx1.${domain}`, script);
  await lab.host(`mx2.${domain}`);
  lab.mx(domain, { 10: `mx1.${domain}`, 20: `mx2.${domain}` });
  return { domain, first };
}

test.each(FIRST_HOSTS)('a first mail host that %s hands over to the second one', async (what, script) => {
  const { domain } = await openPair(what, script);
  expect(wordOf(await lab.ask(`ada@${domain}`))).toBe('deliverable/accepted');
  expect(wordOf(await lab.ask(`ghost@${domain}`))).toBe('invalid/mailbox_not_found');
});

// In parallel: they spend their time waiting for a silent server.
describe.concurrent('a silent host', () => {
  test.each(SILENT_HOSTS)(
    'a silent host that %s leaves time for the second one, and costs its time once',
    async (what, script) => {
      const { domain, first } = await openPair(what, script);
      expect(wordOf(await lab.ask(`ada@${domain}`))).toBe('deliverable/accepted');
      const visits = first.visits.length;
      expect(wordOf(await lab.ask(`ghost@${domain}`))).toBe('invalid/mailbox_not_found');
      expect(first.visits.length).toBe(visits);
    },
  );
});

describe.concurrent('a tarpit that holds back the refusal of the stranger', () => {
  test.each([
    ['in groups', ['PIPELINING']],
    ['one by one', []],
  ])(
    'a tarpit that delays the refusal of a random mailbox has accepted all the same, asked %s',
    async (how, keywords) => {
      const domain = `${how.replaceAll(' ', '-')}.tarpit.example`;
      await lab.site(domain, {
        keywords,
        reply: ({ verb, address }) => (verb === 'RCPT' && !KNOWN.test(address) ? new Promise(() => {}) : undefined),
      });
      const answer = await lab.ask(`ada@${domain}`, { deadline_ms: 15_000 });
      expect(wordOf(answer)).toBe('risky/unconfirmed');
      expect(answer.retry_after).toBeGreaterThan(0);
    },
  );
});

describe.each(['552 Too many recipients', '552 5.5.3 Too many recipients', '452 4.5.3 Too many recipients'])(
  '%s',
  (said) => {
    test('such a reply is about the transaction, and every recipient has an answer', async () => {
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
