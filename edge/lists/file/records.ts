/**
 * Records of a delimited text (RFC 4180 and its relatives) with the exact place of each in the bytes, so that a row can be
 * given back as it was.
 *
 * csv-parse reads; here is what files do that no dialect allows. A quotation mark that is never closed, or closed in the
 * middle of a word lines later, would swallow other people's rows: such a line is read again without quoting, alone. Bytes
 * are read as Latin-1, one character each, which is right for every encoding that keeps ASCII; cells.ts decodes.
 * A record longer than RECORD_OCTETS_MAX is read as a line, and a line longer than that is `tooLong`.
 */
import { Buffer } from 'node:buffer';
import { parse } from 'csv-parse/sync';

/** Octets of one record. Spreadsheets allow 32,767 characters in a cell; people's rows are far shorter. */
export const RECORD_OCTETS_MAX = 262_144;
/** Lines of one slice that are read again without quoting; behind them the slice has no quoting at all. */
const REREAD_MAX = 20;

const CARRIAGE_RETURN = 13;
const LINE_FEED = 10;

export type TextRecord = {
  /** First octet, and the one behind the last; line ends are outside. */
  readonly start: number;
  readonly end: number;
  /** In Latin-1. */
  readonly cells: readonly string[];
};

export type RecordsRead = {
  readonly records: readonly TextRecord[];
  /** Octets up to the end of the last complete record with its line end. */
  readonly consumed: number;
  /** True if what follows is one line that is too long to be a record. */
  readonly isTooLong: boolean;
};

/**
 * The complete records of a slice.
 *
 * @param isEnd true if nothing follows: then the last record needs no line end
 */
export function readRecords(bytes: Uint8Array, delimiter: string, isEnd: boolean): RecordsRead {
  const records: TextRecord[] = [];
  let consumed = 0;
  let rereads = 0;
  while (consumed < bytes.length) {
    const rest = bytes.subarray(consumed);
    const quote = rereads < REREAD_MAX ? '"' : null;
    const pass = readPass(rest, delimiter, quote, isEnd);
    for (const record of pass.records) {
      records.push({ ...record, start: record.start + consumed, end: record.end + consumed });
    }
    consumed += pass.consumed;
    if (pass.stop === 'complete') break;
    const line = lineAt(bytes, consumed, isEnd);
    if (line === null) return { records, consumed, isTooLong: bytes.length - consumed > RECORD_OCTETS_MAX };
    if (line.end - line.start > RECORD_OCTETS_MAX) return { records, consumed, isTooLong: true };
    rereads += 1;
    const [alone] = readPass(bytes.subarray(line.start, line.end), delimiter, null, true).records;
    if (alone !== undefined) records.push({ ...alone, start: line.start, end: line.end });
    consumed = line.next;
  }
  return { records, consumed, isTooLong: false };
}

type Pass = {
  readonly records: readonly TextRecord[];
  readonly consumed: number;
  /** `line`: what follows must be read as a line without quoting. */
  readonly stop: 'complete' | 'line';
};

/** Ends the parser in the middle. */
class Malformed extends Error {}

function readPass(bytes: Uint8Array, delimiter: string, quote: string | null, isEnd: boolean): Pass {
  const records: TextRecord[] = [];
  let consumed = 0;
  let fault: unknown = null;
  try {
    parse(bytes, {
      delimiter,
      encoding: 'latin1',
      quote,
      record_delimiter: ['\r\n', '\n', '\r'],
      relax_quotes: true,
      relax_column_count: true,
      skip_empty_lines: true,
      max_record_size: RECORD_OCTETS_MAX,
      on_record(cells, context) {
        const start = afterLineEnds(bytes, consumed);
        const end = beforeLineEnd(bytes, start, context.bytes);
        if (!isEnd && isCutOff(bytes, context.bytes)) return null;
        if (quote !== null && isMalformed(bytes, start, end, cells, delimiter)) throw new Malformed();
        records.push({ start, end, cells });
        consumed = context.bytes;
        return null;
      },
    });
  } catch (error) {
    fault = error;
  }
  if (fault === null) return { records, consumed: isEnd ? bytes.length : consumed, stop: 'complete' };
  // A quotation mark that is open at the end of a slice may be closed in the next one.
  const isOpenAtEnd =
    codeOf(fault) === 'CSV_QUOTE_NOT_CLOSED' && !isEnd && bytes.length - consumed <= RECORD_OCTETS_MAX;
  if (isOpenAtEnd) return { records, consumed, stop: 'complete' };
  if (!(fault instanceof Malformed) && codeOf(fault) === null) throw fault;
  return { records, consumed: afterLineEnds(bytes, consumed), stop: 'line' };
}

function codeOf(fault: unknown): string | null {
  const code = typeof fault === 'object' && fault !== null && 'code' in fault ? fault.code : null;
  return code === 'CSV_QUOTE_NOT_CLOSED' || code === 'CSV_MAX_RECORD_SIZE' ? code : null;
}

/** True if more of the record, or the other half of its line end, may follow behind the slice. */
function isCutOff(bytes: Uint8Array, end: number): boolean {
  const last = bytes[end - 1];
  return end >= bytes.length && last !== LINE_FEED;
}

/**
 * True for a record of several lines whose quotation marks are not in pairs around whole cells: the parser has made one of
 * what are several.
 */
function isMalformed(
  bytes: Uint8Array,
  start: number,
  end: number,
  cells: readonly string[],
  delimiter: string,
): boolean {
  if (!cells.some((cell) => cell.includes('\n') || cell.includes('\r'))) return false;
  const text = latin1Of(bytes.subarray(start, end));
  const other = `[^"\\r\\n${delimiter === '\t' ? '\\t' : `\\${delimiter}`}]*`;
  const cell = `(?:"[^"]*(?:""[^"]*)*"|${other})`;
  return !new RegExp(`^${cell}(?:\\${delimiter === '\t' ? 't' : delimiter}${cell})*$`).test(text);
}

function afterLineEnds(bytes: Uint8Array, from: number): number {
  let at = from;
  while (at < bytes.length && (bytes[at] === LINE_FEED || bytes[at] === CARRIAGE_RETURN)) at += 1;
  return at;
}

function beforeLineEnd(bytes: Uint8Array, start: number, from: number): number {
  let end = from;
  if (end > start && bytes[end - 1] === LINE_FEED) end -= 1;
  if (end > start && bytes[end - 1] === CARRIAGE_RETURN) end -= 1;
  return end;
}

/** The line that begins at an offset, or null if its end is not there yet. */
function lineAt(
  bytes: Uint8Array,
  start: number,
  isEnd: boolean,
): { readonly start: number; readonly end: number; readonly next: number } | null {
  let end = start;
  while (end < bytes.length && bytes[end] !== LINE_FEED && bytes[end] !== CARRIAGE_RETURN) end += 1;
  if (end === bytes.length && !isEnd) return null;
  const isPair = bytes[end] === CARRIAGE_RETURN && bytes[end + 1] === LINE_FEED;
  return { start, end, next: Math.min(bytes.length, end + (isPair ? 2 : 1)) };
}

/** One character for each octet. */
export function latin1Of({ buffer, byteOffset, byteLength }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString('latin1');
}

/** The octets of a Latin-1 text. */
export function octetsOfLatin1(text: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.from(text, 'latin1'));
}
