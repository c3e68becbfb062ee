/**
 * The four laws of shared/replies/classify.ts as properties, the echo of addresses, and time linear in the reply.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { REPLY_CLASSES, reasonOfReply, replyClassRow } from '../../../shared/replies/classes.ts';
import { classify } from '../../../shared/replies/classify.ts';
import { parseReplyText, type Reply, STAGES } from '../../../shared/replies/reply.ts';
import { RULES } from '../../../shared/replies/rules.ts';
import { reasonRow } from '../../../shared/verdict.ts';

const WORDS = RULES.flatMap((row) => row.sample.split(/\s+/));
const anyText = fc.oneof(
  fc.array(fc.constantFrom(...WORDS), { maxLength: 24 }).map((words) => words.join(' ')),
  fc.constantFrom(...RULES.map((row) => row.sample)),
  fc.string({ unit: 'grapheme', maxLength: 200 }),
);
const anyStatus = fc.option(
  fc.tuple(fc.constantFrom(2, 4, 5), fc.nat(7), fc.nat(999)).map((parts) => parts.join('.')),
  { nil: null },
);
const anyProvider = fc.constantFrom(null, ...RULES.map((row) => row.provider));
const replyWith = (code: fc.Arbitrary<number>): fc.Arbitrary<Reply> =>
  fc.record({ code, enhanced: anyStatus, text: anyText });
const anyCode = fc.integer({ min: 200, max: 599 });

describe('the laws', () => {
  test('before RCPT a reply neither blames the mailbox nor accepts it', () => {
    const stages = STAGES.filter((stage) => stage !== 'rcpt');
    fc.assert(
      fc.property(fc.constantFrom(...stages), replyWith(anyCode), anyProvider, (stage, reply, provider) => {
        const { class: found } = classify(stage, reply, provider);
        expect(replyClassRow(found).blame).not.toBe('recipient');
        expect(['accepted', 'accepted_unverified']).not.toContain(found);
      }),
      { numRuns: 2000 },
    );
  });

  test('a 4yz never leads to invalid, at any stage', () => {
    const temporary = replyWith(fc.integer({ min: 400, max: 499 }));
    fc.assert(
      fc.property(fc.constantFrom(...STAGES), temporary, anyProvider, (stage, reply, provider) => {
        const { class: found } = classify(stage, reply, provider);
        expect(['mailbox_not_found', 'mailbox_disabled']).not.toContain(found);
        expect(reasonRow(reasonOfReply(found, reply.code)).verdict).not.toBe('invalid');
      }),
      { numRuns: 2000 },
    );
  });

  test('a 2yz at RCPT accepts, 252 without verifying, and nothing else does', () => {
    fc.assert(
      fc.property(fc.constantFrom(...STAGES), replyWith(anyCode), anyProvider, (stage, reply, provider) => {
        const isYes = stage === 'rcpt' && reply.code < 300;
        const expected = isYes ? (reply.code === 252 ? 'accepted_unverified' : 'accepted') : null;
        const { class: found } = classify(stage, reply, provider);
        if (expected !== null) expect(found).toBe(expected);
        else expect(['accepted', 'accepted_unverified']).not.toContain(found);
      }),
      { numRuns: 2000 },
    );
  });

  test('a 5yz that says nothing known is a policy and never invalid', () => {
    // Letters of which no word, and no abbreviation such as SPF or RBL, is made.
    const meaningless = fc.stringMatching(/^[jkqxz]{3,9}(?: [jkqxz]{3,9}){0,6}$/);
    const codes = fc.constantFrom(541, 550, 551, 553, 554, 571);
    fc.assert(
      fc.property(codes, meaningless, (code, text) => {
        expect(classify('rcpt', { code, enhanced: null, text }).class).toBe('policy_other');
      }),
      { numRuns: 1000 },
    );
  });

  test('a code that is not SMTP is a protocol error', () => {
    expect(classify('rcpt', { code: 0, enhanced: null, text: 'SSH-2.0-OpenSSH_9.2' }).class).toBe('protocol_error');
  });
});

describe('an echo of what was asked', () => {
  const telling = ['user-unknown', 'blocked', 'mailbox-full', 'spamhaus', 'greylisted', 'no.such.user', 'quota', 'rbl'];

  test.each([
    ['550 5.7.1 ADDRESS: Recipient address rejected: Access denied', 'policy_other'],
    ['550 5.1.1 <ADDRESS>... User unknown', 'mailbox_not_found'],
    ['450 4.3.0 <ADDRESS>: try again', 'temporary_failure'],
    ['552 5.2.2 Mailbox ADDRESS is full', 'mailbox_full'],
    ['554 5.7.1 <ADDRESS>: Relay access denied', 'relay_denied'],
    ['550 ADDRESS', 'policy_other'],
  ])('an echo of what was asked does not change what %s means', (pattern, expected) => {
    for (const local of telling) {
      for (const domain of telling) {
        const raw = pattern.replace('ADDRESS', `${local}@${domain}.example`);
        const reply = parseReplyText(raw);
        expect(reply === null ? null : classify('rcpt', reply).class, raw).toBe(expected);
      }
    }
  });

  test('an echo of what was asked in a host name or a link decides nothing', () => {
    const meaningOf = (text: string) => classify('rcpt', { code: 550, enhanced: null, text }).class;
    for (const label of telling) {
      expect(meaningOf(`${label}.example says no`)).toBe('policy_other');
      expect(meaningOf(`see https://help.example/${label}?for=${label}`)).toBe('policy_other');
    }
  });
});

describe('the time it takes', () => {
  const units = [
    'a',
    'user ',
    '<',
    '<a@',
    'user:',
    'a.',
    '! ',
    '!',
    'a.b@',
    'http://',
    'http://a/ ',
    'recipient address not ',
    'too many ',
    'sender domain not ',
    '1.1.1.1 ',
    '::::',
    '. ',
    ' ',
    '-/=',
    'é',
    '用户',
    '\uFDFA',
    "'",
    '\n',
    '5.1.1 ',
    'mailbox exceed storage not space ',
    'relay not domain not ',
    'ip host server connection from ',
    'пользователь ',
    'unable to find local email mail user ',
    'over its allowed mail storage ',
    'no virtual mailbox ',
    'ada ADDR . is ',
  ];

  test.each(units.map((unit) => [JSON.stringify(unit), unit] as const))(
    'the time it takes stays small for 64 KiB of %s',
    (_, unit) => {
      const reply = { code: 550, enhanced: null, text: `${unit.repeat(Math.ceil(65_536 / unit.length))}x` };
      classify('rcpt', reply);
      const times = Array.from({ length: 5 }, () => timeOf(() => classify('rcpt', reply)));
      // The aim is 1 ms; ten times that leaves room for a busy machine and still catches a pattern that blows up.
      expect(Math.min(...times)).toBeLessThan(10);
    },
  );
});

test('every class of the table is given by some row', () => {
  const given = new Set(RULES.map((row) => row.class));
  expect(Object.keys(REPLY_CLASSES).filter((name) => !given.has(name as keyof typeof REPLY_CLASSES))).toEqual([]);
});

function timeOf(work: () => unknown): number {
  const startMs = performance.now();
  work();
  return performance.now() - startMs;
}
