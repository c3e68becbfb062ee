import { describe, expect, test } from 'vitest';
import { LineTooLong, linkFaultOf } from '../../../../edge/nodes/dispatch/link-fault.ts';

/** As workerd marks errors from the remote end. */
const ofWorkerd = (message: string, marks: object): Error =>
  Object.assign(new Error(message), { remote: true, ...marks });

describe('a request to a node that throws has a word for', () => {
  test.each<[word: string, of: string, error: unknown]>([
    ['no_connection', 'a connection that workerd has lost', ofWorkerd('Network connection lost.', { retryable: true })],
    ['name_or_tls', 'a name or a certificate that workerd cannot use', ofWorkerd('internal error; reference = x', {})],
    ['no_connection', 'a network error of any other fetch', new TypeError('fetch failed')],
    ['timeout', 'a time limit', new DOMException('late', 'TimeoutError')],
    ['timeout', 'an abort by another party', new DOMException('over', 'AbortError')],
    ['internal', 'a fault of our own', new Error('ada@firm.example')],
    ['internal', 'what is no error', 'ada@firm.example'],
  ])('a failed request to a node is logged as %s: %s', (word, _, error) => {
    expect(linkFaultOf(error, false)).toBe(word);
  });

  test.each<[word: string, of: string, error: unknown]>([
    ['broken_stream', 'an answer that ends in its middle', ofWorkerd('Network connection lost.', { retryable: true })],
    ['broken_stream', 'the same from any other fetch', new TypeError('terminated')],
    ['no_json', 'a line that is none', new SyntaxError('Unexpected token')],
    ['line_too_long', 'a line without an end', new LineTooLong()],
  ])('an unreadable answer of a node is logged as %s: %s', (word, _, error) => {
    expect(linkFaultOf(error, true)).toBe(word);
  });
});
