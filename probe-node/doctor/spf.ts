/**
 * Evaluates SPF (RFC 7208) as far as the doctor needs it: ip4, ip6, a, mx, include, redirect and all, with every bound
 * of §4.6.4. Terms that need a message or cost their owner too much (macros, exists, ptr) are `cannot_tell`, unless the
 * result is the same either way.
 *
 * DNS is a parameter, nothing throws, and no record makes this ask more than its bounds allow.
 */
import { type DnsFact, recordsOf } from './dns-answer.ts';
import { isInNetwork } from './ip.ts';
import type { LookUp } from './look-up.ts';

/** RFC 7208 §4.6.4: terms that ask DNS, empty answers, and names of one mx. */
const LOOKUPS_MAX = 10;
const VOID_LOOKUPS_MAX = 2;
const MX_NAMES_MAX = 10;

type SpfKind = 'pass' | 'fail' | 'softfail' | 'neutral' | 'none' | 'permerror' | 'temperror' | 'cannot_tell';

export type SpfResult = {
  readonly kind: SpfKind;
  /** The record of the domain in question, if there is one. */
  readonly record: string | null;
  /** The deciding term, or the fault. */
  readonly why: string;
};

const RESULT_OF = { '+': 'pass', '-': 'fail', '~': 'softfail', '?': 'neutral' } as const;
type Qualifier = keyof typeof RESULT_OF;
const isQualifier = (text: string): text is Qualifier => Object.hasOwn(RESULT_OF, text);

type Term = {
  readonly text: string;
  readonly qualifier: Qualifier;
  readonly name: string;
  /** After `:`, or empty. */
  readonly value: string;
  readonly bits: { readonly 4: number; readonly 6: number };
};

type Outcome = { readonly kind: SpfKind; readonly why: string };
type Match = 'match' | 'no_match' | Outcome;

export async function evaluateSpf(domain: string, ip: string, lookUp: LookUp): Promise<SpfResult> {
  const asker = new Asker(ip, lookUp);
  const found = await asker.recordOf(domain);
  if (found.kind !== 'record') return { ...found, record: null };
  return { ...(await asker.evaluate(domain, found.record)), record: found.record };
}

/** One evaluation: the address, and the look-ups left. */
class Asker {
  readonly #ip: string;
  readonly #family: 4 | 6;
  readonly #lookUp: LookUp;
  #lookups = 0;
  #voids = 0;

  constructor(ip: string, lookUp: LookUp) {
    this.#ip = ip;
    this.#family = ip.includes(':') ? 6 : 4;
    this.#lookUp = lookUp;
  }

  /** The one record of a domain (§4.5), or the result for its lack. */
  async recordOf(
    domain: string,
  ): Promise<{ kind: 'record'; record: string } | (Outcome & { kind: 'none' | 'permerror' | 'temperror' })> {
    const texts = await this.#lookUp.txt(domain);
    if (texts.kind === 'failed') return { kind: 'temperror', why: `TXT of ${domain}: ${texts.fault}` };
    const records = recordsOf(texts).filter((text) => /^v=spf1(?: |$)/i.test(text));
    const [record] = records;
    if (record === undefined) return { kind: 'none', why: `${domain} has no SPF record` };
    if (records.length > 1) return { kind: 'permerror', why: `${domain} has more than one SPF record` };
    return { kind: 'record', record };
  }

  async evaluate(domain: string, record: string): Promise<Outcome> {
    const parsed = parseRecord(record);
    if ('kind' in parsed) return parsed;
    // Terms that could have matched and would have passed: irrelevant if the rest passes too.
    let unclear: string | null = null;
    const settle = (outcome: Outcome): Outcome =>
      unclear === null || outcome.kind === 'pass' ? outcome : { kind: 'cannot_tell', why: unclear };
    for (const term of parsed.terms) {
      const match = await this.#matches(term, domain);
      if (match === 'no_match') continue;
      if (match === 'match') return settle({ kind: RESULT_OF[term.qualifier], why: term.text });
      if (match.kind !== 'cannot_tell') return match;
      if (term.qualifier !== '+') return match;
      unclear ??= match.why;
    }
    if (parsed.redirect === null) return settle({ kind: 'neutral', why: 'no term matches' });
    return settle(await this.#other(parsed.redirect));
  }

  async #matches(term: Term, domain: string): Promise<Match> {
    const target = term.value === '' ? domain : term.value;
    if (target.includes('%')) return { kind: 'cannot_tell', why: `${term.text} has a macro` };
    switch (term.name) {
      case 'all':
        return 'match';
      case 'ip4':
        return this.#family === 4 && isInNetwork(this.#ip, term.value, term.bits[4]) ? 'match' : 'no_match';
      case 'ip6':
        return this.#family === 6 && isInNetwork(this.#ip, term.value, term.bits[6]) ? 'match' : 'no_match';
      case 'include':
        return this.#include(target);
      case 'a':
        return this.#spend() ?? this.#hasAddress([target], term, true);
      case 'mx':
        return this.#spend() ?? this.#mx(target, term);
      default:
        return this.#spend() ?? { kind: 'cannot_tell', why: `${term.text} is not evaluated here` };
    }
  }

  /** §5.2: only a pass of the other record matches. */
  async #include(domain: string): Promise<Match> {
    const outcome = await this.#other(domain);
    if (outcome.kind === 'pass') return 'match';
    return ['fail', 'softfail', 'neutral'].includes(outcome.kind) ? 'no_match' : outcome;
  }

  /** Another domain's record, for include and redirect: its lack breaks the record that names it. */
  async #other(domain: string): Promise<Outcome> {
    if (domain.includes('%')) return { kind: 'cannot_tell', why: `${domain} has a macro` };
    const spent = this.#spend();
    if (spent !== null) return spent;
    const found = await this.recordOf(domain);
    if (found.kind === 'record') return this.evaluate(domain, found.record);
    return found.kind === 'none' ? { kind: 'permerror', why: found.why } : found;
  }

  async #mx(domain: string, term: Term): Promise<Match> {
    const hosts = await this.#lookUp.mx(domain);
    const trouble = this.#troubleOf(hosts, `MX of ${domain}`);
    if (trouble !== null) return trouble;
    const names = recordsOf(hosts).map(({ host }) => host);
    if (names.length > MX_NAMES_MAX) return { kind: 'permerror', why: `${domain} has more than ${MX_NAMES_MAX} MX` };
    return this.#hasAddress(names, term, false);
  }

  async #hasAddress(names: readonly string[], term: Term, areVoidsCounted: boolean): Promise<Match> {
    for (const name of names) {
      const addresses = await this.#lookUp.addresses(name, this.#family);
      if (areVoidsCounted || addresses.kind === 'failed') {
        const trouble = this.#troubleOf(addresses, `address of ${name}`);
        if (trouble !== null) return trouble;
      }
      const isIn = recordsOf(addresses).some((address) => isInNetwork(this.#ip, address, term.bits[this.#family]));
      if (isIn) return 'match';
    }
    return 'no_match';
  }

  #spend(): Outcome | null {
    this.#lookups += 1;
    return this.#lookups > LOOKUPS_MAX ? { kind: 'permerror', why: `more than ${LOOKUPS_MAX} look-ups` } : null;
  }

  #troubleOf(lookup: DnsFact<unknown>, what: string): Outcome | null {
    if (lookup.kind === 'failed') return { kind: 'temperror', why: `${what}: ${lookup.fault}` };
    if (lookup.kind === 'none') this.#voids += 1;
    return this.#voids > VOID_LOOKUPS_MAX
      ? { kind: 'permerror', why: `more than ${VOID_LOOKUPS_MAX} names without records` }
      : null;
  }
}

type Parsed = { readonly terms: readonly Term[]; readonly redirect: string | null };

/** All terms are parsed before one is evaluated: a fault anywhere breaks the record (§4.6). */
function parseRecord(record: string): Parsed | Outcome {
  const terms: Term[] = [];
  let redirect: string | null = null;
  for (const text of record.split(/ +/).slice(1)) {
    if (text === '') continue;
    const modifier = /^([a-z][a-z0-9_.-]*)=(.*)$/i.exec(text);
    if (modifier !== null) {
      // Other modifiers are for receivers, or unknown, and both are ignored (§6).
      if (modifier[1]?.toLowerCase() === 'redirect') redirect = modifier[2] ?? '';
      continue;
    }
    const term = parseTerm(text);
    if (term === null) return { kind: 'permerror', why: `${text} is not an SPF term` };
    terms.push(term);
  }
  // §6.1: without effect if there is an `all`.
  return { terms, redirect: terms.some(({ name }) => name === 'all') ? null : redirect };
}

const TERM = /^([-+~?]?)(all|include|a|mx|ptr|ip4|exists)(?::([^/\s]+))?(?:\/([0-9]{1,2}))?(?:\/\/([0-9]{1,3}))?$/i;
/** A macro may hold anything; it is recognised and not evaluated. */
const MACRO_TERM = /^([-+~?]?)(include|a|mx|ptr|exists):([^\s]*%[^\s]*)$/i;
/** An ip6 value has colons of its own and one prefix length. */
const IP6_TERM = /^([-+~?]?)(ip6):([0-9a-f:.]+)(?:\/([0-9]{1,3}))?$/i;

function parseTerm(text: string): Term | null {
  const ip6 = IP6_TERM.exec(text);
  const match = ip6 ?? MACRO_TERM.exec(text) ?? TERM.exec(text);
  if (match === null) return null;
  const name = (match[2] ?? '').toLowerCase();
  const value = match[3] ?? '';
  const needsValue = ['include', 'exists', 'ip4', 'ip6'].includes(name);
  if ((needsValue && value === '') || (name === 'all' && text.length > 4)) return null;
  const bits = { 4: Number(ip6 ? 32 : (match[4] ?? 32)), 6: Number((ip6 ? match[4] : match[5]) ?? 128) };
  if (bits[4] > 32 || bits[6] > 128) return null;
  if (name === 'ip4' && !/^[0-9]{1,3}(?:\.[0-9]{1,3}){3}$/.test(value)) return null;
  const sign = match[1] === undefined || match[1] === '' ? '+' : match[1];
  return isQualifier(sign) ? { text, qualifier: sign, name, value, bits } : null;
}
