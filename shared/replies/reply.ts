/**
 * An SMTP reply, and the grammar of one reply line (RFC 5321 §4.2, RFC 2034 §4, RFC 3463 §2).
 *
 * Used by the node, which reads replies from a socket, and by everything that gets a reply as text (the command line,
 * the accuracy runner), so that there is one grammar only. It holds no socket and no state; the step from bytes to
 * lines is in probe-node/smtp/reply.ts.
 */

/**
 * Stage of the conversation at which a reply was given. `connect` is the greeting: every reply before `rcpt` is about
 * us.
 */
export const STAGES = ['connect', 'ehlo', 'starttls', 'mail', 'rcpt'] as const;
export type Stage = (typeof STAGES)[number];

/**
 * Parts of the conversation that a reply's text can name: the address in our MAIL FROM, the address in RCPT, our IP
 * address, our EHLO name. Only the node knows all four, so it reports which of them a text holds.
 */
export const QUOTES = ['sender', 'recipient', 'ip', 'helo'] as const;
export type Quote = (typeof QUOTES)[number];

/** A whole reply. `text` is its lines joined by `\n`, without reply code and enhanced code. */
export type Reply = {
  readonly code: number;
  /** RFC 3463 status such as `5.1.1`, or null if the server gave none or one of another class than its code. */
  readonly enhanced: string | null;
  readonly text: string;
  /** The parts of the conversation that the text names; absent if this was not checked. */
  readonly quotes?: readonly Quote[] | undefined;
};

/** One line of a reply, without its line end. */
export type ReplyLine = {
  readonly code: number;
  /** False for `250-…`: more lines follow. */
  readonly isLast: boolean;
  readonly text: string;
};

/** Longest text kept of one reply, in UTF-16 units: enough for every real reply, small enough to log and to match. */
export const REPLY_TEXT_LENGTH_MAX = 2048;

/**
 * Reads one reply line. Accepts real servers' forms: a bare code, and text that follows the code without a space
 * (`550User unknown`). Returns null for a line that does not open with a code from 200 to 599.
 */
export function readReplyLine(line: string): ReplyLine | null {
  const first = digitAt(line, 0);
  const second = digitAt(line, 1);
  const third = digitAt(line, 2);
  if (first < 2 || first > 5 || second < 0 || third < 0 || digitAt(line, 3) >= 0) return null;
  const mark = line.charAt(3);
  const text = line.slice(mark === ' ' || mark === '-' ? 4 : 3);
  return { code: first * 100 + second * 10 + third, isLast: mark !== '-', text };
}

/** The digit at an index of the text; less than 0 if there is none. */
function digitAt(text: string, index: number): number {
  const digit = text.charCodeAt(index) - 48;
  return digit >= 0 && digit <= 9 ? digit : -1;
}

/** RFC 3463 status at the start of a line's text, with its separator. */
const STATUS = /^([245]\.[0-9]{1,3}\.[0-9]{1,3})(?=[\s:,;]|$)[\s:,;]*/;

/** Joins the lines of one reply. The code is the last line's (RFC 5321 §4.2.1: all should agree; the last decides). */
export function composeReply(lines: readonly ReplyLine[]): Reply {
  const code = lines.at(-1)?.code ?? 0;
  let enhanced: string | null = null;
  const texts: string[] = [];
  for (const line of lines) {
    const match = line.text.charAt(1) === '.' ? STATUS.exec(line.text) : null;
    const status = match?.[1] ?? null;
    // A status of another class than the code is noise: Postfix discards it too (smtp_chat.c).
    if (status !== null && status[0] === String(code)[0]) enhanced ??= status;
    texts.push(line.text.slice(match?.[0].length ?? 0).trimEnd());
  }
  return { code, enhanced, text: texts.join('\n').trim().slice(0, REPLY_TEXT_LENGTH_MAX) };
}

/** Reads a reply given as text, lines separated by LF or CRLF. Lines after the first need not repeat the code. */
export function parseReplyText(raw: string): Reply | null {
  const lines: ReplyLine[] = [];
  for (const part of raw.trim().split(/\r?\n/)) {
    const line = readReplyLine(part);
    const first = lines[0];
    if (line !== null && (first === undefined || line.code === first.code)) lines.push(line);
    else if (first === undefined) return null;
    else lines.push({ code: first.code, isLast: false, text: part });
  }
  return composeReply(lines);
}
