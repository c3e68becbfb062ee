/**
 * Attack: a server that says a reply too many, or reads a part of what it was sent, so that replies and commands are out of
 * step. What was said to one address is never told of another.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Lab, openLab, wordOf } from './lab.ts';
import { KNOWN, NO_SUCH_USER, type Script } from './mail-host.ts';

let lab: Lab;

beforeAll(async () => {
  lab = await openLab();
});

afterAll(() => lab.close());

const SURPLUS = '250 2.0.0 Ok';

/** When the surplus reply is said, once a connection. All but the first come some milliseconds after EHLO's reply. */
const MOMENTS: readonly (readonly [moment: string, reply: NonNullable<Script['reply']>])[] = [
  ['before the reply to EHLO', ({ verb }, { say }) => (verb === 'EHLO' ? void say('250 mx.example') : undefined)],
  [
    'when MAIL comes',
    ({ verb }, { say, commands }) => {
      if (verb === 'MAIL' && commands.filter((line) => line.startsWith('MAIL')).length === 1) say(SURPLUS);
      return undefined;
    },
  ],
  [
    'when the first RCPT comes',
    ({ verb }, { say, commands }) => {
      if (verb === 'RCPT' && commands.filter((line) => line.startsWith('RCPT')).length === 1) say(SURPLUS);
      return undefined;
    },
  ],
  [
    'when RSET comes',
    ({ verb }, { say, commands }) => {
      if (verb === 'RSET' && commands.filter((line) => line === 'RSET').length === 1) say(SURPLUS);
      return undefined;
    },
  ],
];

const WAYS: readonly (readonly [way: string, keywords: readonly string[]])[] = [
  ['in groups', ['PIPELINING', 'ENHANCEDSTATUSCODES']],
  ['one by one', ['ENHANCEDSTATUSCODES']],
];

const CASES = WAYS.flatMap(([way, keywords]) => MOMENTS.map(([moment, reply]) => ({ way, moment, keywords, reply })));

describe.each(CASES)('a reply too many $moment, asked $way', ({ way, moment, keywords, reply }) => {
  const domain = `${moment} ${way}.example`.replaceAll(' ', '-').toLowerCase();

  test('makes no ghost deliverable and nobody who lives invalid', async () => {
    const host = await lab.site(domain, { keywords });
    // The domain is known to refuse strangers: nobody asks one any more, and no reply is missing at the end.
    expect(wordOf(await lab.ask(`grace@${domain}`))).toBe('deliverable/accepted');
    host.become({ keywords, reply });
    for (const names of [['ghost'], ['ada'], ['ghost', 'ada'], ['ada', 'ghost', 'grace', 'spook']]) {
      const batch = await lab.askAll(
        names.map((name) => `${name}@${domain}`),
        { max_age: 0, deadline_ms: 8_000 },
      );
      for (const [email, answer] of batch) {
        expect([email, wordOf(answer)]).not.toEqual([
          email,
          KNOWN.test(email) ? 'invalid/mailbox_not_found' : 'deliverable/accepted',
        ]);
      }
    }
  });

  test('makes nothing wrong of a domain that is new', async () => {
    await lab.site(`new-${domain}`, { keywords, reply });
    const batch = await lab.askAll(
      ['ghost', 'ada'].map((name) => `${name}@new-${domain}`),
      { deadline_ms: 8_000 },
    );
    expect(batch.get(`ghost@new-${domain}`)?.verdict).not.toBe('deliverable');
    expect(batch.get(`ada@new-${domain}`)?.verdict).not.toBe('invalid');
  });
});

test('a server that was out of step once is asked one by one, and answers for everybody', async () => {
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

describe('a server that reads the first 1,024 octets of a group', () => {
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
    'and %s has an answer for each address',
    async (what, script) => {
      const domain = `${what.replaceAll(' ', '-')}.cut.example`;
      const host = await lab.site(domain);
      expect(wordOf(await lab.ask(`grace@${domain}`))).toBe('deliverable/accepted');
      host.become({ ...script, knows: (address) => /^person\d*[02468]@/.test(address) });
      const emails = Array.from({ length: 40 }, (_, n) => `person${n}@${domain}`);
      const answers = await lab.askAll(emails);
      const words = emails.map((email) => wordOf(answers.get(email)));
      expect(words).toEqual(emails.map((_, n) => (n % 2 === 0 ? 'deliverable/accepted' : 'invalid/mailbox_not_found')));
    },
    60_000,
  );
});

test('a reply that names another recipient than was asked is believed of neither', async () => {
  const host = await lab.site('echo.example');
  expect(wordOf(await lab.ask('grace@echo.example'))).toBe('deliverable/accepted');
  let last = 'grace@echo.example';
  // Each RCPT is told what the one before should have been told.
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
