/**
 * What an uploaded file is, by its first octets: encoding, delimiter, header, and the column of the addresses. Pure.
 *
 * A file that is no text of rows is refused with the reason, whatever it is called. The delimiter is the one with which most
 * rows have a cell that is an address, then the one with which rows have equally many cells. The column is the one with the
 * largest share of addresses; of several, header words decide. What the caller has said counts for more than all of it.
 */
import { addressOfCell, textOfCell } from './cells.ts';
import { decoderOf, type Encoding, encodingOf } from './encoding.ts';
import { headerScore } from './header-words.ts';
import { readRecords, type TextRecord } from './records.ts';

/** Octets of a file's beginning that are looked at. */
export const HEAD_OCTETS = 262_144;
/** Records that are looked at. */
const SAMPLE_MAX = 500;
const DELIMITERS = [',', ';', '\t', '|'] as const;
export type Delimiter = (typeof DELIMITERS)[number];

/** Records that a preview shows, a header and twenty rows, and characters of each cell. */
const PREVIEW_MAX = 21;
const PREVIEW_LENGTH_MAX = 200;

export const LIST_FORMATS = ['csv', 'tsv', 'text', 'json'] as const;
export type ListFormat = (typeof LIST_FORMATS)[number];

export type Detected = {
  readonly format: ListFormat;
  readonly encoding: Encoding;
  readonly delimiter: Delimiter;
  readonly header: boolean;
  /** `index` counts from 1. `name` is null without a header. */
  readonly column: { readonly index: number; readonly name: string | null };
  readonly preview: readonly (readonly string[])[];
};

export type Layout = {
  readonly encoding: Encoding;
  readonly delimiter: Delimiter;
  readonly hasHeader: boolean;
  /** Column of the addresses, from 0. */
  readonly column: number;
  /** Octets before the first record: a BOM, and a line `sep=;`. */
  readonly preambleOctets: number;
  /** Cells of the header, or of the first record. */
  readonly width: number;
};

export type Detection =
  | { readonly kind: 'found'; readonly layout: Layout; readonly detected: Detected }
  /** `media`: a type that is not taken; `unreadable`: a text that cannot be read. */
  | { readonly kind: 'refused'; readonly fault: 'media' | 'unreadable'; readonly detail: string };

export type DetectWishes = {
  readonly format: ListFormat;
  readonly header: 'auto' | 'yes' | 'no';
  /** Name or 1-based number of the column, or null. */
  readonly column: string | null;
};

/**
 * @param head the first HEAD_OCTETS of the file in UTF-8 or in the encoding it came in, or all of it
 * @param isWhole true if the file ends with the head
 */
export function detect(head: Uint8Array, isWhole: boolean, wishes: DetectWishes): Detection {
  const binary = binaryFaultOf(head);
  if (binary !== null) return refused('media', binary);
  const found = encodingOf(head);
  if (found.kind === 'refused') return refused('media', found.detail);
  const { encoding, bomOctets } = found;
  const decode = decoderOf(encoding);
  if (isHtml(decode(head.subarray(bomOctets, bomOctets + 1_024)))) {
    return refused('media', 'This is a web page (HTML), not a list; export it as CSV.');
  }
  const separator = separatorLineOf(head.subarray(bomOctets));
  const preambleOctets = bomOctets + (separator?.octets ?? 0);
  const body = head.subarray(preambleOctets);
  const delimiter = separator?.delimiter ?? (wishes.format === 'tsv' ? '\t' : delimiterOf(body, isWhole));
  const { records, isTooLong } = readRecords(body, delimiter, isWhole);
  if (records.length === 0) {
    if (isTooLong || !isWhole) {
      return refused(
        'unreadable',
        'The first line is longer than a row can be; put each address on a line of its own.',
      );
    }
    return refused('unreadable', 'The file is empty.');
  }
  const rows = records.slice(0, SAMPLE_MAX).map((record) => rowOf(record, decode));
  const hasHeader = headerOf(rows, wishes.header);
  const names = hasHeader ? (rows[0] ?? []) : [];
  const data = hasHeader ? rows.slice(1) : rows;
  const column = columnOf(names, data, wishes.column);
  if (typeof column === 'string') return refused('unreadable', column);
  const width = rows[0]?.length ?? 1;
  const name = hasHeader ? (names[column] ?? null) : null;
  return {
    kind: 'found',
    layout: { encoding, delimiter, hasHeader, column, preambleOctets, width },
    detected: {
      format: wishes.format === 'csv' && delimiter === '\t' ? 'tsv' : wishes.format,
      encoding,
      delimiter,
      header: hasHeader,
      column: { index: column + 1, name },
      preview: rows.slice(0, PREVIEW_MAX).map((row) => row.map((cell) => cell.slice(0, PREVIEW_LENGTH_MAX))),
    },
  };
}

function refused(fault: 'media' | 'unreadable', detail: string): Detection {
  return { kind: 'refused', fault, detail };
}

const SPREADSHEET =
  'This is a spreadsheet (.xlsx). The page and the command line (vrfy list FILE.xlsx) convert it; or save it as CSV.';

/** What a file is that is no text, in a sentence; null for one that may be text. */
function binaryFaultOf(head: Uint8Array): string | null {
  const starts = (...octets: readonly number[]): boolean => octets.every((octet, at) => head[at] === octet);
  if (starts(0x50, 0x4b, 0x03, 0x04) || starts(0x50, 0x4b, 0x05, 0x06)) {
    const names = new TextDecoder('latin1').decode(head.subarray(0, 65_536));
    return /\[Content_Types\]\.xml|xl\/|_rels\//.test(names)
      ? SPREADSHEET
      : 'This is a ZIP archive; unpack it, and send the list that is in it.';
  }
  if (starts(0xd0, 0xcf, 0x11, 0xe0)) return 'This is an old spreadsheet (.xls); save it as CSV.';
  if (starts(0x25, 0x50, 0x44, 0x46)) return 'This is a PDF; export the list as CSV.';
  return null;
}

function isHtml(text: string): boolean {
  return /^\s*(?:<!doctype html|<html|<head|<body|<table|<\?xml[^>]*>\s*<(?:!doctype html|html))/i.test(text);
}

/** The line by which spreadsheets are told the delimiter: `sep=;`. */
function separatorLineOf(body: Uint8Array): { readonly delimiter: Delimiter; readonly octets: number } | null {
  const text = new TextDecoder('latin1').decode(body.subarray(0, 16));
  const [line, mark] = /^"?sep=(.)"?(?:\r\n|\n|\r)/i.exec(text) ?? [];
  const delimiter = DELIMITERS.find((known) => known === mark);
  return line === undefined || delimiter === undefined ? null : { delimiter, octets: line.length };
}

function delimiterOf(body: Uint8Array, isWhole: boolean): Delimiter {
  const sample = body.subarray(0, 65_536);
  const isEnd = isWhole && sample.length === body.length;
  const scores = DELIMITERS.map((delimiter) => {
    const records = readRecords(sample, delimiter, isEnd).records.slice(0, SAMPLE_MAX);
    const withAddress = records.filter(({ cells }) => cells.some(isAddressAlone)).length;
    const widths = Map.groupBy(records, ({ cells }) => cells.length);
    const [width = 1, usual = []] = [...widths].sort((a, b) => b[1].length - a[1].length)[0] ?? [];
    const evenness = width === 1 ? 0 : usual.length / Math.max(1, records.length);
    return { delimiter, score: 2 * (withAddress / Math.max(1, records.length)) + evenness, width };
  });
  const best = scores.sort((a, b) => b.score - a.score || b.width - a.width)[0];
  // Rows of one cell: a comma is what readers expect beside it.
  return best === undefined || best.width === 1 ? ',' : best.delimiter;
}

function isAddressAlone(cell: string): boolean {
  return cell.includes('@') && addressOfCell(cell).parsed.ok;
}

function rowOf({ cells }: TextRecord, decode: (octets: Uint8Array) => string): readonly string[] {
  return cells.map((cell) => textOfCell(cell, decode).replace(/^\uFEFF/, ''));
}

function headerOf(rows: readonly (readonly string[])[], wish: DetectWishes['header']): boolean {
  if (wish !== 'auto') return wish === 'yes';
  const [first = [], ...rest] = rows;
  if (first.some((cell) => cell.includes('@'))) return false;
  if (first.some((cell) => headerScore(cell) > 0)) return true;
  // A header in words that nobody has listed: the rows below have addresses, and it has none.
  return rest.some((row) => row.some(isAddressAlone)) && first.some((cell) => /\p{L}/u.test(cell));
}

/** The column of the addresses from 0, or why there is none. */
function columnOf(
  names: readonly string[],
  data: readonly (readonly string[])[],
  wish: string | null,
): number | string {
  const width = Math.max(names.length, ...data.map((row) => row.length));
  if (wish !== null) return columnSaid(names, width, wish);
  const scores = Array.from({ length: width }, (_, column) => {
    const filled = data.filter((row) => isAddressAlone(row[column] ?? '')).length;
    const share = filled / Math.max(1, data.length);
    return { column, share, score: share + headerScore(names[column] ?? '') };
  });
  const best = scores.sort((a, b) => b.score - a.score || a.column - b.column)[0];
  if (best === undefined || best.score === 0) {
    // One column and nothing that looks like an address: they are all judged, and told to be none.
    if (width <= 1) return 0;
    return 'No column looks like one of email addresses; name it with ?column=.';
  }
  return best.column;
}

function columnSaid(names: readonly string[], width: number, wish: string): number | string {
  const plain = (text: string): string => text.trim().toLowerCase();
  const named = names.findIndex((name) => plain(name) === plain(wish));
  if (named >= 0) return named;
  const number = /^[0-9]{1,5}$/.test(wish) ? Number(wish) : 0;
  if (number >= 1 && number <= width) return number - 1;
  return `There is no column of this name or number; the file has ${width}.`;
}
