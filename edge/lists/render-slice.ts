/**
 * One slice of a list's results: its records as they came with our cells behind them, or as NDJSON. Pure; the octets and
 * what is known of the rows are given.
 */
import type { ParsedAddress } from '../../shared/address.ts';
import type { Verdict } from '../../shared/verdict.ts';
import { ownCells, ownHeader, type RowResult, verdictOfReason } from './export-rows.ts';
import type { CellAddress } from './file/cells.ts';
import { decoderOf } from './file/encoding.ts';
import { latin1Of, octetsOfLatin1, readRecords } from './file/records.ts';
import type { RowKeys } from './list-key.ts';
import type { ListRecord, RowFact, Slice } from './list-record.ts';
import { canonicalKeyOf, createCellReader, keyOfCell } from './read-rows.ts';

export type ResultFormat = 'csv' | 'ndjson';

export type ResultWishes = {
  readonly format: ResultFormat;
  /** Only rows with one of these; null for all. */
  readonly verdicts: readonly Verdict[] | null;
  /**
   * One bit for each row number: the first rows of the owners that the slices before have given, to which this slice adds
   * its own. A row of an owner among them is left out. Null for every row.
   */
  readonly given: Uint8Array<ArrayBuffer> | null;
};

export type RenderPorts = {
  readonly keys: RowKeys;
  readonly factsOf: (keys: readonly string[]) => ReadonlyMap<string, RowFact>;
  /** The address that may have been meant by a text, or null. */
  readonly suggestionFor: (text: string, parsed: ParsedAddress) => string | null;
};

/** @param bytes those of the slice, from its first octet to its last */
export function renderSlice(
  record: ListRecord,
  slice: Slice,
  bytes: Uint8Array,
  wishes: ResultWishes,
  ports: RenderPorts,
): Uint8Array<ArrayBuffer> {
  const { layout } = record;
  if (layout === null) return new Uint8Array(0);
  const preambleOctets = slice.start === 0 ? layout.preambleOctets : 0;
  const body = bytes.subarray(preambleOctets);
  const { records } = readRecords(body, layout.delimiter, true);
  const text = latin1Of(body);
  const lines: string[] = [];
  const isCsv = wishes.format === 'csv';
  if (isCsv && preambleOctets > 0) lines.push(latin1Of(bytes.subarray(0, preambleOctets)));
  const hasHeader = slice.start === 0 && layout.hasHeader;
  const [header] = records;
  const width = Math.max(layout.width, record.widest);
  if (hasHeader && isCsv && header !== undefined) {
    lines.push(
      text.slice(header.start, header.end) +
        ownHeader(layout, header.cells.length, width) +
        lineEndAt(text, header.end),
    );
  }
  const data = hasHeader ? records.slice(1) : records;
  const readCell = createCellReader(layout, decoderOf(layout.encoding));
  const read = data.map(({ cells }) => placed(readCell(cells), ports.keys));
  const facts = ports.factsOf([...new Set(read.flatMap(({ key, canonicalKey }) => [key, canonicalKey]))]);
  for (const [offset, { start, end, cells }] of data.entries()) {
    const cell = read[offset];
    if (cell === undefined) break;
    const row = slice.rowsBefore + offset + 1;
    const result = resultOf(cell, row, facts, record.dedupe, ports.suggestionFor);
    if (!isWanted(result, wishes.verdicts)) continue;
    // After the verdict: an owner's first row may have a verdict that leaves it out.
    if (wishes.given !== null && isGiven(wishes.given, result.duplicateOf ?? row)) continue;
    if (!isCsv) lines.push(lineOfJson(row, cell, result));
    else lines.push(text.slice(start, end) + ownCells(layout, cells.length, width, result) + lineEndAt(text, end));
  }
  return isCsv ? octetsOfLatin1(lines.join('')) : new TextEncoder().encode(lines.join(''));
}

type PlacedCell = CellAddress & { readonly key: string; readonly canonicalKey: string };

function placed(cell: CellAddress, keys: RowKeys): PlacedCell {
  const key = keyOfCell(cell, keys);
  return { ...cell, key, canonicalKey: cell.parsed.ok ? canonicalKeyOf(cell.parsed.address, key, keys) : key };
}

function resultOf(
  { key, canonicalKey, text, parsed, isWrapped }: PlacedCell,
  row: number,
  facts: ReadonlyMap<string, RowFact>,
  dedupe: ListRecord['dedupe'],
  suggestionFor: RenderPorts['suggestionFor'],
): RowResult {
  const fact = facts.get(key);
  const first = dedupe === 'canonical' ? facts.get(canonicalKey)?.canon : fact?.row;
  const reason = fact?.reason ?? null;
  const meant = suggestionFor(text, parsed);
  return {
    reason,
    // A cell that holds more than its address says with this which address was verified.
    didYouMean: meant ?? (isWrapped && parsed.ok ? parsed.address.address : null),
    duplicateOf: dedupe !== 'off' && first !== undefined && first !== null && first < row ? first : null,
    checkedAtMs: reason === null ? null : (fact?.atMs ?? null),
  };
}

function isWanted({ reason }: RowResult, verdicts: ResultWishes['verdicts']): boolean {
  const verdict = verdictOfReason(reason);
  return verdicts === null || (verdict !== null && verdicts.includes(verdict));
}

/** True if the bit is set already; sets it. */
function isGiven(given: Uint8Array, row: number): boolean {
  const octet = given[row >> 3] ?? 0;
  const bit = 1 << (row & 7);
  given[row >> 3] = octet | bit;
  return (octet & bit) !== 0;
}

function lineOfJson(row: number, { text, parsed }: CellAddress, result: RowResult): string {
  const { reason, didYouMean, duplicateOf, checkedAtMs } = result;
  const line = {
    row,
    email: text,
    address: parsed.ok ? parsed.address.address : null,
    verdict: verdictOfReason(reason),
    reason,
    did_you_mean: didYouMean,
    duplicate_of: duplicateOf,
    checked_at: checkedAtMs === null ? null : new Date(checkedAtMs).toISOString(),
  };
  return `${JSON.stringify(line)}\n`;
}

/** The line end behind a record, or one where the file ends without. */
function lineEndAt(text: string, end: number): string {
  if (text.startsWith('\r\n', end)) return '\r\n';
  return text.charAt(end) === '\r' ? '\r' : '\n';
}
