/**
 * The encoding of a file, by its first octets: what a BOM says, else what the bytes can be.
 *
 * Every encoding that keeps ASCII is given back as it came, so that a wrong guess among them can only spoil the letters of a
 * preview. UTF-16 becomes UTF-8 once (lists/receive.ts). ISO-2022-JP and UTF-7 write ASCII characters in ways that hide delimiters,
 * and are refused. Encoding Standard (encoding.spec.whatwg.org); RFC 2152; RFC 1468.
 */

export const ENCODINGS = ['utf-8', 'utf-16le', 'utf-16be', 'windows-1252', 'shift_jis', 'gbk'] as const;
export type Encoding = (typeof ENCODINGS)[number];

export type EncodingFound =
  | { readonly kind: 'found'; readonly encoding: Encoding; readonly bomOctets: number }
  | { readonly kind: 'refused'; readonly detail: string };

/** Pairs of octets that are looked at for UTF-16 without a BOM. */
const PAIRS_MAX = 2_048;
/** Share of pairs whose one half is NUL, beyond which a text of Latin letters is UTF-16. */
const NUL_SHARE = 0.4;
/** Words among the letters of an East Asian text, at most. */
const RUNS_SHARE_MAX = 0.7;

export function encodingOf(head: Uint8Array): EncodingFound {
  const [first, second, third] = head;
  if (first === 0xef && second === 0xbb && third === 0xbf) return found('utf-8', 3);
  if (first === 0xff && second === 0xfe) return found('utf-16le', 2);
  if (first === 0xfe && second === 0xff) return found('utf-16be', 2);
  const escaped = refusalOf(head);
  if (escaped !== null) return { kind: 'refused', detail: escaped };
  const wide = wideEncodingOf(head);
  if (wide !== null) return found(wide, 0);
  if (isUtf8(head)) return found('utf-8', 0);
  const shiftJis = shareOfPairs(head, isShiftJisLead, isShiftJisTrail, (octet) => octet >= 0xa1 && octet <= 0xdf);
  const gbk = shareOfPairs(
    head,
    (octet) => octet >= 0x81 && octet <= 0xfe,
    isGbkTrail,
    () => false,
  );
  if (shiftJis !== null && shiftJis >= (gbk ?? 0)) return found('shift_jis', 0);
  if (gbk !== null && gbk > 0) return found('gbk', 0);
  return found('windows-1252', 0);
}

function found(encoding: Encoding, bomOctets: number): EncodingFound {
  return { kind: 'found', encoding, bomOctets };
}

/** Text of octets that may be cut off in the middle of a character. */
export function decoderOf(encoding: Encoding): (octets: Uint8Array) => string {
  const decoder = new TextDecoder(encoding, { ignoreBOM: true });
  return (octets) => decoder.decode(octets);
}

/** They change to Japanese letters (RFC 1468). */
const JIS_ESCAPES = ['\u001B$@', '\u001B$B', '\u001B(J', '\u001B(I'];

function refusalOf(head: Uint8Array): string | null {
  let text = '';
  for (const octet of head.subarray(0, 16_384)) text += String.fromCharCode(octet);
  if (JIS_ESCAPES.some((code) => text.includes(code))) {
    return 'The file is in ISO-2022-JP (JIS); save it as UTF-8 or as Shift_JIS and send it again.';
  }
  if (/^\+\/v[89+/]/.test(text) || (/\+AEA-/.test(text) && !text.includes('@'))) {
    return 'The file is in UTF-7; save it as UTF-8 and send it again.';
  }
  return null;
}

/** UTF-16 without a BOM, told by the NULs of its Latin letters. */
function wideEncodingOf(head: Uint8Array): Encoding | null {
  const pairs = Math.min(PAIRS_MAX, Math.floor(head.length / 2));
  if (pairs < 2) return null;
  let even = 0;
  let odd = 0;
  for (let pair = 0; pair < pairs; pair += 1) {
    if (head[2 * pair] === 0 && head[2 * pair + 1] !== 0) even += 1;
    if (head[2 * pair] !== 0 && head[2 * pair + 1] === 0) odd += 1;
  }
  if (odd / pairs > NUL_SHARE && even === 0) return 'utf-16le';
  if (even / pairs > NUL_SHARE && odd === 0) return 'utf-16be';
  return null;
}

/** Whether the head is UTF-8, its last character perhaps cut off. */
function isUtf8(head: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(head, { stream: true });
    return true;
  } catch {
    return false;
  }
}

/**
 * How well the octets beyond ASCII go in pairs: the share of pairs among them, or null if one does not fit. East Asian
 * letters stand in words of two and more; a Latin letter or quotation mark beyond ASCII stands alone.
 */
function shareOfPairs(
  head: Uint8Array,
  isLead: (octet: number) => boolean,
  isTrail: (octet: number) => boolean,
  isSingle: (octet: number) => boolean,
): number | null {
  let pairs = 0;
  let runs = 0;
  let singles = 0;
  let lastEnd = -1;
  for (let at = 0; at < head.length; at += 1) {
    const octet = head[at] ?? 0;
    if (octet < 0x80) continue;
    const next = head[at + 1];
    if (next === undefined) break;
    if (isLead(octet) && isTrail(next)) {
      pairs += 1;
      if (lastEnd !== at) runs += 1;
      at += 1;
      lastEnd = at + 1;
    } else if (isSingle(octet)) singles += 1;
    else return null;
  }
  if (pairs === 0 || runs / pairs > RUNS_SHARE_MAX) return null;
  return pairs / (pairs + singles);
}

/** JIS X 0208 in Shift_JIS, where kana are in 0x82 and 0x83 and kanji from 0x88. */
function isShiftJisLead(octet: number): boolean {
  return (octet >= 0x81 && octet <= 0x84) || (octet >= 0x88 && octet <= 0x9f) || (octet >= 0xe0 && octet <= 0xfc);
}

function isShiftJisTrail(octet: number): boolean {
  return octet >= 0x40 && octet <= 0xfc && octet !== 0x7f;
}

function isGbkTrail(octet: number): boolean {
  return octet >= 0x40 && octet <= 0xfe && octet !== 0x7f;
}
