/**
 * The link of a free key. Its content is sealed: the address cannot be read from the URL, and a link cannot be forged. It lives
 * for half an hour; key-holder.ts makes it work only once.
 */
import * as z from 'zod';
import { parseJson } from '../../shared/parse-json.ts';

export const LINK_MINUTES = 30;
/** Characters; a real one has at most 600. */
const TOKEN_LENGTH_MAX = 1_024;

/** Seals and opens texts (crypto/seal.ts): base64, or null for a foreign text. */
export type LinkSeal = {
  readonly seal: (text: string) => Promise<string>;
  readonly open: (sealed: string) => Promise<string | null>;
};

/** Receiver of a link, and the time of its creation. */
export type KeyLink = { readonly email: string; readonly issuedMs: number };

const linkSchema = z.object({ email: z.string(), issuedMs: z.number() });

/** The link as a text that stands in a URL. */
export async function sealLink(link: KeyLink, { seal }: LinkSeal): Promise<string> {
  return (await seal(JSON.stringify(link))).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

/** Null for a text that is no link of ours, or one that has had its time. */
export async function openLink(text: string, { open }: LinkSeal, nowMs: number): Promise<KeyLink | null> {
  if (text.length > TOKEN_LENGTH_MAX || !/^[\w-]+$/.test(text)) return null;
  const opened = await open(text.replaceAll('-', '+').replaceAll('_', '/'));
  const link = opened === null ? null : parseJson(linkSchema, opened);
  return link !== null && nowMs - link.issuedMs < LINK_MINUTES * 60_000 ? link : null;
}
