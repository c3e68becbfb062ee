/**
 * Canonical form: one spelling for every owner. It is the key for finding duplicates, and for giving out one free key.
 *
 * It merges only spellings that a provider documents as one owner's (shared/alias-rules.ts). For any other domain the
 * local part is lower-cased and unquoted, and that is all: `anna+x@firma.example` may be another person than
 * `anna@firma.example`. Mail is never sent to a canonical address, and it need not be one: `base-@yahoo.com` stands for
 * `base-shop` and `base-news`, whose owner is not that of `base`. A mail server's reply is never stored under it, since
 * one of two spellings may be refused while the other is accepted.
 *
 * Both functions are pure and never throw. They take an address as text or parsed; text that is no address is allowed.
 */

import { type Address, isDotString, parseAddress, unquoteLocal, withoutTag } from './address.ts';
import { ALIAS_RULES, type AliasRule } from './alias-rules.ts';

/** The canonical form. Idempotent. Text that is no address: trimmed and lower-cased. */
export function canonicalOf(address: string | Address): string {
  const read = onTheWire(address);
  if (read === null) return textOf(address).trim().toLowerCase();
  const local = lowerOf(unquoteLocal(read.local));
  const { domain } = read;
  const known = ruleFor(domain);
  // Lower-cased ASCII that needed no quotes needs none.
  if (known === null) return `${read.isQuoted || read.needsSmtputf8 ? quotedIfNeeded(local) : local}@${domain}`;
  const base = known.subdomain ?? baseOf(local, known.rule);
  const folded = fold(base, known.rule);
  // A provider that ignores dots has no mailbox made of dots alone; such a text stays as it is.
  const mailbox = isDotString(folded) ? folded : quotedIfNeeded(local);
  return `${mailbox}@${known.rule.mergesInto ?? known.domain}`;
}

/**
 * Whether a sub-address tag is visible: a plus tag anywhere, or the provider's documented form (Yahoo's `base-keyword`,
 * Fastmail's `tag@name.fastmail.com`).
 */
export function isAlias(address: string | Address): boolean {
  const read = onTheWire(address);
  if (read === null) return false;
  const local = unquoteLocal(read.local);
  if (local.indexOf('+') > 0) return true;
  const known = ruleFor(read.domain);
  return known !== null && (known.subdomain !== null || (known.rule.tag === '-' && local.indexOf('-') > 0));
}

/** The address with its local part in wire form. Only a text is parsed. */
function onTheWire(address: string | Address): Address | null {
  if (typeof address !== 'string') return { ...address, local: address.address.slice(0, -1 - address.domain.length) };
  const parsed = parseAddress(address);
  return parsed.ok ? onTheWire(parsed.address) : null;
}

function textOf(address: string | Address): string {
  return typeof address === 'string' ? address : address.address;
}

type KnownDomain = { readonly rule: AliasRule; readonly domain: string; readonly subdomain: string | null };

const RULE_BY_DOMAIN: ReadonlyMap<string, AliasRule> = new Map(
  ALIAS_RULES.flatMap((rule) => rule.domains.map((domain) => [domain, rule] as const)),
);

/** The rule of a domain; with subdomain addressing, also of `name.domain`. */
function ruleFor(domain: string): KnownDomain | null {
  const rule = RULE_BY_DOMAIN.get(domain);
  if (rule !== undefined) return { rule, domain, subdomain: null };
  const dot = domain.indexOf('.');
  const parent = domain.slice(dot + 1);
  const parentRule = RULE_BY_DOMAIN.get(parent);
  if (parentRule?.hasSubdomains !== true) return null;
  return { rule: parentRule, domain: parent, subdomain: domain.slice(0, dot) };
}

/** The part that names the owner; the mark stays if the spelling without a tag may have another owner. */
function baseOf(local: string, { tag, bareOwner }: AliasRule): string {
  const bare = withoutTag(local, tag);
  return bareOwner === 'another' && bare !== local ? `${bare}${tag}` : bare;
}

/** Drops the characters that the provider ignores and unifies those that it treats as one. */
function fold(base: string, rule: AliasRule): string {
  let folded = '';
  for (const character of base) {
    if (rule.ignores?.includes(character)) continue;
    folded += rule.alike?.includes(character) ? rule.alike.charAt(0) : character;
  }
  return folded;
}

function lowerOf(local: string): string {
  return local.toLowerCase().normalize('NFC');
}

/** RFC 5321 §4.1.2: the quoted and the unquoted form are one; quotes stay only if they are needed. */
function quotedIfNeeded(local: string): string {
  return isDotString(local) ? local : `"${local.replace(/["\\]/g, '\\$&')}"`;
}
