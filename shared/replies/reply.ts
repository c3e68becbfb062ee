/**
 * What one SMTP reply is, and the grammar of one reply line (RFC 5321 §4.2, RFC 2034 §4, RFC 3463 §2).
 *
 * Used by the node, which reads replies from a socket, and by everything that is handed a reply as text (the command
 * line, the accuracy runner), so that there is one grammar and no second opinion about it. It holds no socket and no
 * state; the bytes-to-lines half lives in probe-node/smtp/reply.ts.
 */

/** Where in the conversation a reply was given. `connect` is the greeting: everything before `rcpt` is about us. */
export const STAGES = ['connect', 'ehlo', 'starttls', 'mail', 'rcpt'] as const;
export type Stage = (typeof STAGES)[number];

/** A whole reply. `text` is its lines joined by `\n`, without reply code and enhanced code. */
export type Reply = {
  readonly code: number;
  /** RFC 3463 status such as `5.1.1`, or null where the server gave none or one of another class than its code. */
  readonly enhanced: string | null;
  readonly text: string;
};

/** One line of a reply, as it stands on the wire without its line end. */
export type ReplyLine = {
  readonly code: number;
  /** False for `250-…`: more lines follow. */
  readonly isLast: boolean;
  readonly text: string;
};

/** Longest text kept of one reply, in UTF-16 units: enough for every real reply, small enough to log and to match. */
export const REPLY_TEXT_LENGTH_MAX = 2048;

/**
 * Reads one reply line. Accepts what servers really send: a bare code, and text that follows the code without a space
 * (`550User unknown`). Answers null for anything that does not open with a code from 200 to 599.
 */
export function readReplyLine(line: string): ReplyLine | null {
  const match = /^([2-5][0-9]{2})(?![0-9])([ -]?)(.*)$/s.exec(line);
  if (match === null) return null;
  return { code: Number(match[1]), isLast: match[2] !== '-', text: match[3] ?? '' };
}

/** Joins the lines of one reply. The code is the last line's (RFC 5321 §4.2.1: all should agree; the last decides). */
export function composeReply(lines: readonly ReplyLine[]): Reply {
  const code = lines.at(-1)?.code ?? 0;
  let enhanced: string | null = null;
  const texts: string[] = [];
  for (const line of lines) {
    const match = /^([245]\.[0-9]{1,3}\.[0-9]{1,3})(?=[\s:,;]|$)[\s:,;]*/.exec(line.text);
    const status = match?.[1] ?? null;
    // A status of another class than the code is noise: Postfix discards it too (smtp_chat.c).
    if (status !== null && status[0] === String(code)[0]) enhanced ??= status;
    texts.push(line.text.slice(match?.[0].length ?? 0).trimEnd());
  }
  return { code, enhanced, text: texts.join('\n').trim().slice(0, REPLY_TEXT_LENGTH_MAX) };
}

/** Reads a reply given as text, lines parted by LF or CRLF. Lines after the first need not repeat the code. */
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
