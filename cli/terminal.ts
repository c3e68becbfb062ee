/** How text fits the terminal that shows it. A pipe or a file gets each text as one line. */
import { Help } from '@commander-js/extra-typings';

const COLUMNS_DEFAULT = 80;

/** What of a stream matters here. */
type Screen = { readonly isTTY?: boolean; readonly columns?: number };

/** Columns of the terminal; without bound if the stream is none. */
export function widthOf(stream: Screen): number {
  return stream.isTTY === true ? stream.columns || COLUMNS_DEFAULT : Number.POSITIVE_INFINITY;
}

/** The text, each of its lines indented by so many columns and wrapped between words to fit the width. */
export function wrap(text: string, indent: number, width: number): string {
  const margin = ' '.repeat(indent);
  return `${margin}${new Help().boxWrap(text, width - indent).replaceAll('\n', `\n${margin}`)}`;
}
