/**
 * What a server offers in its reply to EHLO (RFC 5321 §4.1.1.1): keywords in upper case, each with its parameters parted
 * by one blank. The first line of the reply is the server's name. Pure; whatever the lines hold, it never fails.
 */
import type { Reply } from '../../shared/replies/reply.ts';

export type Extensions = ReadonlyMap<string, string>;

export function readExtensions(reply: Reply): Extensions {
  const extensions = new Map<string, string>();
  const [, ...lines] = reply.text.split('\n');
  for (const line of lines.map((text) => text.trim())) {
    const end = line.search(/\s/);
    const keyword = end === -1 ? line : line.slice(0, end);
    if (keyword !== '') extensions.set(keyword.toUpperCase(), line.slice(keyword.length).trim().replace(/\s+/g, ' '));
  }
  return extensions;
}
