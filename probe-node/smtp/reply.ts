/**
 * Incremental parser of SMTP replies (RFC 5321 §4.2): bytes in, replies out. No socket, no clock.
 *
 * Any chunking of the same bytes gives the same replies. A server is hostile until parsed: a line, a reply and the run
 * of lines that belong to no reply are all bounded. Input that is no reply is a fault; the parser is dead after it and
 * reads nothing more. The grammar of one line is shared/replies/reply.ts.
 */
import { composeReply, type Reply, type ReplyLine, readReplyLine } from '../../shared/replies/reply.ts';

/** Octets of one line with its end. RFC 5321 §4.5.3.1.5 says 512; real servers exceed it, hostile ones do not stop. */
export const LINE_OCTETS_MAX = 4096;
/** Octets of one reply over all its lines. */
export const REPLY_OCTETS_MAX = 65_536;
/** Lines of one reply, and empty lines between replies. */
export const REPLY_LINES_MAX = 256;

export type ReplyFault =
  | 'line_too_long'
  | 'reply_too_long'
  | 'too_many_lines'
  | 'not_a_reply'
  | 'codes_of_different_classes';

export type Parsed = { readonly replies: readonly Reply[]; readonly fault: ReplyFault | null };

const LF = 0x0a;
const NOTHING = new Uint8Array(0);
const DECODER = new TextDecoder('utf-8');
/** Never found in a plain chunk: anything outside ASCII, a control character, a CR that ends no line. */
const NOT_PLAIN = /[^\t\r\n -~]|\r(?!\n|$)/;

export class ReplyParser {
  #line: Uint8Array<ArrayBufferLike> = NOTHING;
  #lines: ReplyLine[] = [];
  #replyOctets = 0;
  #emptyLines = 0;
  #fault: ReplyFault | null = null;

  /** Takes the next bytes of the stream; returns the replies that they complete. */
  push(chunk: Uint8Array): Parsed {
    const replies: Reply[] = [];
    const text = plainOf(chunk);
    let start = 0;
    while (this.#fault === null && start < chunk.length) {
      const end = text === null ? chunk.indexOf(LF, start) : text.indexOf('\n', start);
      const octets = this.#line.length + (end === -1 ? chunk.length : end) - start;
      if (octets > LINE_OCTETS_MAX) {
        this.#fault = 'line_too_long';
        break;
      }
      if (end === -1) {
        // A copy: the chunk's memory is reused for the next read.
        this.#line = concat(this.#line, chunk.subarray(start));
        break;
      }
      const isPlain = text !== null && this.#line.length === 0;
      const line = isPlain ? withoutCr(text.slice(start, end)) : printable(this.#join(chunk, start, end));
      start = end + 1;
      const reply = this.#takeLine(line, octets);
      if (reply !== null) replies.push(reply);
    }
    return { replies, fault: this.#fault };
  }

  /** The line that ends in the chunk. */
  #join(chunk: Uint8Array, start: number, end: number): string {
    const line = DECODER.decode(concat(this.#line, chunk.subarray(start, end)));
    this.#line = NOTHING;
    return line;
  }

  /** True while a line has begun and not ended. */
  get isMidLine(): boolean {
    return this.#line.length > 0;
  }

  /** True while a reply has begun and not ended. */
  get isMidReply(): boolean {
    return this.isMidLine || this.#lines.length > 0;
  }

  #takeLine(text: string, octets: number): Reply | null {
    if (text === '' && this.#lines.length === 0) {
      // Some servers send an empty line after a reply; a flood of them is a fault.
      this.#emptyLines += 1;
      if (this.#emptyLines > REPLY_LINES_MAX) this.#fault = 'too_many_lines';
      return null;
    }
    const line = readReplyLine(text);
    if (line === null) return this.#fail('not_a_reply');
    const first = this.#lines[0];
    // A reply that says yes in one line and no in the next is not believed in either.
    if (first !== undefined && Math.trunc(first.code / 100) !== Math.trunc(line.code / 100)) {
      return this.#fail('codes_of_different_classes');
    }
    this.#replyOctets += octets + 1;
    if (this.#replyOctets > REPLY_OCTETS_MAX) return this.#fail('reply_too_long');
    this.#lines.push(line);
    if (this.#lines.length > REPLY_LINES_MAX) return this.#fail('too_many_lines');
    if (!line.isLast) return null;
    const reply = composeReply(this.#lines);
    this.#lines = [];
    this.#replyOctets = 0;
    this.#emptyLines = 0;
    return reply;
  }

  #fail(fault: ReplyFault): null {
    this.#fault = fault;
    return null;
  }
}

/** The chunk as text if it is plain: then a unit is an octet, and its lines need no check one by one. */
function plainOf(chunk: Uint8Array): string | null {
  const text = DECODER.decode(chunk);
  return text.length === chunk.length && !NOT_PLAIN.test(text) ? text : null;
}

function concat(head: Uint8Array, tail: Uint8Array): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(head.length + tail.length);
  joined.set(head);
  joined.set(tail, head.length);
  return joined;
}

function withoutCr(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line;
}

/** The line without its CR; control characters, which no reply may hold (RFC 5321 §4.2 textstring), made visible. */
function printable(line: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters that are looked for
  return withoutCr(line).replace(/[\u0000-\u0008\u000a-\u001f\u007f]/g, '\ufffd');
}
