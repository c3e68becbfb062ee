/**
 * Attack: a server sends a surplus reply, or reads only a part of its input, so that replies and commands are out of
 * step. The reply about one address is never told about another.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Lab, openLab, wordOf } from './lab.ts';
import { KNOWN, NO_SUCH_USER, type Script } from './mail-host.ts';

let lab: Lab;

beforeAll(async () => {
  lab = await openLab();
});

afterAll(() => lab.close());

const SURPLUS = '250 2.0.0 Ok';

/** Milliseconds by which a server is late behind its own surplus: long enough for a node to have read that alone. */
const LATE_MS = 30;

/**
 * Sends a surplus reply once per connection, before the reply to the first command of this verb. RSET is answered late:
 * a client that does not wait for that reply never notices the surplus one.
 */
function surplusAt(verb: string): NonNullable<Script['reply']> {
  return async (command, { say, commands }) => {
    const isFirst = command.verb === verb && commands.filter((line) => line.startsWith(verb)).length === 1;
    if (isFirst) say(SURPLUS);
    if (isFirst || command.verb === 'RSET') await delay(LATE_MS);
    return undefined;
  };
}

/** All but the first come some milliseconds after EHLO's reply. */
const MOMENTS: readonly (readonly [moment: string, reply: NonNullable<Script['reply']>])[] = [
  ['before the reply to EHLO', surplusAt('EHLO')],
  ['when MAIL comes', surplusAt('MAIL')],
  ['when the first RCPT comes', surplusAt('RCPT')],
  ['when RSET comes', surplusAt('RSET')],
];

const WAYS: readonly (readonly [way: string, keywords: readonly string[]])[] = [
  ['in groups', ['PIPELINING', 'ENHANCEDSTATUSCODES']],
  ['one by one', ['ENHANCEDSTATUSCODES']],
];

const CASES = WAYS.flatMap(([way, keywords]) => MOMENTS.map(([moment, reply]) => ({ way, moment, keywords, reply })));

const NAMES = [['ghost'], ['ada'], ['ghost', 'ada'], ['ada', 'ghost'], ['ghost', 'spook', 'ada', 'grace']];
const WRONG = ['ada invalid', 'grace invalid', 'ghost deliverable', 'spook deliverable'];

describe.each(CASES)('a reply too many $moment, asked $way', ({ way, moment, keywords, reply }) => {
  const zone = `${moment} ${way}.example`.replaceAll(' ', '-').toLowerCase();
  const ask = async (names: readonly string[], domain: string): Promise<readonly string[]> => {
    const emails = names.map((name) => `${name}@${domain}`);
    const answers = await lab.askAll(emails, { max_age: 0, deadline_ms: 8_000 });
    expect(answers.size).toBe(names.length);
    return names.map((name) => `${name} ${answers.get(`${name}@${domain}`)?.verdict}`);
  };

  test.each(NAMES.map((names) => ({ names })))('a surplus reply makes nothing wrong of $names', async ({ names }) => {
    const domain = `${names.join('-')}.${zone}`;
    const host = await lab.site(domain, { keywords });
    // The domain is known to refuse random mailboxes: none is tried any more, so that no surplus reply is noticed by
    // that.
    expect(wordOf(await lab.ask(`karen@${domain}`))).toBe('invalid/mailbox_not_found');
    expect(wordOf(await lab.ask(`info@${domain}`))).toBe('risky/role');
    host.become({ keywords, reply });
    for (const word of await ask(names, domain)) expect(WRONG).not.toContain(word);
    for (const word of await ask(names, domain)) expect(WRONG).not.toContain(word);
  });

  test('a surplus reply makes nothing wrong of a domain that is new', async () => {
    await lab.site(`new.${zone}`, { keywords, reply });
    for (const word of await ask(['ghost', 'ada'], `new.${zone}`)) expect(WRONG).not.toContain(word);
  });
});

/** Milliseconds after which the node has given up too: the answer is final then. */
const NODE_GIVES_UP_MS = 30_000;

// In parallel: they spend their time waiting for a server that does not answer.
describe.concurrent('a server that leaves a reply out', () => {
  const leavesOutFirst =
    (verb: string): NonNullable<Script['reply']> =>
    (command, { commands }) =>
      command.verb === verb && commands.filter((line) => line.startsWith(verb)).length === 1 ? null : undefined;

  test.each([
    ['MAIL', ['ghost', 'ada']],
    ['MAIL', ['ada', 'ghost']],
    ['RCPT', ['ghost']],
    ['RCPT', ['ghost', 'ada']],
    ['RCPT', ['ada', 'ghost', 'spook']],
  ])('a server that leaves out a reply to the first %s makes nothing wrong of %s', async (verb, names) => {
    const domain = `${names.join('-')}.without-${verb.toLowerCase()}.example`;
    const host = await lab.site(domain);
    expect(wordOf(await lab.ask(`karen@${domain}`))).toBe('invalid/mailbox_not_found');
    expect(wordOf(await lab.ask(`info@${domain}`))).toBe('risky/role');
    host.become({ reply: leavesOutFirst(verb) });
    const answers = await lab.askAll(
      names.map((name) => `${name}@${domain}`),
      { deadline_ms: NODE_GIVES_UP_MS },
    );
    for (const name of names) expect(WRONG).not.toContain(`${name} ${answers.get(`${name}@${domain}`)?.verdict}`);
  });

  test('a reply to another command never accepts a recipient', async () => {
    // RCPT is never answered, and everything behind it is.
    await lab.site('deaf.example', { reply: ({ verb }) => (verb === 'RCPT' ? null : undefined) });
    expect((await lab.ask('ghost@deaf.example')).verdict).toBe('unknown');
  });
});

test('a server that was out of step once is asked one command at a time, and answers for every recipient', async () => {
  let hasSlipped = false;
  const host = await lab.site('slipped.example');
  expect(wordOf(await lab.ask('grace@slipped.example'))).toBe('deliverable/accepted');
  host.become({
    reply: ({ verb }, { say }) => {
      if (verb !== 'MAIL' || hasSlipped) return undefined;
      hasSlipped = true;
      say(SURPLUS);
      return undefined;
    },
  });
  const batch = await lab.askAll(['ghost', 'ada', 'spook'].map((name) => `${name}@slipped.example`));
  expect([...batch].map(([email, answer]) => [email, wordOf(answer)]).sort()).toEqual([
    ['ada@slipped.example', 'deliverable/accepted'],
    ['ghost@slipped.example', 'invalid/mailbox_not_found'],
    ['spook@slipped.example', 'invalid/mailbox_not_found'],
  ]);
});

/** Names so long that few addresses fill a group. */
const LONG = 'x'.repeat(52);

describe('a server that reads only the first 1,024 octets of a group', () => {
  const SCRIPTS: readonly (readonly [what: string, script: Script])[] = [
    ['loses the rest', { octetsMax: 1_024 }],
    [
      'hangs up over the rest',
      {
        reply: ({ verb }, { commands, hangUp }) => {
          const octets = commands.slice(1).reduce((sum, line) => sum + line.length + 2, 0);
          if (octets <= 1_024 || verb === 'QUIT') return undefined;
          hangUp();
          return null;
        },
      },
    ],
  ];

  test.each(SCRIPTS)(
    'a server that reads only the first 1,024 octets of a group and %s has an answer for each address',
    async (what, script) => {
      const domain = `${what.replaceAll(' ', '-')}.${LONG}.cut.example`;
      const host = await lab.site(domain);
      expect(wordOf(await lab.ask(`grace@${domain}`))).toBe('deliverable/accepted');
      host.become({ ...script, knows: (address) => /^person\d*[02468]-/.test(address) });
      const emails = Array.from({ length: 24 }, (_, n) => `person${n}-${LONG}@${domain}`);
      const answers = await lab.askAll(emails, { deadline_ms: 30_000 });
      const words = emails.map((email) => wordOf(answers.get(email)));
      expect(words).toEqual(emails.map((_, n) => (n % 2 === 0 ? 'deliverable/accepted' : 'invalid/mailbox_not_found')));
    },
  );
});

test('a reply that names another recipient is believed about neither', async () => {
  const host = await lab.site('echo.example');
  expect(wordOf(await lab.ask('grace@echo.example'))).toBe('deliverable/accepted');
  let last = 'grace@echo.example';
  // Each RCPT gets the reply that belongs to the one before.
  host.become({
    reply: ({ verb, address }) => {
      if (verb !== 'RCPT') return undefined;
      const answered = last;
      last = address;
      return KNOWN.test(answered) ? `250 2.1.5 <${answered}> Ok` : NO_SUCH_USER.replace('User', `<${answered}>: User`);
    },
  });
  const batch = await lab.askAll(['ghost', 'ada', 'spook'].map((name) => `${name}@echo.example`));
  expect(batch.get('ghost@echo.example')?.verdict).not.toBe('deliverable');
  expect(batch.get('spook@echo.example')?.verdict).not.toBe('deliverable');
  expect(batch.get('ada@echo.example')?.verdict).not.toBe('invalid');
});
