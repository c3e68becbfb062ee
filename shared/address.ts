/**
 * Parses an email address: RFC 5321 §4.1.2 Mailbox with RFC 6531 (UTF-8 local parts, international domains).
 *
 * `parseAddress` is the only way for an address to enter. Its result holds no CR, LF, NUL or other control character
 * and keeps to the octet limits, so it may stand in an SMTP command. Refused: comments, folding white space, address
 * literals, dotless domains (all legal in message headers, none of them a mailbox on today's internet). It never asks
 * whether the domain exists and never throws; every refusal names its rule and its position.
 *
 * White space and invisible characters at the ends come from copying and are dropped; inside they are a named fault.
 * Joiners (U+200C, U+200D) stay if the script around them needs them; see shared/domain-name.ts. The rules hold for the
 * address as written and for its wire form: NFC makes `;` of U+037E, a Greek question mark. A line break is refused
 * even at the ends: a caller that passes one has split its input wrongly. Time is linear in the length; input longer
 * than INPUT_LENGTH_MAX is refused unread.
 */
import { DOMAIN_RULES, LABEL_OCTETS_MAX, misplacedJoiner, parseDomainName } from './domain-name.ts';

/** Longest input that is read, in UTF-16 units: a path of 254 octets with much room for spaces around it. */
const INPUT_LENGTH_MAX = 1024;
/** Octets of the local part: RFC 5321 §4.5.3.1.1. Quotes and backslashes count, as they do on the wire. */
const LOCAL_OCTETS_MAX = 64;
/** Octets of local part, @ and domain: RFC 5321 §4.5.3.1.3 allows a path of 256, of which `<` and `>` take two. */
const ADDRESS_OCTETS_MAX = 254;

export const ADDRESS_RULES = {
  empty: { text: 'The address is empty.', section: 'RFC 5321 §4.1.2' },
  input_too_long: { text: 'The text is far too long for an address.', section: 'RFC 5321 §4.5.3.1.3' },
  control_character: { text: 'The address has a line break or another control character.', section: 'RFC 5321 §4.1.2' },
  invisible_character: { text: 'The address has an invisible character in it.', section: 'RFC 6532 §3.1' },
  broken_character: { text: 'The address has a character that is not valid Unicode.', section: 'RFC 6532 §3.1' },
  white_space: { text: 'The address has a space in it.', section: 'RFC 5321 §4.1.2' },
  comment: { text: 'Comments in parentheses are not part of an address.', section: 'RFC 5321 §4.1.2' },
  angle_bracket: { text: 'Give the address alone, without a name and without < and >.', section: 'RFC 5321 §4.1.2' },
  at_missing: { text: 'The address has no @.', section: 'RFC 5321 §4.1.2' },
  at_repeated: { text: 'The address has more than one @.', section: 'RFC 5321 §4.1.2' },
  local_empty: { text: 'There is nothing before the @.', section: 'RFC 5321 §4.1.2' },
  local_dot_start: { text: 'The part before the @ may not start with a dot.', section: 'RFC 5321 §4.1.2' },
  local_dot_end: { text: 'The part before the @ may not end with a dot.', section: 'RFC 5321 §4.1.2' },
  local_dot_double: { text: 'The part before the @ has two dots in a row.', section: 'RFC 5321 §4.1.2' },
  local_character: {
    text: 'The part before the @ has a character that is not allowed there.',
    section: 'RFC 5321 §4.1.2',
  },
  quote_open: { text: 'A quotation mark is opened and not closed.', section: 'RFC 5321 §4.1.2' },
  quote_partial: { text: 'Quotation marks must go around the whole part before the @.', section: 'RFC 5321 §4.1.2' },
  quote_escape: { text: 'A backslash stands before a character that it cannot escape.', section: 'RFC 5321 §4.1.2' },
  local_too_long: { text: 'The part before the @ is longer than 64 octets.', section: 'RFC 5321 §4.5.3.1.1' },
  address_too_long: { text: 'The address is longer than 254 octets.', section: 'RFC 5321 §4.5.3.1.3' },
  ...DOMAIN_RULES,
} as const satisfies Record<string, { text: string; section: string }>;

export type AddressRule = keyof typeof ADDRESS_RULES;

export type Address = {
  /** The input, unchanged. */
  readonly input: string;
  /** The local part as written, quotes included. */
  readonly local: string;
  /** Lower-case A-labels, as the DNS is asked. */
  readonly domain: string;
  /** The domain for display. */
  readonly domainUnicode: string;
  /** Local part in NFC, @ and A-label domain: the form for the wire and for every later check. */
  readonly address: string;
  /** The local part is not ASCII: only servers that offer SMTPUTF8 can take it (RFC 6531 §3.4). */
  readonly needsSmtputf8: boolean;
  readonly isQuoted: boolean;
};

export type AddressFault = {
  readonly ok: false;
  readonly rule: AddressRule;
  /** UTF-16 offset in the input of the first wrong character. */
  readonly position: number;
  /** One sentence for a person. Holds nothing of the address. */
  readonly detail: string;
};

export type ParsedAddress = { readonly ok: true; readonly address: Address } | AddressFault;

/**
 * Parses one mailbox. Never throws; the head of this file lists the accepted forms. `parseDomain` may be a cached
 * `parseDomainName`, for a caller that reads many addresses of one domain.
 */
export function parseAddress(input: string, parseDomain: typeof parseDomainName = parseDomainName): ParsedAddress {
  if (input.length > INPUT_LENGTH_MAX) return faultAt('input_too_long', INPUT_LENGTH_MAX);
  const usual = readUsual(input);
  if (usual !== null) return { ok: true, address: usual };
  // ASCII needs none of the Unicode tests.
  const isPlain = isPrintableAscii(input);
  const { start, end } = isPlain ? { start: 0, end: input.length } : edgesOf(input);
  const text = input.slice(start, end);
  if (text === '') return faultAt('empty', 0);
  const unseen = isPlain ? null : faultOfCharacters(text);
  if (unseen !== null) return faultAt(unseen.rule, start + unseen.position);
  const split = text.startsWith('"') ? scanQuoted(text) : scanDotString(text);
  if ('rule' in split) return faultAt(split.rule, start + split.position);
  const { at } = split;
  const domainText = text.slice(at + 1);
  const outside = faultOfDomainText(domainText);
  if (outside !== null) return faultAt(outside.rule, start + at + 1 + outside.position);
  const domain = parseDomain(domainText);
  if (!domain.ok) return faultAt(domain.rule, start + at + 1 + domain.position);

  const local = text.slice(0, at);
  const localWire = isPlain ? local : local.normalize('NFC');
  if (localWire !== local) {
    const changed = faultOfWireForm(local, localWire);
    if (changed !== null) return faultAt(changed.rule, start + changed.position);
  }
  const address = `${localWire}@${domain.ascii}`;
  const wireOctets = isPlain ? local.length : octetsOf(localWire);
  // Both forms must fit: other senders use the address as written.
  const localOctets = isPlain ? local.length : Math.max(octetsOf(local), wireOctets);
  if (localOctets > LOCAL_OCTETS_MAX) return faultAt('local_too_long', start);
  if (localOctets + 1 + domain.ascii.length > ADDRESS_OCTETS_MAX) return faultAt('address_too_long', start);
  return {
    ok: true,
    address: {
      input,
      local,
      domain: domain.ascii,
      domainUnicode: domain.unicode,
      address,
      needsSmtputf8: wireOctets !== localWire.length,
      isQuoted: text.startsWith('"'),
    },
  };
}

/** The content of a quoted local part without its escapes; any other local part as it is. */
export function unquoteLocal(local: string): string {
  return local.startsWith('"') ? local.slice(1, -1).replace(/\\(.)/gsu, '$1') : local;
}

/** The local part without its sub-address tag. A tag follows a name: a mark at the very start is no tag, and stays. */
export function withoutTag(local: string, mark: string): string {
  const start = local.indexOf(mark, 1);
  return start < 0 ? local : local.slice(0, start);
}

/** Whether a text may stand before the @ without quotes (RFC 5321 §4.1.2 Dot-string, RFC 6531 §3.3). */
export function isDotString(text: string): boolean {
  const end = scanDotString(text);
  return 'rule' in end && end.rule === 'at_missing' && text !== '' && !text.endsWith('.');
}

/**
 * Fast path for the usual form: a Dot-string of ASCII, and a domain in lower case with single hyphens inside its
 * labels, which no further rule can refuse. An address in another form may be valid too.
 */
const USUAL =
  /^([A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*)@([a-z0-9]+(?:-[a-z0-9]+)*(?:\.[a-z0-9]+(?:-[a-z0-9]+)*)*\.[a-z]{2,63})$/;

/** The parts of an address in the usual form; null if it needs the full parser. */
function readUsual(input: string): Address | null {
  const [, local, domain] = USUAL.exec(input) ?? [];
  if (local === undefined || domain === undefined) return null;
  // A domain of this length has no label that is too long, and no address of both is too long.
  if (local.length > LOCAL_OCTETS_MAX || domain.length > LABEL_OCTETS_MAX) return null;
  return {
    input,
    local,
    domain,
    domainUnicode: domain,
    address: `${local}@${domain}`,
    needsSmtputf8: false,
    isQuoted: false,
  };
}

type Fault = { readonly rule: AddressRule; readonly position: number };

function faultAt(rule: AddressRule, position: number): AddressFault {
  return { ok: false, rule, position, detail: ADDRESS_RULES[rule].text };
}

/** Space, tab and invisible characters, which are dropped at the ends. CR and LF are not among them. */
const EDGE = /[\t \p{Z}\p{Cf}\p{Default_Ignorable_Code_Point}]/u;

/** First and last offset without the edges. */
function edgesOf(input: string): { start: number; end: number } {
  let start = 0;
  let end = input.length;
  while (start < end && EDGE.test(characterAt(input, start))) start += characterAt(input, start).length;
  while (end > start && EDGE.test(characterBefore(input, end))) end -= characterBefore(input, end).length;
  return { start, end };
}

function characterAt(text: string, index: number): string {
  return String.fromCodePoint(text.codePointAt(index) ?? 0);
}

function characterBefore(text: string, index: number): string {
  const isPair = /^[\uD800-\uDBFF][\uDC00-\uDFFF]$/.test(text.slice(Math.max(0, index - 2), index));
  return text.slice(index - (isPair ? 2 : 1), index);
}

/**
 * Finds a character that no address can have, at any place; U+FFFD is the trace of bytes that a decoder could not read.
 * U+FE0E and U+FE0F choose how an emoji looks: allowed.
 */
function faultOfCharacters(text: string): Fault | null {
  const position = text.search(
    /[\p{Cc}\p{Cs}\p{Co}\p{Noncharacter_Code_Point}\uFFFD]|(?! |\uFE0E|\uFE0F|\u200C|\u200D)[\p{Z}\p{Cf}\p{Default_Ignorable_Code_Point}]/u,
  );
  if (position < 0) return faultOfJoiners(text);
  const character = characterAt(text, position);
  if (/\p{Cc}/u.test(character)) return { rule: 'control_character', position };
  return { rule: EDGE.test(character) ? 'invisible_character' : 'broken_character', position };
}

/** A joiner between characters that do not join, before the @ or after it. */
function faultOfJoiners(text: string): Fault | null {
  const position = misplacedJoiner(text);
  return position < 0 ? null : { rule: 'invisible_character', position };
}

/** The fault of the wire form of a local part that was right as written, at the first character that changed. */
function faultOfWireForm(local: string, wire: string): Fault | null {
  const split = wire.startsWith('"') ? scanQuoted(`${wire}@`) : scanDotString(`${wire}@`);
  if ('at' in split && split.at === wire.length) return null;
  let position = 0;
  while (position < wire.length && wire[position] === local[position]) position += 1;
  return { rule: 'rule' in split ? split.rule : 'local_character', position };
}

/** RFC 5321 §4.1.2 Quoted-string, then @. Space and most marks may stand inside; a backslash takes one of 32..126. */
function scanQuoted(text: string): { at: number } | Fault {
  let index = 1;
  for (; index < text.length && text[index] !== '"'; index += 1) {
    if (text[index] !== '\\') continue;
    index += 1;
    if (index >= text.length) break;
    if (text.charCodeAt(index) > 126) return { rule: 'quote_escape', position: index };
  }
  if (index >= text.length) return { rule: 'quote_open', position: 0 };
  const next = text[index + 1];
  if (next === '@') return { at: index + 1 };
  if (next === undefined) return { rule: 'at_missing', position: text.length };
  return { rule: ruleOfMark(next) ?? 'quote_partial', position: index + 1 };
}

/** RFC 5321 §4.1.2 Dot-string of RFC 5322 §3.2.3 atext and any non-ASCII character (RFC 6531 §3.3), then @. */
function scanDotString(text: string): { at: number } | Fault {
  // A combining mark needs a letter before it: at the start it would join the character before the address.
  if (/^\p{M}/u.test(text)) return { rule: 'local_character', position: 0 };
  const found = text.search(/[^A-Za-z0-9!#$%&'*+\-/=?^_`{|}~.\u0080-\uFFFF]/);
  const stop = found < 0 ? text.length : found;
  const doubleDot = text.indexOf('..');
  if (stop === 0 && text.startsWith('@')) return { rule: 'local_empty', position: 0 };
  if (text.startsWith('.')) return { rule: 'local_dot_start', position: 0 };
  if (doubleDot >= 0 && doubleDot < stop) return { rule: 'local_dot_double', position: doubleDot + 1 };
  if (stop === text.length) return { rule: 'at_missing', position: stop };
  const character = text.charAt(stop);
  if (character === '@') return text[stop - 1] === '.' ? { rule: 'local_dot_end', position: stop - 1 } : { at: stop };
  const otherwise = character === '"' ? 'quote_partial' : 'local_character';
  return { rule: ruleOfMark(character) ?? otherwise, position: stop };
}

/** Marks that show the writer's intent: a better message than "not allowed". */
function ruleOfMark(character: string): AddressRule | null {
  if (character === ' ') return 'white_space';
  if (character === '(' || character === ')') return 'comment';
  return character === '<' || character === '>' ? 'angle_bracket' : null;
}

/** Faults of the domain that a message about the whole address explains better than one about domains. */
function faultOfDomainText(domainText: string): Fault | null {
  if (domainText.startsWith('[')) return null;
  const position = domainText.search(/[@ ()<>]/);
  if (position < 0) return null;
  return { rule: ruleOfMark(domainText.charAt(position)) ?? 'at_repeated', position };
}

function isPrintableAscii(text: string): boolean {
  return /^[!-~]*$/.test(text);
}

function octetsOf(text: string): number {
  return isPrintableAscii(text) ? text.length : new TextEncoder().encode(text).length;
}
