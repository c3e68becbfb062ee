/** The message that a free key begins with. Plain text in ASCII, lines below 78 columns (RFC 5322 §2.1.1), but for the link. */
import { LINK_MINUTES } from './key-link.ts';

export type Mail = { readonly to: string; readonly subject: string; readonly text: string };

/** Hands a message over. It rejects if the message cannot be sent. */
export type KeyMailer = { readonly send: (mail: Mail) => Promise<void> };

/** @param url of the link @param host of the edge, as people know it */
export function keyMail(to: string, url: string, host: string): Mail {
  const text = [
    'A free key of the email verifier below was requested for this address.',
    `To see the key of ${host}, open this page and press its button:`,
    '',
    url,
    '',
    `The link works once, within ${LINK_MINUTES} minutes. If you have a free key already,`,
    'the new one takes its place.',
    '',
    'If you have not asked for this, do nothing: no key is made, and your address',
    'is not kept.',
    '',
  ];
  return { to, subject: `Your key for ${host}`, text: text.join('\n') };
}
