/**
 * Finds which of the sender, the recipient, our IP address and our EHLO name a reply's text names.
 *
 * Pure and bounded by the text, which is bounded itself. A reply that names ours and not the recipient may be about us,
 * so the two must not be mixed up: a part of the recipient's own address or domain is never ours, and a word that could
 * be plain English counts for neither.
 *
 * Links are read for the sender only (openspf.org names the refused sender in its links): GMX puts the client's address
 * into the link of every refusal, that of a missing mailbox as well. For the same reason an address in brackets counts
 * only if the brackets hold nothing else: `[x7aQ IP: 192.0.2.25]` is a mark for the server's own log.
 *
 * Behind NAT we do not know our public address. If our end of the connection is not public, every address in the text
 * counts as ours that is neither the server's nor that of a host it names (`mx2.example[192.0.2.7] said`).
 */
import type { Quote, Reply } from '../../shared/replies/reply.ts';
import { isPublicAddress, plainAddress } from './public-ip.ts';
import type { Transaction, TransactionResult } from './transaction.ts';

export type Ours = {
  readonly sender: string;
  readonly heloName: string;
  /** Our end of the connection and the server's, as reported by the socket; null if it is gone. */
  readonly ourIp: string | null;
  readonly serverIp: string | null;
};

const LINK = /\bhttps?:\/\/\S+/g;
/** Before and after a name or address that stands by itself. */
const WORD_BEFORE = /[a-z0-9._%+@-]$/;
const WORD_AFTER = /^(?:[a-z0-9_%+@-]|\.[a-z0-9])/;
/** Words before the name of a mailbox. */
const MAILBOX_BEFORE = /\b(?:user|mailbox|recipient|account|address|addressee|alias)[ :="'`<(]+$/;
/** Words that stand behind "user" or "mailbox" in a reply, and may be a local part too. */
const WORDS_OF_REPLIES = new Set(
  (
    'unknown not no is has does doesn was name names full over quota disabled inactive suspended rejected reject ' +
    'invalid unavailable unverified address addresses mailbox account user or and in on of for found exists exist ' +
    'cannot does-not lookup verification access denied error'
  ).split(' '),
);

/** The answer with the names in each reply: the address of its own RCPT, and ours. */
export function withQuotes(
  answer: TransactionResult,
  { recipients, stranger }: Transaction,
  ours: Ours,
): TransactionResult {
  const quoted = (reply: Reply, recipient: string | null): Reply => ({
    ...reply,
    quotes: quotesIn(reply.text, { ...ours, recipient }),
  });
  return {
    ...answer,
    mail: quoted(answer.mail, null),
    recipients: answer.recipients.map((reply, index) => reply && quoted(reply, recipients[index] ?? null)),
    stranger: answer.stranger && quoted(answer.stranger, stranger),
  };
}

/** The names of the four that the text holds, in the order of QUOTES. `recipient` is null for a reply to MAIL. */
export function quotesIn(text: string, ours: Ours & { readonly recipient: string | null }): readonly Quote[] {
  if (text === '') return [];
  const whole = text.toLowerCase().replaceAll('%40', '@');
  const said = whole.replace(LINK, ' ');
  const recipient = ours.recipient?.toLowerCase() ?? null;
  const quotes: Quote[] = [];
  if (namesSender(whole, ours, recipient)) quotes.push('sender');
  if (recipient !== null && namesRecipient(said, recipient, localOf(ours.sender.toLowerCase()))) {
    quotes.push('recipient');
  }
  if (namesOurIp(said, ours)) quotes.push('ip');
  if (namesHelo(said, ours, recipient)) quotes.push('helo');
  return quotes;
}

function namesSender(text: string, { sender, heloName }: Ours, recipient: string | null): boolean {
  const own = sender.toLowerCase();
  if (own === recipient) return false;
  if (hasWord(text, own)) return true;
  const local = localOf(own);
  if (text.includes(`<${local}>`) && (recipient === null || localOf(recipient) !== local)) return true;
  const domain = domainOf(own);
  if (recipient !== null && domainOf(recipient) === domain) return false;
  // Another address of ours, such as postmaster, or the domain by itself.
  if (hasWord(text, domain, /[^@]@$/)) return true;
  return domain !== heloName.toLowerCase() && domain.includes('.') && hasWord(text, domain);
}

function namesHelo(text: string, { heloName }: Ours, recipient: string | null): boolean {
  const name = heloName.toLowerCase();
  if (recipient !== null && domainOf(recipient) === name) return false;
  if (hasWord(text, name, /[^@]@$/)) return true;
  // A name of one label may be a word of the language.
  return name.includes('.') ? hasWord(text, name) : hasWord(text, name, /[<[("'](?:[eh]{2}lo )?$|\b[eh]{2}lo $/);
}

function namesRecipient(text: string, recipient: string, senderLocal: string): boolean {
  if (hasWord(text, recipient)) return true;
  const local = localOf(recipient);
  if (local === senderLocal) return false;
  if (text.includes(`<${local}>`)) return true;
  if (WORDS_OF_REPLIES.has(local)) return false;
  // Only a name has a digit or a dot inside.
  if (/[a-z].*[0-9._-]|[0-9._-].*[a-z]/.test(local) && local.length > 3) return hasWord(text, local);
  return hasWord(text, local, MAILBOX_BEFORE) || hasWord(text, local, /(?:^|\n)["']?$/, /^["']?(?::|\.\.\.| - )/);
}

/**
 * Whether a text holds the word by itself: between characters that cannot belong to it, or, with patterns, behind and
 * before a match of them.
 */
function hasWord(text: string, word: string, before?: RegExp, after?: RegExp): boolean {
  if (word === '') return false;
  for (let at = text.indexOf(word); at !== -1; at = text.indexOf(word, at + 1)) {
    const head = text.slice(Math.max(0, at - 40), at);
    const tail = text.slice(at + word.length, at + word.length + 4);
    const isFree = before === undefined ? !WORD_BEFORE.test(head) : before.test(head);
    if (isFree && (after === undefined ? !WORD_AFTER.test(tail) : after.test(tail))) return true;
  }
  return false;
}

function localOf(address: string): string {
  return address.slice(0, address.lastIndexOf('@'));
}

function domainOf(address: string): string {
  return address.slice(address.lastIndexOf('@') + 1);
}

/** Four decimal parts, or possibly IPv6; plainAddress decides. */
const IP_V4 = /(?<![0-9.])([0-9]{1,3}(?:\.[0-9]{1,3}){3})(?![0-9]|\.[0-9])/g;
const IP_V6 = /(?<![0-9a-z:.])(?:ipv6:)?((?=[0-9a-f:]*:[0-9a-f]*:)[0-9a-f:]{3,39}(?:\.[0-9]{1,3}){0,3})(?![0-9a-z:])/g;
/** Brackets that hold more than one word. */
const LOG_MARK = /\[[^[\]]*\s[^[\]]*\]|\([^()]*\s[^()]*\)/g;
/** A host that the server names with its address. */
const NAMED_HOST = /[a-z0-9-]+(?:\.[a-z0-9-]+)+ ?(?:\[[^[\]\s]*\]|\([^()\s]*\))/g;

function namesOurIp(text: string, { ourIp, serverIp, heloName }: Ours): boolean {
  if (!/[0-9a-f]*[:.][0-9a-f:.]*[:.]/.test(text)) return false;
  const ours = ourIp === null ? null : plainAddress(ourIp);
  const isKnown = ours !== null && isPublicAddress(ours);
  const servers = serverIp === null ? null : plainAddress(serverIp);
  const name = heloName.toLowerCase();
  const said = text
    .replace(LOG_MARK, ' ')
    .replace(NAMED_HOST, (host) => (!isKnown && !host.startsWith(name) ? ' ' : host));
  const found = [...said.matchAll(IP_V4), ...said.matchAll(IP_V6)].flatMap(([, address = '']) => {
    const plain = plainAddress(address);
    return plain === null ? [] : [plain];
  });
  // A name in a block list has the address with its parts the other way round: 25.2.0.192.zen.example.
  if (isKnown) return found.some((address) => address === ours || turned(address) === ours);
  return found.some((address) => address !== servers && turned(address) !== servers);
}

function turned(address: string): string {
  return address.split('.').reverse().join('.');
}
