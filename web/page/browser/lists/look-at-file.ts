/** What the first rows of a file look like, by the rules that the edge reads it with. */
import { detect, HEAD_OCTETS } from '../../../../edge/lists/file/detect.ts';
import type { Look } from './look.ts';

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
