/**
 * Parses a mail domain into the form that the DNS and SMTP use: lower-case A-labels (RFC 5890 §2.3.2.1).
 *
 * IDNA is the URL standard's (UTS #46), which all our runtimes carry. Forms that a URL host may have and a mail domain
 * may not (IPv4 in any notation, `%41`, ports, `_`, empty labels) are refused here, and so are invisible characters,
 * which UTS #46 would drop silently. The joiners U+200C and U+200D are the exception: they are allowed if the script
 * needs them (CONTEXTJ, RFC 5892 appendix A.1 and A.2: Persian, Sinhala, Devanagari), which the URL standard checks
 * (CheckJoiners); a runtime that does not would fail a test. The rules for marks between letters (CONTEXTO, the rest of
 * that appendix) are the registries': a name that breaks one is not registered, and the DNS says so. It asks no DNS and
 * knows no list of top-level domains: a domain may be well-formed and yet not exist.
 *
 * Used by shared/address.ts. Needs `URL` and nothing else; never throws.
 */

/** Octets of a domain: RFC 5321 §4.5.3.1.2. */
const DOMAIN_OCTETS_MAX = 255;
/** Octets of a label: RFC 1035 §2.3.4. */
export const LABEL_OCTETS_MAX = 63;

export const DOMAIN_RULES = {
  domain_empty: { text: 'There is nothing after the @.', section: 'RFC 5321 §4.1.2' },
  domain_literal: { text: 'An IP address in brackets cannot stand for the domain here.', section: 'RFC 5321 §4.1.3' },
  domain_numeric: { text: 'The last part of a domain cannot be a number.', section: 'RFC 3696 §2' },
  domain_dotless: { text: 'The domain needs a dot, as in example.com.', section: 'RFC 7085 §3' },
  domain_label_empty: { text: 'The domain has two dots in a row, or a dot at its start.', section: 'RFC 5321 §4.1.2' },
  domain_dot_end: { text: 'The domain may not end with a dot.', section: 'RFC 5321 §4.1.2' },
  domain_underscore: { text: 'The domain of an address may not contain an underscore.', section: 'RFC 5321 §4.1.2' },
  domain_hyphen: { text: 'No part of the domain may start or end with a hyphen.', section: 'RFC 5321 §4.1.2' },
  domain_reserved: { text: 'A part of the domain has hyphens at a reserved place.', section: 'RFC 5890 §2.3.1' },
  domain_invisible: { text: 'The domain has an invisible character in it.', section: 'RFC 5892 §2.6' },
  domain_character: { text: 'The domain has a character that no domain can have.', section: 'RFC 5321 §4.1.2' },
  domain_idna: { text: 'The international domain name is not valid.', section: 'RFC 5891 §4' },
  domain_label_too_long: { text: 'A part of the domain is longer than 63 octets.', section: 'RFC 1035 §2.3.4' },
  domain_too_long: { text: 'The domain is longer than 255 octets.', section: 'RFC 5321 §4.5.3.1.2' },
} as const;

type DomainRule = keyof typeof DOMAIN_RULES;

/** The domain in both forms, or the broken rule with its position (UTF-16 units from the start of the text). */
export type DomainName =
  | { readonly ok: true; readonly ascii: string; readonly unicode: string }
  | { readonly ok: false; readonly rule: DomainRule; readonly position: number };

/** Zero-width non-joiner and zero-width joiner: part of how Persian, Sinhala and others are written. */
const JOINER = /\u200C|\u200D/u;
/** Invisible characters other than joiners; U+FE0E and U+FE0F choose how an emoji looks and are dropped (UTS #46). */
const INVISIBLE = /(?! |\u200C|\u200D|\uFE0E|\uFE0F)[\p{Z}\p{Cf}\p{Default_Ignorable_Code_Point}]/u;

/** Parses the part after the @. The caller has bounded the length. */
export function parseDomainName(text: string): DomainName {
  if (text === '') return { ok: false, rule: 'domain_empty', position: 0 };
  if (text.startsWith('[')) return { ok: false, rule: 'domain_literal', position: 0 };
  const invisible = /^[ -~]*$/.test(text) ? -1 : text.search(INVISIBLE);
  if (invisible >= 0) return { ok: false, rule: 'domain_invisible', position: invisible };
  const forbidden = text.search(/[^A-Za-z0-9.\-\u0080-\u{10FFFF}]/u);
  if (forbidden >= 0) {
    return { ok: false, rule: text[forbidden] === '_' ? 'domain_underscore' : 'domain_character', position: forbidden };
  }
  const ascii = toAscii(text);
  if (ascii === null) {
    const joiner = misplacedJoiner(text);
    if (joiner >= 0) return { ok: false, rule: 'domain_invisible', position: joiner };
    return { ok: false, rule: ruleBehindIdna(text), position: 0 };
  }
  const fault = faultOfLabels(ascii);
  if (fault !== null) {
    // Offsets in the A-label form do not apply to a text that IDNA has mapped.
    return { ok: false, rule: fault.rule, position: ascii.length === text.length ? fault.position : 0 };
  }
  if (!/(^|\.)xn--/.test(ascii)) return { ok: true, ascii, unicode: ascii };
  const unicode = toUnicode(ascii);
  const rule = faultOfULabels(ascii, unicode);
  return rule === null ? { ok: true, ascii, unicode } : { ok: false, rule, position: 0 };
}

/** Offset of the first joiner that the script around it does not need, or -1. Linear in the length. */
export function misplacedJoiner(text: string): number {
  if (!JOINER.test(text)) return -1;
  for (const { 0: word, index } of text.matchAll(/(?:[\p{L}\p{M}]|\u200C|\u200D)+/gu)) {
    if (JOINER.test(word) && !URL.canParse(`http://${word}/`)) return index + word.search(JOINER);
  }
  return -1;
}

/** `parseDomainName` with a memory of one: a domain that comes twice in a row is parsed once. */
export function createRepeatedDomainName(): typeof parseDomainName {
  let lastText: string | null = null;
  let last: DomainName = parseDomainName('');
  return (text) => {
    if (text !== lastText) last = parseDomainName(text);
    lastText = text;
    return last;
  };
}

/** The A-label form, or null if IDNA refuses. Plain ASCII without A-labels needs no IDNA. */
function toAscii(text: string): string | null {
  const lower = text.toLowerCase();
  if (/^[!-~]*$/.test(text) && !/(^|\.)xn--/.test(lower)) return lower;
  // The text holds no ASCII but letters, digits, dots and hyphens, so nothing in it can end the host early.
  const href = `http://${text}/`;
  return URL.canParse(href) ? new URL(href).hostname : null;
}

/** The plain rule behind an IDNA failure, so that the message for `-ä.de` names its hyphen and not IDNA. */
function ruleBehindIdna(text: string): DomainRule {
  const labels = text.normalize('NFKC').split(/[.\u3002]/u);
  if (labels.some((label) => label.startsWith('-') || label.endsWith('-'))) return 'domain_hyphen';
  if (/^(0x[0-9a-f]*|[0-9]+)$/i.test(labels.at(-1) ?? '')) return 'domain_numeric';
  return 'domain_idna';
}

function faultOfLabels(ascii: string): { rule: DomainRule; position: number } | null {
  let last = '';
  for (let position = 0; position <= ascii.length; position += last.length + 1) {
    const dot = ascii.indexOf('.', position);
    last = dot < 0 ? ascii.slice(position) : ascii.slice(position, dot);
    const rule = faultOfLabel(last, dot < 0 && position > 0);
    if (rule !== null) return { rule, position: rule === 'domain_dot_end' ? position - 1 : position };
  }
  if (last.length === ascii.length) return { rule: 'domain_dotless', position: 0 };
  if (/^[0-9]+$/.test(last)) return { rule: 'domain_numeric', position: ascii.length - last.length };
  if (ascii.length > DOMAIN_OCTETS_MAX) return { rule: 'domain_too_long', position: DOMAIN_OCTETS_MAX };
  return null;
}

function faultOfLabel(label: string, isLast: boolean): DomainRule | null {
  if (label === '') return isLast ? 'domain_dot_end' : 'domain_label_empty';
  if (label.includes('_')) return 'domain_underscore';
  if (!/^[a-z0-9-]+$/.test(label)) return 'domain_character';
  if (label.startsWith('-') || label.endsWith('-')) return 'domain_hyphen';
  if (label.length > LABEL_OCTETS_MAX) return 'domain_label_too_long';
  if (label.startsWith('--', 2) && !label.startsWith('xn--')) return 'domain_reserved';
  return null;
}

/**
 * Catches faults that the URL standard lets pass: A-labels in the input that decode to nothing lawful (RFC 5891 §5.3:
 * converting back must give the same), and U-labels with misplaced hyphens (§4.2.3.1).
 */
function faultOfULabels(ascii: string, unicode: string): DomainRule | null {
  const labels = unicode.split('.');
  if (labels.some((label) => label.startsWith('xn--'))) return 'domain_idna';
  if (labels.some((label) => label.startsWith('-') || label.endsWith('-'))) return 'domain_hyphen';
  if (labels.some((label) => label.startsWith('--', 2))) return 'domain_reserved';
  return toAscii(unicode) === ascii ? null : 'domain_idna';
}

/** A-labels as U-labels, for display. A label that does not decode stays as it is. */
function toUnicode(ascii: string): string {
  return ascii
    .split('.')
    .map((label) => (label.startsWith('xn--') ? (decodePunycode(label.slice(4)) ?? label) : label))
    .join('.');
}

/** Punycode to text, RFC 3492 §6.2 with the parameters of §5. Null for anything malformed. */
function decodePunycode(encoded: string): string | null {
  const basicEnd = encoded.lastIndexOf('-');
  const output = basicEnd > 0 ? Array.from(encoded.slice(0, basicEnd)) : [];
  let codePoint = 128;
  let bias = 72;
  let delta = 0;
  for (let at = basicEnd + 1; at < encoded.length; ) {
    const before = delta;
    for (let weight = 1, k = 36; ; k += 36) {
      const digit = '0123456789abcdefghijklmnopqrstuvwxyz'.indexOf(encoded.charAt(at++));
      if (at > encoded.length || digit < 0) return null;
      const value = digit < 10 ? digit + 26 : digit - 10;
      delta += value * weight;
      const threshold = Math.min(26, Math.max(1, k - bias));
      if (value < threshold) break;
      weight *= 36 - threshold;
    }
    bias = adaptBias(delta - before, output.length + 1, before === 0);
    codePoint += Math.floor(delta / (output.length + 1));
    if (codePoint > 0x10ffff) return null;
    delta %= output.length + 1;
    output.splice(delta++, 0, String.fromCodePoint(codePoint));
  }
  return output.join('');
}

/** RFC 3492 §6.1. */
function adaptBias(deltaRaw: number, count: number, isFirst: boolean): number {
  let delta = Math.floor(deltaRaw / (isFirst ? 700 : 2));
  delta += Math.floor(delta / count);
  let k = 0;
  for (; delta > 455; k += 36) delta = Math.floor(delta / 35);
  return k + Math.floor((36 * delta) / (delta + 38));
}
