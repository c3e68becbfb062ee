import { expect, test } from 'vitest';
import {
  decodeAttributes,
  encodeAttributes,
  inAscii,
  readReplyCode,
  readSwaks,
  VERIFY_STATES,
} from '../../../../bench/versus/peers/debian.ts';

test('a reply of Exim is read by its first digit', () => {
  expect([250, 251, 450, 550, 421].map(readReplyCode)).toEqual([
    'deliverable',
    'deliverable',
    'unknown',
    'invalid',
    'unknown',
  ]);
});

test.each([
  [0, '<-  250 2.1.5 Ok', 'deliverable'],
  [24, '<-  250 2.1.0 Ok\n -> RCPT TO:<a@b.example>\n<** 550 5.1.1 User unknown\n -> QUIT', 'invalid'],
  [24, '<** 550-first line\n<** 450 4.2.0 Greylisted', 'unknown'],
  [23, '<** 550 5.7.1 Sender refused', 'unknown'],
  [2, '*** Error connecting', 'unknown'],
  [null, '', 'unknown'],
])('swaks that ends with %s is read as %3$s', (exitCode, transcript, verdict) => {
  expect(readSwaks(exitCode, transcript)).toBe(verdict);
});

test('the states of verify(8) are in the order of its protocol', () => {
  expect(VERIFY_STATES).toEqual(['deliverable', 'unknown', 'invalid', 'pending']);
});

test('attributes of Postfix survive the wire, cut anywhere', () => {
  const wire =
    encodeAttributes({ protocol: 'verify' }) + encodeAttributes({ status: '0', recipient_status: '2', reason: '' });
  for (let cut = 0; cut <= wire.length; cut += 1) {
    const first = decodeAttributes(wire.slice(0, cut));
    const second = decodeAttributes(first.rest + wire.slice(cut));
    const messages = [...first.messages, ...second.messages].map((message) => Object.fromEntries(message));
    expect(messages).toEqual([{ protocol: 'verify' }, { status: '0', recipient_status: '2', reason: '' }]);
    expect(second.rest).toBe('');
  }
});

test('an internationalised domain is handed on as A-labels, the local part as it is', () => {
  expect(inAscii('Ada+x@bücher.example')).toBe('Ada+x@xn--bcher-kva.example');
});
