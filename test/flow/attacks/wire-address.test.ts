/** Attack: the answer about one spelling is told as another's. A server's reply belongs to the address on the wire. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Lab, openLab, wordOf } from './lab.ts';
import { NO_SUCH_USER } from './mail-host.ts';

/** Mailboxes of each provider, as they are on the wire; every other spelling is refused. */
const ALIVE = new Set([
  ...['ada@icloud.com', 'grace@icloud.com', 'joan@me.com', 'hedy@mac.com'],
  ...['ada@protonmail.com', 'grace@proton.me', 'joan@pm.me'],
  ...['ada@zoho.com', 'grace+news@zoho.com'],
  ...['ada@cases.example', 'GRACE@cases.example'],
]);

/** Pairs of which the first lives and the second does not, though they look like two spellings of one. */
const PAIRS: readonly (readonly [alive: string, dead: string])[] = [
  ['ada@icloud.com', 'ada@me.com'],
  ['grace@icloud.com', 'grace@mac.com'],
  ['joan@me.com', 'joan@icloud.com'],
  ['hedy@mac.com', 'hedy@icloud.com'],
  ['ada@protonmail.com', 'ada@proton.me'],
  ['grace@proton.me', 'grace@pm.me'],
  ['joan@pm.me', 'joan@protonmail.com'],
  ['ada@zoho.com', 'ada+news@zoho.com'],
  ['grace+news@zoho.com', 'grace@zoho.com'],
  ['ada@cases.example', 'ADA@cases.example'],
  ['GRACE@cases.example', 'grace@cases.example'],
];

let lab: Lab;

beforeAll(async () => {
  lab = await openLab();
  const script = { knows: (address: string) => ALIVE.has(address) };
  const names = ['mx01.mail.icloud.com', 'mail.protonmail.ch', 'mx.zoho.com', 'mx.cases.example'];
  await Promise.all(names.map((name) => lab.host(name, script)));
  for (const domain of ['icloud.com', 'me.com', 'mac.com']) lab.mx(domain, { 10: 'mx01.mail.icloud.com' });
  for (const domain of ['proton.me', 'protonmail.com', 'pm.me']) lab.mx(domain, { 10: 'mail.protonmail.ch' });
  lab.mx('zoho.com', { 10: 'mx.zoho.com' });
  lab.mx('cases.example', { 10: 'mx.cases.example' });
});

afterAll(() => lab.close());

const LIVES = 'deliverable/accepted';
const IS_REFUSED = 'invalid/mailbox_not_found';
const EACH_ITS_OWN = { alive: LIVES, dead: IS_REFUSED };

describe.each(PAIRS)('%s, which lives, and %s, which does not', (alive, dead) => {
  const askBatch = async (fields: object) => {
    const answers = await lab.askAll([dead, alive], fields);
    return { alive: wordOf(answers.get(alive)), dead: wordOf(answers.get(dead)) };
  };
  const askBoth = async (parameters: Readonly<Record<string, number>>) => {
    const [ofDead, ofAlive] = await Promise.all([dead, alive].map((email) => lab.ask(email, parameters)));
    return { alive: wordOf(ofAlive), dead: wordOf(ofDead) };
  };

  test('two spellings have an answer of their own in one batch', async () => {
    expect(await askBatch({ max_age: 0 })).toEqual(EACH_ITS_OWN);
  });

  test('two spellings have an answer of their own when both are asked concurrently', async () => {
    expect(await askBoth({ max_age: 0 })).toEqual(EACH_ITS_OWN);
  });

  test.each([
    [alive, LIVES],
    [dead, IS_REFUSED],
  ])('two spellings have an answer of their own from memory after %s was asked', async (email, word) => {
    expect(wordOf(await lab.ask(email, { max_age: 0 }))).toBe(word);
    expect(await askBoth({})).toEqual(EACH_ITS_OWN);
    expect(await askBatch({ smtp: false })).toEqual(EACH_ITS_OWN);
  });
});

test('a recheck of one spelling settles that spelling alone', async () => {
  let isOpen = false;
  const host = await lab.host('mx02.mail.icloud.com', {
    reply: ({ verb, address }) => {
      if (verb !== 'RCPT') return undefined;
      if (!isOpen) return `450 4.2.0 <${address}>: Try again in 1 second`;
      return address === 'karen@icloud.com' ? undefined : NO_SUCH_USER;
    },
    knows: () => true,
  });
  for (const domain of ['icloud.com', 'me.com']) lab.mx(domain, { 10: host.name });
  const both = ['karen@icloud.com', 'karen@me.com'];
  const firsts = await Promise.all(both.map((email) => lab.ask(email)));
  expect(firsts.map(({ verdict }) => verdict)).toEqual(['unknown', 'unknown']);
  isOpen = true;
  const remembered = async (): Promise<readonly string[]> => {
    return (await Promise.all(both.map((email) => lab.ask(email, { smtp: 'false' })))).map(wordOf);
  };
  await expect.poll(remembered, { interval: 200 }).toEqual([LIVES, IS_REFUSED]);
});
