/**
 * `npm run accuracy -- FILE.jsonl…`: scores labelled cases and prints the confusion table and one line of figures per
 * file.
 *
 * Reads the files and the disposable set; the scoring is cli/score.ts. Exit codes: 0 however good the figures are, 2
 * for a file that cannot be read, is not JSONL, or holds cases of an unknown kind. Options: `--misses` lists the wrong
 * answers, `--json` writes one JSON object per file.
 */
import { readFileSync } from 'node:fs';
import { Command } from '@commander-js/extra-typings';
import { openDisposableSet } from '../edge/checks/disposable.ts';
import { UsageError } from './exit.ts';
import { run, setUp } from './harness.ts';
import { type Case, MalformedCase, type Score, scoreCases } from './score.ts';

const DISPOSABLE_BIN = new URL('../edge/checks/data/disposable.bin', import.meta.url);

await run(
  setUp(new Command('accuracy'))
    .usage('FILE.jsonl... [options]')
    .description('Scores labelled cases, and prints the confusion and one line of figures for each file.')
    .argument('[file...]', 'files of labelled cases, one JSON object on each line')
    .option('--misses', 'list the wrong answers')
    .option('--json', 'write one JSON object for each file')
    .addHelpText('after', '\nExample:\n  npm run accuracy -- replies.jsonl --misses')
    .action((files, { json, misses }) => {
      if (files.length === 0) throw new UsageError('a file with labelled cases is needed');
      const ports = { isDisposable: openSet() };
      for (const file of files) {
        const score = scoreFile(file, ports);
        process.stdout.write(json ? `${JSON.stringify({ file, ...score })}\n` : render(file, score, misses === true));
      }
    }),
  process.argv.slice(2),
  'npm run accuracy --',
);

function openSet(): (domain: string) => boolean {
  const bytes = new Uint8Array(readFileSync(DISPOSABLE_BIN));
  const set = openDisposableSet(bytes.buffer);
  return (domain) => set.has(domain);
}

function scoreFile(file: string, ports: Parameters<typeof scoreCases>[1]): Score {
  try {
    return scoreCases(readCases(file), ports);
  } catch (error) {
    if (error instanceof MalformedCase) throw new UsageError(`${file}: ${error.message}`);
    throw error;
  }
}

function readCases(file: string): readonly Case[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new UsageError(`${file} cannot be read: ${error instanceof Error ? error.message : 'unknown fault'}`);
  }
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line, index) => {
      const parsed = parseJson(line);
      if (typeof parsed !== 'object' || parsed === null)
        throw new UsageError(`${file}:${index + 1} is not a JSON object`);
      return { ...parsed };
    });
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    // The caller names the file and the line, which says more than the parser's message.
    return null;
  }
}

function render(file: string, score: Score, withMisses: boolean): string {
  const misses = withMisses
    ? score.misses.map(({ subject, detail }) => `  ${subject}\n      ${detail}\n`).join('')
    : '';
  const figures = Object.entries(score.figures).map(
    ([name, value]) => `${name.replaceAll('_', ' ')} ${figure(name, value)}`,
  );
  return `${file}\n${table(score.confusion)}${misses}${score.kind}: ${figures.join(', ')}, cases ${score.cases}\n`;
}

function figure(name: string, value: number): string {
  return name.endsWith('_share') ? `${(100 * value).toFixed(2)} %` : String(value);
}

/** One row per right answer, one column per answer of ours. */
function table(confusion: Score['confusion']): string {
  const rows = Object.keys(confusion).sort();
  const columns = [...new Set(rows.flatMap((row) => Object.keys(confusion[row] ?? {})))].sort();
  const width = Math.max(...[...rows, ...columns, 'right \\ said'].map((word) => word.length)) + 2;
  const line = (first: string, cells: readonly (string | number)[]): string =>
    `  ${first.padEnd(width)}${cells.map((cell) => String(cell).padStart(width)).join('')}\n`;
  return (
    line('right \\ said', columns) +
    rows
      .map((row) =>
        line(
          row,
          columns.map((column) => confusion[row]?.[column] ?? 0),
        ),
      )
      .join('')
  );
}
