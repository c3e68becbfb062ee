/**
 * Checks the language of comments (part of `npm run check`): at most SHARE_MAX of 1,000 words in the comments of a top
 * folder may be question words (the list is `HIT`). A comment that leans on them has a clause for a subject ("the one that
 * comes second joins the work under way") and must be read twice; a noun and a verb ("concurrent calls share one
 * execution") are read once.
 *
 * A folder that was above the limit has a ceiling of its own in `CEILINGS`, which may only fall. A parser finds the
 * comments, so that texts in strings do not count. Exit code 1 if a folder is above its ceiling; then the lines are printed.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseSync } from 'vite';

/** Hits per 1,000 words of comment. */
export const SHARE_MAX = 4;

/** Folders that are still above the limit. Lower a figure or delete its line; never raise one. */
const CEILINGS: Readonly<Record<string, number>> = {};

/** Files with the most hits that are printed for a folder, and lines of each. */
const FILES_SHOWN = 10;
const LINES_SHOWN = 5;

const HIT = /\b(?:what|whoever|who|nobody|somebody|where)\b/gi;
const WORD = /[a-z']+/gi;

/** Comment words of one file, and the lines with a hit. */
export type CommentCount = {
  readonly file: string;
  readonly words: number;
  /** One entry per hit. */
  readonly hits: readonly { readonly line: number; readonly text: string }[];
};

/** Counts in one source text. Throws if it does not parse. */
export function countComments(file: string, source: string): CommentCount {
  const { comments, errors } = parseSync(file, source);
  if (errors.length > 0) throw new Error(`${file}: ${errors[0]?.message}`);
  const hits: { line: number; text: string }[] = [];
  let words = 0;
  for (const { start, value } of comments) {
    words += value.match(WORD)?.length ?? 0;
    for (const { index } of value.matchAll(HIT)) {
      // Two characters open every comment.
      const at = start + 2 + index;
      const line = source.slice(0, at).split('\n').length;
      hits.push({ line, text: source.split('\n')[line - 1]?.trim() ?? '' });
    }
  }
  return { file, words, hits };
}

/** Faults as texts to print, one for each folder above its ceiling. A file outside of all folders counts under `.`. */
export function faultsOf(
  counts: readonly CommentCount[],
  ceilings: Readonly<Record<string, number>>,
): readonly string[] {
  const byFolder = Map.groupBy(counts, ({ file }) => (file.includes('/') ? file.slice(0, file.indexOf('/')) : '.'));
  return [...byFolder].flatMap(([folder, files]) => {
    const words = files.reduce((sum, file) => sum + file.words, 0);
    const hits = files.reduce((sum, file) => sum + file.hits.length, 0);
    const ceiling = ceilings[folder] ?? SHARE_MAX;
    if (hits * 1000 <= ceiling * words) return [];
    const worst = files.filter((file) => file.hits.length > 0).sort((a, b) => b.hits.length - a.hits.length);
    return [
      [
        `${folder}: ${hits} of ${words} words of comment are what/who/whoever/nobody/somebody/where, ` +
          `${((1000 * hits) / words).toFixed(1)} per 1,000; ${ceiling} are allowed`,
        ...worst.slice(0, FILES_SHOWN).flatMap(({ file, hits }) => linesOf(file, hits)),
      ].join('\n'),
    ];
  });
}

function linesOf(file: string, hits: CommentCount['hits']): readonly string[] {
  const shown = hits.slice(0, LINES_SHOWN).map(({ line, text }) => `  ${file}:${line}: ${text}`);
  return hits.length > LINES_SHOWN ? [...shown, `  ${file}: ${hits.length - LINES_SHOWN} more`] : shown;
}

function sourceFiles(root: string): readonly string[] {
  const { status, stdout, stderr } = spawnSync(
    'git',
    ['-C', root, 'ls-files', '--cached', '--others', '--exclude-standard', '*.ts'],
    { encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(`git ls-files: ${stderr}`);
  return stdout.split('\n').filter((file) => file !== '' && existsSync(path.join(root, file)));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const root = fileURLToPath(new URL('..', import.meta.url));
  const counts = sourceFiles(root).map((file) => countComments(file, readFileSync(path.join(root, file), 'utf8')));
  const faults = faultsOf(counts, CEILINGS);
  if (faults.length > 0) {
    process.stderr.write(
      `${faults.join('\n')}\nTo mend it: say it with a subject and a verb, "if" for a condition, the standard term first.\n`,
    );
    process.exitCode = 1;
  }
}
