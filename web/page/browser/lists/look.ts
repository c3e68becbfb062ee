import type { Delimiter } from '../../../../edge/lists/file/detect.ts';

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
  ',': 'cells separated by commas',
  ';': 'cells separated by semicolons',
  '\t': 'cells separated by tabs',
  '|': 'cells separated by bars',
};
