/**
 * Did-you-mean for a text that is not an address: `ada@gmail`, `Ada <ada@example.com>`, `ada＠example.com`,
 * `ada@@gmail.com`.
 *
 * The verdict stays `invalid`; this asks a person a question, or gives a sentence if the broken rule alone would
 * mislead. It suggests a correction only if there is exactly one and the result is an address. A domain is corrected
 * only to a provider, or by removing a character that no domain can have: a domain that may exist is left alone. Pure,
 * asks no DNS, never throws; time is linear in the length, and text longer than TEXT_LENGTH_MAX is ignored.
 */
import { type Address, parseAddress } from '../../shared/address.ts';
import { misplacedJoiner } from '../../shared/domain-name.ts';
import { COMMON_PROVIDERS, GIANT_PROVIDERS } from './data/mail-providers.ts';
import { COUNTRY_TLDS } from './data/typo-exceptions.ts';
import { brokenProviderRule } from './provider-rules.ts';
import { suggestDomain } from './typo.ts';

/** UTF-16 units: an address with a name before it. */
const TEXT_LENGTH_MAX = 512;
/** Nested wrappings to remove, as in `"<mailto:ada@example.com>",`. */
const LAYERS_MAX = 4;

export type Hint = {
  /** The address that may have been meant. */
  readonly address: string | null;
  /** One sentence for a person, in place of the one on the broken rule. Contains nothing of the address. */
  readonly detail: string | null;
};

const NO_HINT: Hint = { address: null, detail: null };

const SEVERAL = 'There is more than one address; give one at a time.';
const MAILTO = 'Give the address alone, without the word before it.';
const OTHER_AT = 'The @ is a look-alike of another alphabet; type a plain one.';
const OLD_MOBILE =
  'Old addresses of this provider may have dots in such places, but the mail standard forbids them and most senders ' +
  'cannot deliver there; ask for another address.';

/**
 * Until 2009 these providers gave out names with two consecutive dots or a dot before the @, and some are still in use
 * (docomo.ne.jp/service/docomo_mail/rfc_add). Without its dots, such an address belongs to another person.
 */
const OLD_MOBILE_DOMAINS: ReadonlySet<string> = new Set(['docomo.ne.jp', 'ezweb.ne.jp', 'au.com']);

const GIANTS: ReadonlySet<string> = new Set(GIANT_PROVIDERS.split(' '));
/** The most common first. */
const PROVIDERS: readonly string[] = [...GIANTS, ...COMMON_PROVIDERS.split(' ')];
/** After a comma, any other word begins a new item. */
const COMMON_TLDS: ReadonlySet<string> = new Set([
  ...COUNTRY_TLDS.split(' '),
  ...'com net org info biz edu gov'.split(' '),
]);
const PROVIDERS_BY_NAME = Map.groupBy(PROVIDERS, (domain) => domain.slice(0, domain.indexOf('.')));
const PROVIDERS_BY_LETTERS = Map.groupBy(PROVIDERS, (domain) => domain.replaceAll('.', ''));
/** `ada.gmail.com`: giants that let no one else have names below their domain. */
const AT_FORGOTTEN =
  /^(.+?)[.#!"§*^,; ]((?:g(?:oogle)?mail|outlook|icloud|protonmail)\.com|hotmail\.(?:com|co\.uk|fr|it|de|es))$/i;
/** Host names of those providers. */
const HOST_LABEL =
  /(?:^|\.)(?:www?|web|mail|webmail|m|my|mobile|login|accounts?|smtp|imap|pop3?|mx\d*|ns\d*|auto\w+|api|help|support|office|outlook|protection)$/i;

/**
 * The address that a text may mean although `parseAddress` refuses it.
 *
 * @param known the address of the text if it has one, so that an equal spelling is not parsed again
 */
export function hintFor(input: string, known: Address | null = null): Hint {
  if (input.length > TEXT_LENGTH_MAX) return NO_HINT;
  const text = inPlainCharacters(input);
  if (isSeveral(text)) return { address: null, detail: SEVERAL };
  const parts = split(unwrapped(text));
  if (parts === null) return NO_HINT;
  const { local, domain } = parts;
  if (OLD_MOBILE_DOMAINS.has(domain) && hasOddDots(local)) return { address: null, detail: OLD_MOBILE };
  return { address: checked(withoutOddDots(local), domain, known), detail: detailFor(input, text) };
}

/**
 * The plain spelling of a legal address with characters that a word processor or an input method put in:
 * `o’brien@example.com`, `“ada@example.com”`. Null if it has none of them, and for names in other scripts.
 */
export function plainSpelling(written: Address): string | null {
  const { input, address, domainUnicode } = written;
  if (/^[ -~]*$/.test(input)) return null;
  const meant = hintFor(input, written).address;
  if (meant === null || meant === address || !/^[!-~]+@/.test(meant)) return null;
  // A domain in unusual characters may exist; only a quotation mark at its end is never part of it.
  const unquoted = parseAddress(`x@${domainUnicode.replace(/[\u2018-\u201F\u00BB]+$/u, '')}`);
  return unquoted.ok && meant.endsWith(`@${unquoted.address.domain}`) ? meant : null;
}

/** The address of the two parts, if it is a possible one, with a typo in its domain corrected. */
function checked(local: string, domain: string, known: Address | null): string | null {
  const isSame = known?.local === local && (domain === known.domain || domain === known.domainUnicode);
  const address = isSame ? known : addressIn(`${local}@${domain}`);
  if (address === null) return null;
  const meant = suggestDomain(address.domain) ?? address.domain;
  if (brokenProviderRule(address.local, meant) !== null) return null;
  if (meant === address.domain) return address.address;
  return addressIn(`${address.local}@${meant}`)?.address ?? null;
}

function addressIn(text: string): Address | null {
  const parsed = parseAddress(text);
  return parsed.ok ? parsed.address : null;
}

/** A sentence in place of the one on the broken rule, if that one would mislead. */
function detailFor(input: string, text: string): string | null {
  if (/^(?:mailto|e-?mail|smtp) *:/i.test(text)) return MAILTO;
  return !input.includes('@') && text.includes('@') ? OTHER_AT : null;
}

const LOOK_ALIKES: readonly (readonly [RegExp, string])[] = [
  [/[\u2018\u2019\u201B\u02BC\u02B9\u2032\u00B4]/gu, "'"],
  [/[\u201C\u201D\u201E\u00AB\u00BB]/gu, '"'],
  [/[\u2010-\u2015\u2212]/gu, '-'],
  [/[\u3002\uFF61]/gu, '.'],
  [/\u3001/gu, ','],
];

/** Replaces look-alikes by plain characters, collapses spaces, drops invisible characters. */
function inPlainCharacters(input: string): string {
  let text = input
    .replace(/(?! |\u200C|\u200D)[\p{Z}\p{Cc}]+/gu, ' ')
    .replace(/(?!\u200C|\u200D)[\p{Cf}\p{Default_Ignorable_Code_Point}\uFFFD]/gu, '');
  if (misplacedJoiner(text) >= 0) text = text.replace(/\u200C|\u200D/gu, '');
  for (const [from, to] of LOOK_ALIKES) text = text.replace(from, to);
  // Full width and small forms: ！ to ～, ﹐ to ﹫.
  text = text.replace(/[\uFF01-\uFF5E\uFE50-\uFE6B\u037E]/gu, (character) => character.normalize('NFKC'));
  return text.replace(/ +/g, ' ').trim();
}

/** Two different words with an @, as in `ada@example.com, grace@example.com`. */
function isSeveral(text: string): boolean {
  const words = text.split(/[ ,;<>()[\]{}"|]+/).map((word) => word.replace(/^mailto:/i, '').replace(/[.:']+$/, ''));
  return new Set(words.filter((word) => /[^@]@+[^@]/.test(word)).map((word) => word.toLowerCase())).size > 1;
}

/** Strips the wrapping that people and programs put around an address. */
function unwrapped(text: string): string {
  let alone = text;
  for (let layer = 0; layer < LAYERS_MAX; layer += 1) {
    const before = alone;
    alone = withoutLayer(alone).trim();
    if (alone === before) break;
  }
  return alone;
}

function withoutLayer(text: string): string {
  const open = text.lastIndexOf('<');
  const close = text.indexOf('>', open);
  // `Ada <ada@example.com>`, and the two equal addresses of `"ada@example.com" <ada@example.com>`.
  if (open >= 0 && close > open && text.indexOf('@', open) > open) return text.slice(open + 1, close);
  const query = text.indexOf('?', text.indexOf('@') + 1);
  if (/^(?:mailto|e-?mail|smtp) *:/i.test(text)) {
    return text.slice(text.indexOf(':') + 1, query > text.indexOf('@') && text.includes('@') ? query : undefined);
  }
  // `ada@example.com (Ada)`.
  const comment = text.indexOf('(');
  if (text.endsWith(')') && comment > text.indexOf('@') && text.includes('@')) return text.slice(0, comment);
  for (const [first, last] of ['""', "''", '``', '()', '[]', '{}']) {
    if (text.length > 2 && text.startsWith(first ?? '') && text.endsWith(last ?? '')) return text.slice(1, -1);
  }
  return trimmed(text);
}

/** Strips characters at the ends that no address has there. */
function trimmed(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && ' ,;:<([{|'.includes(text.charAt(start))) start += 1;
  while (end > start && ' .,;:!?\'"`)]}>|/\\'.includes(text.charAt(end - 1))) end -= 1;
  return text.slice(start, end);
}

/** The intended local part and domain; null if there is more than one reading. */
function split(alone: string): { local: string; domain: string } | null {
  const pieces = withAt(alone).split(/ ?@[@ ]*/);
  if (pieces[0] === '' && pieces.length > 2) pieces.shift();
  const [local, first, second, ...rest] = pieces;
  if (local === undefined || first === undefined || rest.length > 0) return null;
  const written = second === undefined ? first : joined(first, second);
  const domain = written === null ? null : mendDomain(written.toLowerCase());
  return domain === null ? null : { local, domain };
}

/** `ada@gmail.com@gmail.com` and `ada@gmail@com`; of two other domains, it is not known which is meant. */
function joined(first: string, second: string): string | null {
  if (first.toLowerCase() === second.toLowerCase()) return first;
  const whole = `${first}.${second}`.toLowerCase();
  return PROVIDERS.includes(whole) ? whole : null;
}

/** Inserts an @ that was paraphrased or forgotten. */
function withAt(text: string): string {
  if (text.includes('@')) return text;
  const encoded = text.split(/%40/);
  if (encoded.length === 2) return encoded.join('@');
  const said = text.split(/ ?[([{<] ?at ?[)\]}>] ?/i);
  const words = said.length === 2 ? said : text.split(/ at /i);
  if (words.length === 2 && !words[0]?.includes(' ')) {
    return words.join('@').replace(/ ?[([{<] ?(?:dot|punkt|point) ?[)\]}>] ?| (?:dot|punkt|point) /gi, '.');
  }
  const [, local, domain] = AT_FORGOTTEN.exec(text) ?? [];
  if (local === undefined || HOST_LABEL.test(local) || local.includes(' ')) return text;
  return `${local}@${domain}`;
}

/** Puts the dots of a domain in place, or returns null. Other faults stay in, and `checked` refuses them. */
function mendDomain(written: string): string | null {
  const domain = withoutOddDots(written);
  if (/^[^ ,;:]*$/.test(domain)) return domain.includes('.') ? domain : mendDotless(domain);
  const labels = domain.split(/[ .,;:]+/);
  const [dotted, run] = [labels.join('.'), domain.replaceAll(' ', '')];
  const provider = [run, dotted].find((meant) => PROVIDERS.includes(meant));
  if (provider !== undefined) return provider;
  // `ada@example,com`. A space never replaces a dot but may be next to one, and the next word may follow it.
  const isMarked = /^[^ .,;:]+ ?[.,;:] ?[^ .,;:]+$/.test(domain);
  return isMarked && COMMON_TLDS.has(labels[1] ?? '') ? dotted : null;
}

/** The provider for `gmail`, `gmail-com`, `gmailcom` or `gmial`, if one of them is by far the most likely. */
function mendDotless(name: string): string | null {
  if (name.length < 3) return null;
  const [byLetters, ...others] = PROVIDERS_BY_LETTERS.get(name.replaceAll('-', '')) ?? [];
  if (byLetters !== undefined && others.length === 0) return byLetters;
  const named = PROVIDERS_BY_NAME.get(name) ?? [];
  if (GIANTS.has(`${name}.com`)) return `${name}.com`;
  if (named.length > 0) return named.length === 1 ? (named[0] ?? null) : null;
  const whole = name.endsWith('com') ? `${name.slice(0, -'com'.length)}.com` : `${name}.com`;
  const meant = suggestDomain(whole);
  return meant !== null && GIANTS.has(meant) ? meant : null;
}

function hasOddDots(local: string): boolean {
  return local.startsWith('.') || local.endsWith('.') || local.includes('..');
}

function withoutOddDots(local: string): string {
  return local.startsWith('"')
    ? local
    : local
        .split('.')
        .filter((word) => word !== '')
        .join('.');
}
