import { expect, test } from 'vitest';
import { classifyOnce } from '../../../edge/judge/classify-once.ts';
import { classify } from '../../../shared/replies/classify.ts';

test('a reply is classified once, and anew for another stage or provider', () => {
  const reply = { code: 550, enhanced: '5.1.1', text: 'No such user' };
  const first = classifyOnce('rcpt', reply);
  expect(first).toEqual(classify('rcpt', reply));
  const text = { ...reply };
  Object.assign(reply, { text: 'Blocked by our list' });
  expect(classifyOnce('rcpt', reply)).toBe(first);
  expect(classifyOnce('mail', reply)).toEqual(classify('mail', reply));
  expect(classifyOnce('rcpt', text, 'google')).toEqual(classify('rcpt', text, 'google'));
});
