/** What the first rows of a file look like, by the rules that the edge reads it with. */
import { type Delimiter, detect, HEAD_OCTETS } from '../../../edge/lists/detect.ts';

/** What was found, and what a person may correct. */
export type Look = {
  readonly encoding: string;
  readonly delimiter: Delimiter;
  readonly hasHeader: boolean;
  /** From 0. */
  readonly column: number;
  readonly rows: readonly (readonly string[])[];
};

export const DELIMITER_NAMES: Readonly<Record<Delimiter, string>> = {
  ',': 'cells parted by commas',
  ';': 'cells parted by semicolons',
  '\t': 'cells parted by tabs',
  '|': 'cells parted by bars',
};

/** Rejects with a sentence for a person if the file is no list. */
export async function lookAt(file: File): Promise<Look> {
  const head = new Uint8Array(await file.slice(0, HEAD_OCTETS).arrayBuffer());
  const format = /\.(?:tsv|tab)$/i.test(file.name) ? 'tsv' : 'csv';
  const found = detect(head, head.length === file.size, { format, header: 'auto', column: null });
  if (found.kind === 'refused') throw new Error(found.detail);
  const { layout, detected } = found;
  const { encoding, delimiter, hasHeader, column } = layout;
  return { encoding, delimiter, hasHeader, column, rows: detected.preview };
}
