/** Wraps text to the width of the terminal. A pipe or a file gets each text as one line. */
import { Help } from '@commander-js/extra-typings';

const COLUMNS_DEFAULT = 80;

/** The part of a stream that is used here. */
type Screen = { readonly isTTY?: boolean; readonly columns?: number };

/** Columns of the terminal; infinite if the stream is not a terminal. */
export function widthOf(stream: Screen): number {
  return stream.isTTY === true ? stream.columns || COLUMNS_DEFAULT : Number.POSITIVE_INFINITY;
}

/** Indents each line of the text by `indent` columns and wraps it between words. */
export function wrap(text: string, indent: number, width: number): string {
  const margin = ' '.repeat(indent);
  return `${margin}${new Help().boxWrap(text, width - indent).replaceAll('\n', `\n${margin}`)}`;
}
