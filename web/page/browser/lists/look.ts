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
  ',': 'cells parted by commas',
  ';': 'cells parted by semicolons',
  '\t': 'cells parted by tabs',
  '|': 'cells parted by bars',
};
