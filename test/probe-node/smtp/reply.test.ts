import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import {
  LINE_OCTETS_MAX,
  type Parsed,
  REPLY_LINES_MAX,
  REPLY_OCTETS_MAX,
  ReplyParser,
} from '../../../probe-node/smtp/reply.ts';
import { REPLY_TEXT_LENGTH_MAX } from '../../../shared/replies/reply.ts';
import { FUZZ_RUNS, FUZZ_TIMEOUT_MS } from '../fuzz-runs.ts';

vi.setConfig({ testTimeout: FUZZ_TIMEOUT_MS });

const CRLF = '\r\n';

function octets(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** Reads chunks with a new parser; the replies of all of them and the fault that was there at the end. */
function readChunks(chunks: readonly Uint8Array[]): Parsed {
  const parser = new ReplyParser();
  const parsed = chunks.map((chunk) => parser.push(chunk));
  return { replies: parsed.flatMap(({ replies }) => replies), fault: parsed.at(-1)?.fault ?? null };
}

function read(text: string | Uint8Array): Parsed {
  return readChunks([typeof text === 'string' ? octets(text) : text]);
}

/** Bytes cut at each of the places, which are fractions of the length. */
function cut(bytes: Uint8Array, places: readonly number[]): readonly Uint8Array[] {
  const ends = [...places.map((place) => Math.floor(place * bytes.length)), bytes.length].sort((a, b) => a - b);
  return ends.map((end, index) => bytes.subarray(index === 0 ? 0 : ends[index - 1], end));
}

/** Pieces of SMTP, of nearly SMTP and of no SMTP, out of which streams are made. */
const fragment = fc.oneof(
  fc.constantFrom(
    '250 2.1.5 Ok\r\n',
    '250-mx.example.test\r\n250-PIPELINING\r\n250 SMTPUTF8\r\n',
    '550-5.1.1 The account\r\n550 5.1.1 does not exist\r\n',
    '220 mx\n',
    '250\r\n',
    '550User unknown\r\n',
    '421 4.7.0 Später, bitte ☃\r\n',
    '\r\n',
    '\n',
    '\r',
    '250-',
    '550 5.7.606 ',
    ' ',
    '\u0000',
    '999 no\r\n',
    '199 no\r\n',
    'HTTP/1.1 400 Bad Request\r\n',
    `354 ${'x'.repeat(LINE_OCTETS_MAX)}\r\n`,
    '450-a\r\n'.repeat(100),
  ),
  fc.string({ maxLength: 20, unit: 'binary' }),
);
const stream = fc.oneof(
  fc.array(fragment, { maxLength: 12 }).map((parts) => octets(parts.join(''))),
  fc.uint8Array({ maxLength: 400 }),
);
const places = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 12 });

describe('any chunking', () => {
  const GREETING = octets('220-mx.example.test ESMTP ☃\r\n220 bereit\r\n550-5.1.1 no\r\n550 5.1.1 such user\r\n');

  test('any chunking into two gives the same replies, wherever the cut is, inside a character too', () => {
    const whole = read(GREETING);
    expect(whole.replies).toHaveLength(2);
    for (let at = 0; at <= GREETING.length; at += 1) {
      expect(readChunks([GREETING.subarray(0, at), GREETING.subarray(at)])).toEqual(whole);
    }
  });

  test('any chunking into single octets gives the same replies', () => {
    expect(readChunks([...GREETING].map((octet) => Uint8Array.of(octet)))).toEqual(read(GREETING));
  });

  test('any chunking of any stream gives the same replies and the same fault', () => {
    const property = fc.property(stream, places, (bytes, cuts) => {
      expect(readChunks(cut(bytes, cuts))).toEqual(read(bytes));
    });
    fc.assert(property, { numRuns: FUZZ_RUNS });
  });

  test('any chunking leaves a reply alone when the buffer that brought its beginning is used again', () => {
    const parser = new ReplyParser();
    const buffer = octets('550 No such');
    parser.push(buffer);
    buffer.fill(0x78);
    expect(parser.push(octets(' user\r\n')).replies).toEqual([{ code: 550, enhanced: null, text: 'No such user' }]);
  });
});

describe('a hostile stream', () => {
  test('a hostile stream never makes the parser throw, and every reply keeps to its bounds', () => {
    const property = fc.property(stream, places, (bytes, cuts) => {
      const { replies } = readChunks(cut(bytes, cuts));
      for (const { code, enhanced, text } of replies) {
        expect(code).toBeGreaterThanOrEqual(200);
        expect(code).toBeLessThanOrEqual(599);
        expect(enhanced ?? `${Math.trunc(code / 100)}.0.0`).toMatch(/^[245]\.\d{1,3}\.\d{1,3}$/);
        expect(text.length).toBeLessThanOrEqual(REPLY_TEXT_LENGTH_MAX);
        // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters that may not come through
        expect(text).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f]/);
      }
    });
    fc.assert(property, { numRuns: FUZZ_RUNS });
  });

  test('a hostile stream that never ends a line is a fault, in pieces of any size', () => {
    for (const size of [1, 7, 1_000, LINE_OCTETS_MAX + 1]) {
      const parser = new ReplyParser();
      const chunk = octets('2'.repeat(size));
      let taken = 0;
      while (taken <= LINE_OCTETS_MAX + size && parser.push(chunk).fault === null) taken += size;
      expect(taken).toBeLessThanOrEqual(LINE_OCTETS_MAX);
      expect(parser.push(chunk)).toEqual({ replies: [], fault: 'line_too_long' });
    }
  });

  test('a hostile stream that never ends a reply is a fault', () => {
    const parser = new ReplyParser();
    const line = octets('220-please wait\r\n');
    let lines = 0;
    while (lines < 10_000 && parser.push(line).fault === null) lines += 1;
    expect(lines).toBe(REPLY_LINES_MAX);
  });

  test('a hostile stream does not make the parser hold more than a bound, however long it is', () => {
    const parser = new ReplyParser();
    const flood = octets(`250-${'x'.repeat(2_000)}\r\n`.repeat(30));
    const before = process.memoryUsage().arrayBuffers;
    for (let round = 0; round < 2_000; round += 1) parser.push(flood);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(16 * 1024 * 1024);
    expect(parser.push(octets('250 Ok\r\n'))).toEqual({ replies: [], fault: 'reply_too_long' });
  });

  test('a hostile stream is not looked at after a fault', () => {
    const parser = new ReplyParser();
    expect(parser.push(octets('250 before\r\nSSH-2.0-OpenSSH_9.9\r\n250 after\r\n'))).toEqual({
      replies: [{ code: 250, enhanced: null, text: 'before' }],
      fault: 'not_a_reply',
    });
    expect(parser.push(octets('250 later\r\n'))).toEqual({ replies: [], fault: 'not_a_reply' });
  });
});

describe('a bound', () => {
  const lineOf = (length: number): string => `250 ${'x'.repeat(length - 5)}\r`;

  test('a bound lets the longest line through and not one octet more', () => {
    expect(read(`${lineOf(LINE_OCTETS_MAX)}\n`).fault).toBeNull();
    expect(read(`${lineOf(LINE_OCTETS_MAX + 1)}\n`).fault).toBe('line_too_long');
  });

  test('a bound lets the largest reply through and not one octet more', () => {
    const full = `250-${'x'.repeat(4_090)}\r\n`.repeat(15);
    const rest = REPLY_OCTETS_MAX - full.length;
    expect(read(`${full}${lineOf(rest - 1)}\n`).fault).toBeNull();
    expect(read(`${full}${lineOf(rest)}\n`).fault).toBe('reply_too_long');
  });

  test('a bound counts the octets of each reply anew', () => {
    const large = `250-${'x'.repeat(4_000)}\r\n`.repeat(15).concat('250 \r\n');
    expect(read(large.repeat(4))).toMatchObject({ fault: null, replies: { length: 4 } });
  });

  test('a bound lets the most lines through and not one more', () => {
    expect(read(`${'250-x\r\n'.repeat(REPLY_LINES_MAX - 1)}250 x\r\n`)).toMatchObject({ fault: null });
    expect(read(`${'250-x\r\n'.repeat(REPLY_LINES_MAX)}250 x\r\n`)).toEqual({ replies: [], fault: 'too_many_lines' });
  });

  test('a bound is set to empty lines between replies, and each reply starts the count anew', () => {
    const many = CRLF.repeat(REPLY_LINES_MAX);
    expect(read(`${many}250 a\r\n${many}250 b\r\n`)).toMatchObject({ fault: null, replies: { length: 2 } });
    expect(read(`${many}\r\n250 a\r\n`)).toEqual({ replies: [], fault: 'too_many_lines' });
  });

  test('a bound counts octets and not characters', () => {
    expect(read(`250 ${'☃'.repeat(Math.ceil(LINE_OCTETS_MAX / 3))}\r\n`).fault).toBe('line_too_long');
  });
});

describe('the grammar', () => {
  test.each([
    ['LF alone as line end', '250-a\n250 b\n', { code: 250, enhanced: null, text: 'a\nb' }],
    ['a bare code', '250\r\n', { code: 250, enhanced: null, text: '' }],
    ['a code and a space', '250 \r\n', { code: 250, enhanced: null, text: '' }],
    ['a bare code after other lines', '250-a\r\n250\r\n', { code: 250, enhanced: null, text: 'a' }],
    ['no space after the code', '550User unknown\r\n', { code: 550, enhanced: null, text: 'User unknown' }],
    ['a tab after the code', '550\tno\r\n', { code: 550, enhanced: null, text: 'no' }],
    ['an empty line first', '\r\n250 a\r\n', { code: 250, enhanced: null, text: 'a' }],
    [
      'codes of one class that differ: the last counts',
      '450-a\r\n451 b\r\n',
      { code: 451, enhanced: null, text: 'a\nb' },
    ],
    [
      'octets that are no UTF-8',
      Uint8Array.of(0x35, 0x35, 0x30, 0x20, 0xff, 0x0a),
      { code: 550, enhanced: null, text: '\ufffd' },
    ],
    ['a NUL in the text', '550 a\u0000b\r\n', { code: 550, enhanced: null, text: 'a\ufffdb' }],
    ['a CR in the text', '550 a\rb\r\n', { code: 550, enhanced: null, text: 'a\ufffdb' }],
    ['an escape sequence in the text', '550 \u001b[31mno\r\n', { code: 550, enhanced: null, text: '\ufffd[31mno' }],
  ])('the grammar takes %s', (_, stream, reply) => {
    expect(read(stream)).toEqual({ replies: [reply], fault: null });
  });

  test.each([
    ['a code below 200', '199 a\r\n'],
    ['a code above 599', '600 a\r\n'],
    ['a code of four digits', '2500 a\r\n'],
    ['a code of two digits', '25 a\r\n'],
    ['a space before the code', ' 250 a\r\n'],
    ['a word', 'OK\r\n'],
    ['another protocol', 'HTTP/1.1 400 Bad Request\r\n'],
    ['a NUL before the code', '\u0000250 a\r\n'],
    ['digits of another script', '２５０ a\r\n'],
    ['an empty line inside a reply', '250-a\r\n\r\n250 b\r\n'],
    ['a line without a code inside a reply', '250-a\r\nb\r\n250 c\r\n'],
  ])('the grammar takes for no reply: %s', (_, stream) => {
    expect(read(stream)).toEqual({ replies: [], fault: 'not_a_reply' });
  });

  test.each([
    ['yes, then no', '250-yes\r\n550 no\r\n'],
    ['no, then yes', '550-no\r\n250 yes\r\n'],
    ['not now, then never', '450-later\r\n550 never\r\n'],
  ])('the grammar believes no reply that says %s', (_, stream) => {
    expect(read(stream)).toEqual({ replies: [], fault: 'codes_of_different_classes' });
  });

  test('the grammar gives the replies of one chunk in order', () => {
    const { replies } = read('250 2.1.0 Ok\r\n250 2.1.5 Ok\r\n550 5.1.1 no\r\n221 Bye\r\n');
    expect(replies.map(({ code }) => code)).toEqual([250, 250, 550, 221]);
  });

  test('the grammar knows whether a line has begun and not ended', () => {
    const parser = new ReplyParser();
    const states = ['', '25', '0-a\r', '\n', '250 b\r\n2', '50 c\n'].map((chunk) => {
      parser.push(octets(chunk));
      return parser.isMidLine;
    });
    expect(states).toEqual([false, true, true, false, true, false]);
  });
});
