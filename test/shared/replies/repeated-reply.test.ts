import { expect, test, vi } from 'vitest';
import { classify } from '../../../shared/replies/classify.ts';
import { createRepeatedClassify } from '../../../shared/replies/repeated-reply.ts';
import type { Reply } from '../../../shared/replies/reply.ts';
import * as wording from '../../../shared/replies/wording.ts';

const text = '<ada@example.org>: No such user';
const naming = (...quotes: NonNullable<Reply['quotes']>): Reply => ({ code: 550, enhanced: null, text, quotes });

test('two replies of one wording are classified apart if they name different ones', () => {
  const repeated = createRepeatedClassify(() => 0);
  const replies = [naming('recipient'), naming('sender'), naming('recipient'), naming('sender')];
  expect(replies.map((reply) => repeated('rcpt', reply).class)).toEqual([
    'mailbox_not_found',
    'sender_rejected',
    'mailbox_not_found',
    'sender_rejected',
  ]);
});

test('stage, provider, code and status count, and no part passes for another', () => {
  const repeated = createRepeatedClassify(() => 0);
  const reply = { code: 550, enhanced: null, text: 'null No such user' };
  const asked: readonly Parameters<typeof classify>[] = [
    ['rcpt', reply],
    ['mail', reply],
    ['rcpt', reply, 'google'],
    ['rcpt', { ...reply, code: 450 }],
    ['rcpt', { ...reply, enhanced: '5.7.1' }],
    ['rcpt', { ...reply, enhanced: '5.7.1 null', text: 'No such user' }],
    ['rcpt', { ...reply, enhanced: 'null', text: 'No such user' }],
    ['rcpt', { ...reply, text: 'No such user' }],
  ];
  const told = asked.map((question) => repeated(...question));
  expect(told).toEqual(asked.map((question) => classify(...question)));
  expect(new Set(told.map(({ class: replyClass }) => replyClass)).size).toBeGreaterThan(2);
});

test('a reply is classified once in a minute, and its text is not remembered for longer', () => {
  const read = vi.spyOn(wording, 'wordingOf');
  let nowMs = 0;
  const repeated = createRepeatedClassify(() => nowMs);
  const ask = (): void => void repeated('rcpt', { ...naming('recipient') });
  ask();
  nowMs = 59_999;
  ask();
  expect(read).toHaveBeenCalledTimes(1);
  nowMs = 60_000;
  ask();
  expect(read).toHaveBeenCalledTimes(2);
});
