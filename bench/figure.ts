/** One row of the table, and the table. */

export type Figure = {
  readonly figure: string;
  readonly ours: string;
  readonly baseline: string;
  readonly target: string;
  /** Null if the figure has no target and is shown for comparison only. */
  readonly isReached: boolean | null;
  /** All measured numbers, for machines. */
  readonly measured: Readonly<Record<string, unknown>>;
};

const HEAD = ['figure', 'ours', 'baseline', 'target', 'reached'] as const;

/** Columns padded to the widest cell. */
export function renderTable(figures: readonly Figure[]): string {
  const rows = figures.map(({ figure, ours, baseline, target, isReached }) => [
    figure,
    ours,
    baseline,
    target,
    isReached === null ? '' : isReached ? 'yes' : 'NO',
  ]);
  const widths = HEAD.map((head, column) => Math.max(head.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  return [line(HEAD), `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`, ...rows.map(line)].join('\n');
}

export type Spread = { readonly median: number; readonly min: number; readonly max: number; readonly runs: number };

export function spreadOf(samples: readonly number[]): Spread {
  const sorted = samples.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const median = ((sorted[Math.ceil(middle) - 1] ?? Number.NaN) + (sorted[Math.floor(middle)] ?? Number.NaN)) / 2;
  return { median, min: sorted[0] ?? Number.NaN, max: sorted.at(-1) ?? Number.NaN, runs: sorted.length };
}

/** `median (min–max)` with a fixed number of digits. */
export function showSpread({ median, min, max }: Spread, digits: number): string {
  return `${median.toFixed(digits)} (${min.toFixed(digits)}–${max.toFixed(digits)})`;
}
