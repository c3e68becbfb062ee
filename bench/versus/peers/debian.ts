/** The mail servers and the script from Debian: facts, and how their replies are read. */
import { domainToASCII } from 'node:url';
import type { Verdict } from '../../../shared/verdict.ts';
import type { PeerFacts } from './peer.ts';

export const POSTFIX: PeerFacts = {
  id: 'postfix',
  name: 'Postfix verify(8)',
  version: 'of Debian',
  licence: 'IPL 1.0 or EPL 2.0',
  kind: 'Debian',
  options:
    'asked over the socket of verify(8), as smtpd(8) asks it, but every 10 ms and not every 3 s; sender set; for lists it has `sendmail -bv` as well, which reports by mail and is not measured',
  mapping: 'deliverable as it says; undeliverable: invalid; deferred, or no result after 20 s: unknown',
};

export const EXIM: PeerFacts = {
  id: 'exim',
  name: 'Exim callout',
  version: 'of Debian',
  licence: 'GPL 2',
  kind: 'Debian',
  options:
    '`verify = recipient/callout` in acl_smtp_rcpt, asked by RCPT over loopback; defaults, so without `random`, which would spare questions about a domain that accepts everybody and not change an answer',
  mapping: 'its reply to RCPT: 250 deliverable, 5yz invalid, 4yz unknown',
};

export const SWAKS: PeerFacts = {
  id: 'swaks',
  name: 'swaks, as a script',
  version: 'of Debian',
  licence: 'GPL 2',
  kind: 'Debian',
  options: '`--quit-after RCPT --timeout 20`, sender and EHLO name set',
  mapping: 'exit code 0 deliverable; 24 (RCPT refused) invalid if the reply is 5yz, else unknown; every other unknown',
};

/** States of a recipient in the protocol of verify(8) (Postfix, deliver_request.h): DEL_RCPT_STAT_OK, _DEFER, _BOUNCE, _TODO. */
export const VERIFY_STATES: readonly (Verdict | 'pending')[] = ['deliverable', 'unknown', 'invalid', 'pending'];

export function readReplyCode(code: number): Verdict {
  if (code >= 200 && code < 300) return 'deliverable';
  return code >= 500 && code < 600 ? 'invalid' : 'unknown';
}

/** swaks: exit code 24 is "error reported for RCPT"; its transcript marks a refusal with `<**`. */
export function readSwaks(exitCode: number | null, transcript: string): Verdict {
  if (exitCode === 0) return 'deliverable';
  if (exitCode !== 24) return 'unknown';
  const code = [...transcript.matchAll(/^<\*\* +([0-9]{3})/gm)].at(-1)?.[1];
  return code?.startsWith('5') === true ? 'invalid' : 'unknown';
}

/** Attributes of one message in Postfix's attr_print0(3) form: names and values that end in NUL, and an empty name. */
export function encodeAttributes(attributes: Readonly<Record<string, string>>): string {
  return `${Object.entries(attributes)
    .map(([name, value]) => `${name}\0${value}\0`)
    .join('')}\0`;
}

/** The complete messages at the head of a stream, and the rest. */
export function decodeAttributes(text: string): {
  readonly messages: readonly ReadonlyMap<string, string>[];
  readonly rest: string;
} {
  const messages: Map<string, string>[] = [];
  let from = 0;
  let at = 0;
  let message = new Map<string, string>();
  for (;;) {
    const nameEnd = text.indexOf('\0', at);
    if (nameEnd < 0) break;
    if (nameEnd === at) {
      messages.push(message);
      message = new Map();
      at += 1;
      from = at;
      continue;
    }
    const valueEnd = text.indexOf('\0', nameEnd + 1);
    if (valueEnd < 0) break;
    message.set(text.slice(at, nameEnd), text.slice(nameEnd + 1, valueEnd));
    at = valueEnd + 1;
  }
  return { messages, rest: text.slice(from) };
}

/** The address with its domain as A-labels (RFC 5890): the interfaces of these programs take ASCII. */
export function inAscii(address: string): string {
  const cut = address.lastIndexOf('@') + 1;
  return address.slice(0, cut) + domainToASCII(address.slice(cut));
}
