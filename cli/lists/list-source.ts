/** The file of a list as it is uploaded: content, media type and name. */
import { openAsBlob } from 'node:fs';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { UsageError } from '../exit.ts';
import { visible } from '../visible.ts';
import { csvOf } from './sheet-csv.ts';

/** Octets of a workbook: it is unpacked in memory. */
const SHEET_OCTETS_MAX = 25 * 1024 * 1024;
const TYPES: Readonly<Record<string, string>> = {
  '.tsv': 'text/tab-separated-values',
  '.tab': 'text/tab-separated-values',
  '.txt': 'text/plain',
};

export type ListSource = {
  readonly content: Blob | ReadableStream<Uint8Array>;
  readonly type: string;
  /** Null for standard input. */
  readonly name: string | null;
  readonly encoding?: 'gzip';
};

/** @param file path of a file, or `-` for standard input */
export async function openSource(file: string): Promise<ListSource> {
  if (file === '-') {
    const content = Readable.toWeb(process.stdin) as ReadableStream<Uint8Array>;
    return { content, type: 'text/csv', name: null };
  }
  const name = path.basename(file);
  const found = await stat(file).catch(() => null);
  if (found === null || !found.isFile()) throw new UsageError(`there is no file ${visible(file)}`);
  if (found.size === 0) throw new UsageError(`${visible(file)} is empty`);
  const isGzip = /\.gz$/i.test(name);
  const extension = path.extname(isGzip ? name.slice(0, -3) : name).toLowerCase();
  if (extension === '.xls') {
    throw new UsageError(`${visible(file)} is of an older Excel; save it as .xlsx or .csv and try again`);
  }
  if (extension === '.xlsx') {
    return { content: new Blob([await readWorkbook(file, found.size)]), type: 'text/csv', name };
  }
  const type = TYPES[extension] ?? 'text/csv';
  return { content: await openAsBlob(file), type, name, ...(isGzip ? { encoding: 'gzip' as const } : {}) };
}

/** The first sheet of a workbook as CSV. */
async function readWorkbook(file: string, octets: number): Promise<string> {
  if (octets > SHEET_OCTETS_MAX) {
    throw new UsageError(`${visible(file)} is larger than 25 MB; save it as .csv and try again`);
  }
  // Loaded on demand: it brings a ZIP and an XML reader.
  const { readSheet } = await import('read-excel-file/node');
  const rows = await readSheet(file).catch(() => null);
  if (rows === null) throw new UsageError(`${visible(file)} cannot be read as an Excel workbook`);
  if (rows.length === 0) throw new UsageError(`the first sheet of ${visible(file)} is empty`);
  return csvOf(rows as readonly (readonly unknown[])[]);
}
