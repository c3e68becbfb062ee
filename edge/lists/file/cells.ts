/**
 * The address that a cell holds: alone, or as people and programs write one (`Ada <ada@example.com>`, `mailto:`, quotes,
 * two addresses in one cell).
 *
 * A wrapper is taken off only if what is left is an address and there is one way to read it; otherwise the text stays as it
 * is and is judged as such. Of two addresses in a cell the first is the one that is verified. Pure.
 */
import { type ParsedAddress, parseAddress } from '../../../shared/address.ts';
import { octetsOfLatin1 } from './records.ts';

export type CellAddress = {
  /** The text that is verified. */
  readonly text: string;
  readonly parsed: ParsedAddress;
  /** True if the cell holds more than the address. */
  readonly isWrapped: boolean;
};

/** UTF-16 units of a cell in which an address is looked for. */
const CELL_LENGTH_MAX = 2_048;
/** Addresses in one cell that are looked at. */
const SEVERAL_MAX = 16;

/** The cell's text in the encoding of its file. */
export function textOfCell(latin1: string, decode: (octets: Uint8Array) => string): string {
  return /^[\0-\x7F]*$/.test(latin1) ? latin1 : decode(octetsOfLatin1(latin1));
}

export function addressOfCell(cell: string, parseDomain?: Parameters<typeof parseAddress>[1]): CellAddress {
  // Programs with fields of fixed width fill them up with NULs.
  const text = cell.includes('\0') ? cell.replace(/^[\0\s]+|[\0\s]+$/g, '') : cell;
  const parsed = parseAddress(text, parseDomain);
  if (parsed.ok || text.length > CELL_LENGTH_MAX) return { text, parsed, isWrapped: false };
  const trimmed = text.trim();
  // A cell whose line breaks are at its ends is an address all the same.
  const alone = trimmed === text ? null : parseAddress(trimmed, parseDomain);
  if (alone?.ok === true) return { text: trimmed, parsed: alone, isWrapped: false };
  const inner = innerOf(trimmed);
  if (inner !== null) {
    const read = parseAddress(inner, parseDomain);
    if (read.ok) return { text: inner, parsed: read, isWrapped: true };
  }
  return { text, parsed, isWrapped: false };
}

/** The address inside of a wrapper, or null. */
function innerOf(text: string): string | null {
  const inAngles = /^[^<>]*<\s*(?:mailto:)?([^<>\s]+)\s*>\s*[,;]?$/i.exec(text)?.[1];
  if (inAngles !== undefined) return inAngles;
  const link = /^mailto:\s*([^?\s]+)/i.exec(text)?.[1];
  if (link !== undefined) return percentDecoded(link);
  const quoted = /^(["'`])\s*([^"'`\s]+)\s*\1$/.exec(text)?.[2];
  if (quoted !== undefined) return quoted;
  return firstOfSeveral(text);
}

/** The first of several addresses, if the text holds nothing but addresses and what stands between them. */
function firstOfSeveral(text: string): string | null {
  const words = text.split(/[\s,;|/]+/).filter((word) => word !== '');
  if (words.length === 0 || words.length > SEVERAL_MAX) return null;
  const addresses = words.map((word) => /^<?([^<>]+)>?$/.exec(word)?.[1] ?? word);
  return addresses.every((word) => parseAddress(word).ok) ? (addresses[0] ?? null) : null;
}

function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // A percent sign that escapes nothing is itself.
    return text;
  }
}
