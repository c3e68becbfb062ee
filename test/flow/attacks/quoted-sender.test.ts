/**
 * Attack: a refusal that sounds like a missing mailbox and is about us: our sender, our EHLO name, our IP address. Or about
 * two things, or about today only. None of them makes a mailbox invalid.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Answer } from '../../../shared/answer.ts';
import { type Lab, openLab, wordOf } from './lab.ts';

/** The reply to RCPT for a living mailbox; `{…}` is filled in as the server heard it. */
const ABOUT_US: readonly string[] = [
  '550 5.1.7 <{sender}>: Invalid address',
  '550 5.1.7 No such user',
  '550 5.1.8 <{sender}>: Sender address rejected: Domain not found',
  '550 5.1.8 User unknown',
  '550 5.7.25 address not found',
  '550 5.7.20 no such user',
  '550 5.7.23 mailbox not found',
  '550 5.7.27 Sender address has null MX: no such user',
  '550 <{sender}>: No such user',
  '550 {sender}: user unknown',
  '550 5.1.1 <{sender}>: User unknown',
  '550 5.1.1 {SENDER} does not exist',
  '550 postmaster@{helo} does not exist',
  '550 5.7.1 <{recipient}>: Recipient address rejected: callback to {sender} says: 550 No such user',
  '550 address {ip} not found in DNS',
  '550 {helo} does not exist',
  '550 5.1.1 Rejected, look at http://www.openspf.org/why.html?sender={sender}&ip={ip}&receiver={host}',
];

const ABOUT_TWO_THINGS: readonly string[] = [
  '550 user unknown or blocked by policy',
  '550 unknown user or greylisted',
  '550 5.1.1 <{recipient}>: mailbox unavailable or access denied',
];

const ABOUT_TODAY: readonly string[] = [
  '550 5.1.1 <{recipient}>: user lookup error',
  '550 <{recipient}>: mailbox temporarily unavailable',
  '550 5.1.1 User unknown: directory is under maintenance',
];

/** Policy whatever the code. */
const ABOUT_POLICY: readonly string[] = [
  '500 5.7.1 User unknown',
  '500 5.7.1 <{recipient}>: Rejected',
  '553 5.7.1 Refused',
  '571 5.7.0 Delivery not authorized',
];

const ALL = [...ABOUT_US, ...ABOUT_TWO_THINGS, ...ABOUT_TODAY, ...ABOUT_POLICY];
const ABOUT_THE_MAILBOX = '550 5.1.1 <{recipient}>: User unknown';

let lab: Lab;
let answers: ReadonlyMap<string, Answer>;

beforeAll(async () => {
  lab = await openLab({ nodes: [{}, {}] });
  await Promise.all([...ALL, ABOUT_THE_MAILBOX].map(openSite));
  answers = await lab.askAll([...ALL, ABOUT_THE_MAILBOX].map((_, index) => `ada@${domainOf(index)}`));
});

afterAll(() => lab.close());

function domainOf(index: number): string {
  return `says${index}.example`;
}

async function openSite(text: string, index: number): Promise<void> {
  const host = `mx.${domainOf(index)}`;
  await lab.site(domainOf(index), {
    reply: ({ verb, address }, { sender, helo, ip }) => {
      const said = { sender, SENDER: sender.toUpperCase(), helo, ip, host, recipient: address };
      return verb === 'RCPT' ? text.replace(/\{(\w+)\}/g, (_, name: string) => Object(said)[name]) : undefined;
    },
  });
}

function answerTo(text: string): Answer | undefined {
  return answers.get(`ada@${domainOf([...ALL, ABOUT_THE_MAILBOX].indexOf(text))}`);
}

function wordFor(text: string): string {
  return wordOf(answerTo(text));
}

describe('a living mailbox', () => {
  test.each(ALL)('a living mailbox is not invalid if the server says %s', (text) => {
    expect(wordFor(text)).toMatch(/^unknown\//);
  });
});

test.each(ABOUT_POLICY)('%s is a refusal of us, and a second node is asked', (text) => {
  expect(wordFor(text)).toBe('unknown/blocked');
  expect(answerTo(text)?.second_opinion).toMatchObject({ reason: 'blocked' });
});

test('a reply that names the recipient alone is about the mailbox', () => {
  expect(wordFor(ABOUT_THE_MAILBOX)).toBe('invalid/mailbox_not_found');
});
