/**
 * Attack: more questions than a mail server can be asked within the deadline. Answers are remembered, a delay of ours
 * is told as ours, and no interactive call waits behind a batch.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Lab, openLab, wordOf } from './lab.ts';

let lab: Lab;

beforeAll(async () => {
  lab = await openLab({ nodes: [{ PROBE_PACE: 'on' }] });
});

afterAll(() => lab.close());

const people = (count: number, domain: string): readonly string[] =>
  Array.from({ length: count }, (_, n) => `person${n}@${domain}`);
const isPerson = (address: string): boolean => address.startsWith('person');

test('the answers of a batch are stored while it runs, and none is lost at its deadline', async () => {
  const host = await lab.site('big.example', { knows: isPerson });
  const emails = people(250, 'big.example');
  const deadline = { isReached: false };
  const batch = lab.askAll(emails, { deadline_ms: 12_000 }).finally(() => {
    deadline.isReached = true;
  });
  // Fifty at once, and ten a second then.
  await expect.poll(lab.storedValues, { interval: 50 }).toBeGreaterThanOrEqual(25);
  expect(deadline).toEqual({ isReached: false });
  const answers = await batch;
  const decided = emails.filter((email) => wordOf(answers.get(email)) === 'deliverable/accepted');
  expect(decided.length).toBeGreaterThan(0);
  expect(decided.length).toBeLessThan(emails.length);
  await expect.poll(lab.storedValues, { interval: 200 }).toBeGreaterThanOrEqual(decided.length);
  await lab.reopenEdge();
  const asked = host.asked().length;
  const remembered = await lab.askAll(decided, { smtp: false });
  expect(decided.map((email) => wordOf(remembered.get(email)))).toEqual(decided.map(() => 'deliverable/accepted'));
  expect(host.asked().length).toBe(asked);
});

test('a delay by our own queue is reported as ours, with the time to ask again', async () => {
  await lab.host('mx01.mail.icloud.com', { knows: isPerson });
  lab.mx('icloud.com', { 10: 'mx01.mail.icloud.com' });
  const emails = people(60, 'icloud.com');
  const batch = [...(await lab.askAll(emails.slice(0, 40), { deadline_ms: 10_000 })).values()];
  const singles = await Promise.all(emails.slice(40).map((email) => lab.ask(email, { deadline_ms: 10_000 })));
  const answers = [...batch, ...singles];
  const words = new Set(answers.map(wordOf));
  expect(['deliverable/accepted', 'unknown/paced', 'unknown/pending']).toEqual(expect.arrayContaining([...words]));
  const paced = answers.filter(({ reason }) => reason === 'paced');
  expect(paced.length).toBeGreaterThan(0);
  for (const { retry_after } of paced) expect(retry_after).toBeGreaterThan(0);
});

test('rechecks of a batch do not delay a second interactive call', async () => {
  let isOpen = false;
  const host = await lab.site('grey.example', {
    knows: isPerson,
    reply: ({ verb, address }) => {
      return verb === 'RCPT' && !isOpen
        ? `450 4.7.1 <${address}>: Greylisted, please try again in 2 seconds`
        : undefined;
    },
  });
  const emails = people(45, 'grey.example');
  const first = await lab.askAll(emails);
  expect(new Set([...first.values()].map(wordOf))).toEqual(new Set(['unknown/greylisted']));
  isOpen = true;
  const asked = host.asked().length;
  await expect.poll(() => host.asked().length).toBeGreaterThan(asked);
  const person = await lab.ask('person44@grey.example', { max_age: 0 });
  expect(wordOf(person)).toBe('deliverable/accepted');
});
