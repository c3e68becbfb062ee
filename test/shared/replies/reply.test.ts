import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  composeReply,
  parseReplyText,
  REPLY_TEXT_LENGTH_MAX,
  type ReplyLine,
  readReplyLine,
} from '../../../shared/replies/reply.ts';

describe('a reply line', () => {
  test.each<[string, string, ReplyLine]>([
    ['a last line', '250 Ok', { code: 250, isLast: true, text: 'Ok' }],
    ['a line that is followed', '250-mx', { code: 250, isLast: false, text: 'mx' }],
    ['a bare code', '250', { code: 250, isLast: true, text: '' }],
    ['a code and a hyphen', '250-', { code: 250, isLast: false, text: '' }],
    ['no space', '550User unknown', { code: 550, isLast: true, text: 'User unknown' }],
    ['two spaces, of which one is text', '550  no', { code: 550, isLast: true, text: ' no' }],
    ['a hyphen as text', '550 - no', { code: 550, isLast: true, text: '- no' }],
    ['the lowest code', '200 x', { code: 200, isLast: true, text: 'x' }],
    ['the highest code', '599 x', { code: 599, isLast: true, text: 'x' }],
  ])('a reply line may be %s', (_, line, read) => {
    expect(readReplyLine(line)).toEqual(read);
  });

  test.each([
    '',
    ' ',
    'Ok',
    '199 x',
    '600 x',
    '25',
    '25 x',
    '2500',
    '2500 x',
    '5505.1.1 x',
    ' 250 x',
    '+OK',
    '-250 x',
    '２５０ x',
  ])('a reply line is not %j', (line) => {
    expect(readReplyLine(line)).toBeNull();
  });
});

describe('the enhanced code', () => {
  const enhancedOf = (...lines: readonly string[]) => composeReply(lines.flatMap((line) => readReplyLine(line) ?? []));

  test.each([
    ['550 5.1.1 no', '5.1.1', 'no'],
    ['550 5.1.10 no', '5.1.10', 'no'],
    ['550 5.7.606 no', '5.7.606', 'no'],
    ['550 5.123.456 no', '5.123.456', 'no'],
    ['550 5.1.1: no', '5.1.1', 'no'],
    ['550 5.1.1; no', '5.1.1', 'no'],
    ['550 5.1.1, no', '5.1.1', 'no'],
    ['550 5.1.1', '5.1.1', ''],
    ['250 2.1.5 Ok', '2.1.5', 'Ok'],
    ['452 4.5.3 later', '4.5.3', 'later'],
  ])('the enhanced code of %j is %s', (line, enhanced, text) => {
    expect(enhancedOf(line)).toMatchObject({ enhanced, text });
  });

  test.each([
    ['550 5.1 no', '5.1 no'],
    ['550 5.1.1.1 no', '5.1.1.1 no'],
    ['550 5.1.1no', '5.1.1no'],
    ['550 5.1234.1 no', '5.1234.1 no'],
    ['550 3.1.1 no', '3.1.1 no'],
    ['550 #5.1.1 no', '#5.1.1 no'],
    ['550 no 5.1.1', 'no 5.1.1'],
    ['550 192.0.2.1 is listed', '192.0.2.1 is listed'],
  ])('the enhanced code does not stand at the head of %j', (line, text) => {
    expect(enhancedOf(line)).toMatchObject({ enhanced: null, text });
  });

  test('the enhanced code of another class than the reply code is noise', () => {
    expect(enhancedOf('550 4.1.1 no')).toMatchObject({ code: 550, enhanced: null, text: 'no' });
    expect(enhancedOf('250 5.1.1 Ok')).toMatchObject({ code: 250, enhanced: null, text: 'Ok' });
  });

  test('the enhanced code is the first that fits, and is taken off every line', () => {
    expect(enhancedOf('550-4.0.0 a', '550-5.1.1 b', '550 5.7.1 c')).toEqual({
      code: 550,
      enhanced: '5.1.1',
      text: 'a\nb\nc',
    });
  });
});

describe('a whole reply', () => {
  test('a whole reply has the code of its last line', () => {
    const lines = [readReplyLine('450-a'), readReplyLine('451 b')].filter((line) => line !== null);
    expect(composeReply(lines)).toEqual({ code: 451, enhanced: null, text: 'a\nb' });
  });

  test('a whole reply keeps a bounded text', () => {
    expect(composeReply([{ code: 550, isLast: true, text: 'x'.repeat(10_000) }]).text).toHaveLength(
      REPLY_TEXT_LENGTH_MAX,
    );
  });
});

describe('a reply given as text', () => {
  test.each([
    ['one line', '550 5.1.1 no', { code: 550, enhanced: '5.1.1', text: 'no' }],
    ['several lines', '550-5.1.1 a\r\n550 5.1.1 b', { code: 550, enhanced: '5.1.1', text: 'a\nb' }],
    ['LF alone', '550-a\n550 b\n', { code: 550, enhanced: null, text: 'a\nb' }],
    ['later lines without a code', '550 5.1.1 a\nb\n  c', { code: 550, enhanced: '5.1.1', text: 'a\nb\n  c' }],
    [
      'a later line that opens with another number',
      '550 a\n250 Main Street',
      { code: 550, enhanced: null, text: 'a\n250 Main Street' },
    ],
    ['blanks around', '  550 a  \n', { code: 550, enhanced: null, text: 'a' }],
  ])('a reply given as text reads %s', (_, raw, reply) => {
    expect(parseReplyText(raw)).toEqual(reply);
  });

  test.each(['', '\n', 'no', 'no\n550 a', '99 a'])(
    'a reply given as text is none without a code at its head: %j',
    (raw) => {
      expect(parseReplyText(raw)).toBeNull();
    },
  );

  test('a reply given as text never throws and keeps to its bounds, whatever it is', () => {
    const raw = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 200 }),
      fc
        .array(fc.constantFrom('550', '250', '-', ' ', '5.1.1', '\r\n', '\n', 'no', '☃', '\0'), { maxLength: 30 })
        .map((parts) => parts.join('')),
    );
    const property = fc.property(raw, (text) => {
      const reply = parseReplyText(text);
      if (reply === null) return;
      expect(reply.code).toBeGreaterThanOrEqual(200);
      expect(reply.code).toBeLessThanOrEqual(599);
      expect(reply.text.length).toBeLessThanOrEqual(REPLY_TEXT_LENGTH_MAX);
      expect(reply.enhanced ?? String(reply.code)).toMatch(new RegExp(`^${String(reply.code)[0]}`));
    });
    fc.assert(property, { numRuns: 2_000 });
  });
});
