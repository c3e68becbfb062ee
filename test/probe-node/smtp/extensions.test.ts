import { expect, test } from 'vitest';
import { readExtensions } from '../../../probe-node/smtp/extensions.ts';
import { parseReplyText } from '../../../shared/replies/reply.ts';

function extensionsOf(...lines: readonly string[]): Readonly<Record<string, string>> {
  const text = lines.map((line, index) => `250${index === lines.length - 1 ? ' ' : '-'}${line}`).join('\r\n');
  const reply = parseReplyText(text);
  if (reply === null) throw new Error('no reply');
  return Object.fromEntries(readExtensions(reply));
}

test.each([
  ['smtputf8', { SMTPUTF8: '' }],
  ['  SmtpUtf8  ', { SMTPUTF8: '' }],
  ['\tSMTPUTF8', { SMTPUTF8: '' }],
  ['SMTPUTF8=', { SMTPUTF8: '' }],
  ['pipelining', { PIPELINING: '' }],
  ['starttls ', { STARTTLS: '' }],
  ['AUTH=LOGIN  PLAIN', { AUTH: 'LOGIN PLAIN' }],
  ['size   1000', { SIZE: '1000' }],
  ['PIPELINING.example.test', {}],
  ['', {}],
  ['-', {}],
])('the line %j offers %j', (line, expected) => {
  expect(extensionsOf('mx.example.test', line)).toEqual(expected);
});

test('the first line is the name of the server, whatever it says', () => {
  expect(extensionsOf('PIPELINING', 'SIZE')).toEqual({ SIZE: '' });
});
