/**
 * Parses the extensions in a reply to EHLO (RFC 5321 §4.1.1.1): keywords in upper case, each with its parameters
 * separated by one blank. The first line of the reply is the server's name. Pure; it never fails, whatever the lines
 * hold.
 *
 * Tolerates real servers' forms: any case, any blanks, and `=` for the blank behind a keyword (`AUTH=LOGIN`).
 */
import { REPLY_TEXT_LENGTH_MAX, type Reply } from '../../shared/replies/reply.ts';

export type Extensions = ReadonlyMap<string, string>;

/** A keyword and its possible ends: `PIPELINING.example.test` is a name. */
const EXTENSION = /^([a-z0-9][a-z0-9-]*)(?:$|[\s=:;,]+)/i;

export function readExtensions(reply: Reply): Extensions {
  const extensions = new Map<string, string>();
  const [, ...lines] = reply.text.split('\n');
  for (const line of lines.map((text) => text.trim())) {
    const [head = '', keyword] = EXTENSION.exec(line) ?? [];
    if (keyword !== undefined) extensions.set(keyword.toUpperCase(), line.slice(head.length).replace(/\s+/g, ' '));
  }
  return extensions;
}

/** True for a complete reply to EHLO without the keyword, in any place or spelling. */
export function lacks({ text }: Reply, keyword: string): boolean {
  return text.length < REPLY_TEXT_LENGTH_MAX && !text.toUpperCase().includes(keyword);
}
