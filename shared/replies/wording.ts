/**
 * Normalises the text of a reply to plain lower-case words, in one pass.
 *
 * Servers echo addresses, host names and IPs. A mailbox called `blocked-user` or a domain called `spamhaus.example`
 * must not decide the meaning of a reply, so each echo becomes a capital placeholder (`ADDR`, `HOST`, `IP`, `URL`) that
 * no lower-case phrase can match; only hosts of known block lists become `RBL`. The result is words separated by single
 * spaces, sentence ends as a word `.` of their own, accents folded. It never fails, holds no state and is linear: every
 * quantifier is bounded or eats a run that cannot match again.
 */
import { REPLY_TEXT_LENGTH_MAX } from './reply.ts';

export type Wording = {
  /** Words separated by one space, with one before and after: ` ADDR user unknown . `. */
  readonly words: string;
  /** The same with the marks between clauses, for readers of clauses (`squeeze` removes them). */
  readonly marked: string;
  /** Host and path of every URL, lower-case, one space around each; a single space if there is none. */
  readonly urls: string;
  /** The first RFC 3463 status inside the text, such as `5.1.1` of qmail's `(#5.1.1)`, or null. */
  readonly status: string | null;
};

/**
 * Longest run of words that is matched, in units. Real replies make their point within some 600; more would only cost
 * time.
 */
const WORDS_LENGTH_MAX = 800;

/** Domains of DNS block lists and reputation services; a host below one of them is never a mail host. */
const BLOCK_LIST_HOST =
  /(?:^|\.)(?:(?:spamhaus|sorbs|abuseat|spamcop|njabl|uceprotect|barracudacentral|mailspike|spamrats|backscatterer|manitu|dronebl|invaluement|ahbl|dsbl|ordb|spfbl|senderscore|cloudmark|surriel|mail-abuse|cobion|junkemailfilter|rfc-ignorant|gbudb|spameatingmonkey|nordspam|blocklist|spamsources|0spam|fmb\.la|abusix|s5h|rbl)\.(?:org|net|com|de|info|zone|eu|fabel\.dk|jp)|proofpoint\.com)$/;

const ANGLED = /<([^<>]{0,330})>/g;
const TOKEN = /[^\s<>()[\]{},;"'|]+/g;
const HOST = /^[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\.[a-z][a-z0-9-]*[a-z]$/;
const NOT_PLAIN = /[^a-zA-Z-]/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: asks for anything outside ASCII.
const NON_ASCII = /[^\x00-\x7f]/;
const STATUS = /^#?([245]\.\d{1,3}\.\d{1,3})$/;
const IPV4 = /^\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}$/;
const IPV6 = /^[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){3,8}$/;

/** Beside an IP, or the word for it, the word for an address means a host's, in every language: no mailbox is meant. */
const ADDRESS_WORD =
  '(?:address|addresses|adresse|adres|adresa|adresy|adress|adressen|direccion|endereco|indirizzo|osoite|naslov|cim|cime|adresi|adresiniz|адрес[а-я]*|adreso|地址|アドレス|주소|عنوان|العنوان)';
const ADDRESS_OF_HOST = new RegExp(` ${ADDRESS_WORD} (?:ip )?(ip|IP)(?= )| (ip|IP) ${ADDRESS_WORD}(?= )`, 'g');

/** Spellings of one word, so that a phrase names it once. */
const SPELLINGS: ReadonlyMap<string, string> = new Map([
  ['e-mail', 'email'],
  ['e-mails', 'emails'],
  ['mail-box', 'mailbox'],
  ['diskspace', 'disk space'],
  ['exeeded', 'exceeded'],
  ['exeeds', 'exceeds'],
  ['exceded', 'exceeded'],
  ['mailaddress', 'address'],
  ['emailaddress', 'address'],
  ['e-mailaddress', 'address'],
  ['e-mailaccount', 'email account'],
  ['emailaccount', 'email account'],
  ['mailaccount', 'mail account'],
  ['useraccount', 'user account'],
  ['non-existent', 'nonexistent'],
  ['non-existing', 'nonexistent'],
  ['nonexisting', 'nonexistent'],
  ['inexistent', 'nonexistent'],
  ['unexisting', 'nonexistent'],
  ['unroutable', 'unrouteable'],
  ['unkown', 'unknown'],
  ['unknow', 'unknown'],
  ['cannot', 'cant'],
  ['recipient-address', 'recipient address'],
  ['userunknown', 'user unknown'],
  ['rcptto', 'rcpt'],
  ['dosent', 'doesnt'],
  ['dosnt', 'doesnt'],
  ['exsist', 'exist'],
  ['exsit', 'exist'],
  ['doesent', 'doesnt'],
  ['adress', 'address'],
  ['mailadress', 'address'],
  ['emailadress', 'address'],
  ['recepient', 'recipient'],
  ['reciepient', 'recipient'],
  ['recipent', 'recipient'],
  ['receipient', 'recipient'],
  ['receipent', 'recipient'],
  ['user-unknown', 'user unknown'],
  ['unknown-user', 'unknown user'],
  ['invalid-recipient', 'invalid recipient'],
  ['recipient-unknown', 'recipient unknown'],
  // Articles that the dropped apostrophe glues to their noun.
  ['lutilisateur', 'utilisateur'],
  ['dutilisateur', 'utilisateur'],
  ['ladresse', 'adresse'],
  ['dadresse', 'adresse'],
  ['labonne', 'abonne'],
  ['lexpediteur', 'expediteur'],
  ['lemetteur', 'emetteur'],
  ['lutente', 'utente'],
  ['dellutente', 'utente'],
  ['lindirizzo', 'indirizzo'],
  ['dellindirizzo', 'indirizzo'],
  ['laccount', 'account'],
  ['dellaccount', 'account'],
  ['unavaiable', 'unavailable'],
  ['unavailible', 'unavailable'],
]);

/** Postfix's note behind a reply, in its log and in replies that it passes on. */
const LOGGED_COMMAND = /\(in reply to [a-z ]{1,24}command\)/g;

/** Reads the wording of a reply text (without code and leading status). At most 2048 units are read. */
export function wordingOf(text: string): Wording {
  const urls: string[] = [];
  let status: string | null = null;
  const read = (token: string): string => {
    const found = STATUS.exec(token)?.[1];
    if (found === undefined) return readToken(token, urls);
    status ??= found;
    return '';
  };
  const folded = foldText(text.slice(0, REPLY_TEXT_LENGTH_MAX)).replace(LOGGED_COMMAND, ' ');
  const angledOut = folded.includes('<') ? folded.replace(ANGLED, (_, inner: string) => readAngled(inner)) : folded;
  const tokens = angledOut.replace(TOKEN, (token) => {
    if (!NOT_PLAIN.test(token)) return SPELLINGS.get(token) ?? token;
    // An abbreviation with a point that ends no sentence.
    if (token === 'bzw.') return 'bzw';
    const body = token.slice(0, endOfBody(token));
    if (body.length === token.length) return read(token);
    return read(body) + (token.length === body.length + 1 && token.endsWith(':') ? ' : ' : ' . ');
  });
  return { words: squeeze(` ${tokens} `), marked: tokens, urls: ` ${urls.join(' ')} `, status };
}

/** Leaves words separated by one space, and sentence ends as words of their own. */
export function squeeze(tokens: string): string {
  const words = tokens
    .replace(NON_ASCII.test(tokens) ? /[^\p{L}\p{N}#.&+/=-]+/gu : /[^a-zA-Z0-9#.&+/=-]+/g, ' ')
    .replace(/(?: [-=/&+.]+)+ /g, (run) => (run.includes('.') ? ' . ' : ' '))
    .replace(/- /g, ' ');
  const joined = words.includes(' mail box') ? words.replace(/ mail box(?=(?:es)? )/g, ' mailbox') : words;
  const plain = / ip /i.test(joined) ? joined.replace(ADDRESS_OF_HOST, ' $1$2') : joined;
  return ` ${plain.slice(0, WORDS_LENGTH_MAX).trim()} `;
}

/** Lower-cases, drops apostrophes and accents (`boîte` is `boite`, `d'un` is `dun`), separates glued sentences. */
export function foldText(text: string): string {
  const parted = text
    .replace(/([a-z])\.(?=[A-Z][a-z])/g, '$1. ')
    .replace(/\.{2,}|(?<=[a-z])--+(?=[a-z])/gi, ' . ')
    .toLowerCase();
  if (!NON_ASCII.test(parted)) return parted.replace(/['`]/g, '');
  return parted
    .normalize('NFKD')
    .slice(0, REPLY_TEXT_LENGTH_MAX)
    .replace(/[\u0300-\u036f'`´‘’]/g, '')
    .replace(/[łßøđæœı。]/g, (letter) => FOLDED[letter] ?? letter)
    .normalize('NFC');
}

const FOLDED: Readonly<Record<string, string>> = {
  ł: 'l',
  ß: 'ss',
  ø: 'o',
  đ: 'd',
  æ: 'ae',
  œ: 'oe',
  ı: 'i',
  '。': ' . ',
};

/** The content of `<` and `>`: an address, its local part alone, the null sender, a quoted reply, or a host or IP. */
function readAngled(inner: string): string {
  if (inner.includes('@') || /^[a-z0-9_-]+$/.test(inner)) return ' ADDR ';
  // A relay may pass on a reply in angles: `<552 5.2.2 Over quota>`. No address has a space outside quotes.
  if (inner.includes(' ') && !inner.includes('"')) return ` ${inner} `;
  return inner === '' ? ' ' : ' HOST ';
}

/** Start of the punctuation at the end of a token; by hand, because a pattern for it would take quadratic time. */
function endOfBody(token: string): number {
  let end = token.length;
  while (end > 0 && '.!?:。'.includes(token.charAt(end - 1))) end -= 1;
  return end;
}

/** A token that is not a plain word: an address, a URL, a host, an IP, words joined by `:`, `=` or `_`, or a code. */
function readToken(token: string, urls: string[]): string {
  if (token.startsWith('relay=')) return '';
  if (token.includes('@')) {
    const parts = token.split(':').map((part) => (part.includes('@') ? 'ADDR' : part));
    return ` ${parts.join(' ')} `;
  }
  const scheme = token.indexOf('://');
  if (scheme >= 0) return ` ${noteUrl(token.slice(scheme + 3), urls)} `;
  const slash = token.indexOf('/');
  if (slash > 0 && HOST.test(token.slice(0, slash))) return ` ${noteUrl(token, urls)} `;
  if (IPV6.test(token)) return 'IP';
  const parted = token.replace(/([a-z])\/(?=[a-z])/g, '$1 or ');
  if (/[:=_ ]/.test(parted)) return parted.replace(/[^:=_ ]+/g, readHost).replace(/[:=_]/g, ' ');
  return readHost(parted);
}

function readHost(token: string): string {
  if (IPV4.test(token.endsWith('.') ? token.slice(0, -1) : token)) return 'IP';
  if (!HOST.test(token)) return SPELLINGS.get(token) ?? token;
  // Exchange names its faults in dotted words: RESOLVER.ADR.RecipientNotFound.
  if (/^(?:resolver|routing|smtpsend|storedrv)\./.test(token)) return token.replace(/\./g, ' ');
  return BLOCK_LIST_HOST.test(token) ? 'RBL' : 'HOST';
}

function noteUrl(url: string, urls: string[]): string {
  urls.push(url);
  return BLOCK_LIST_HOST.test(url.split(/[/?:#]/, 1)[0] ?? '') ? 'URL RBL' : 'URL';
}
