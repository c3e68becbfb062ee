import { expect, test } from 'vitest';
import { createRepeatedClassify } from '../../../probe-node/flow/repeated-reply.ts';
import type { Reply } from '../../../shared/replies/reply.ts';

const text = '<ada@example.org>: No such user';
const naming = (...quotes: NonNullable<Reply['quotes']>): Reply => ({ code: 550, enhanced: null, text, quotes });

test('two replies of one wording are classified apart if they name different ones', () => {
  const classify = createRepeatedClassify();
  const replies = [naming('recipient'), naming('sender'), naming('recipient'), naming('sender')];
  expect(replies.map((reply) => classify('rcpt', reply).class)).toEqual([
    'mailbox_not_found',
    'sender_rejected',
    'mailbox_not_found',
    'sender_rejected',
  ]);
});
