/**
 * Distance between a typed word and the intended word, in typing errors.
 *
 * Optimal string alignment (Damerau-Levenshtein without overlaps) with a cost per kind of error: a letter typed twice
 * or a neighbouring key costs less than a letter from the other end of the keyboard. One typo costs about 1. Pure; both
 * words are short (providers' names), so that the time is bounded by their product.
 */

/** The least cost of an error that adds, loses or changes a letter. */
const COST_LEAST = 0.9;
const COST_SWAP = 1;
const COST_LOST = 1;
const COST_LOST_OF_DOUBLE = 0.9;
const COST_DOUBLED = 0.9;
const COST_EXTRA_NEIGHBOUR = 0.95;
const COST_EXTRA = 1.1;
const COST_NEIGHBOUR = 0.95;
const COST_LOOKALIKE = 1;
const COST_OTHER = 1.4;
/** The previous letter repeated in place of another (`yahho`). */
const COST_REPEATED = 1.1;
/** All letters there, in a wrong order. */
const COST_SCRAMBLED = 1.1;
/** More than any caller accepts. */
const COST_BEYOND = 9;

/** Distances above this are not computed exactly: no caller tells them apart. */
const LENGTH_DIFFERENCE_MAX = 2;
/** Letters of the intended word that may be missing in the typed one. */
const MISSING_MAX = 2;

const KEY_ROWS = ['1234567890', 'qwertyuiop', 'asdfghjkl', 'zxcvbnm'] as const;
/** Vowels, and characters that look or sound alike. */
const LOOKALIKES = ['aeiouy', 'il1', 'o0', 'mn', 'uvw', 'ck', 'sz', 'td'] as const;

/**
 * The cost of typing `typed` for `meant`; COST_BEYOND if the two have little in common, or as soon as the cost is
 * certain to exceed `costMax`.
 */
export function slipCost(typed: string, meant: string, costMax = COST_BEYOND): number {
  const lengthDifference = Math.abs(typed.length - meant.length);
  if (lengthDifference > LENGTH_DIFFERENCE_MAX || lengthDifference * COST_LEAST > costMax) return COST_BEYOND;
  if (!sharesLetters(typed, meant, Math.min(MISSING_MAX, costMax / COST_LEAST))) return COST_BEYOND;
  const shorter = Math.min(typed.length, meant.length);
  // Equal beginnings and ends cost nothing; fill the table only for the part between them.
  let start = 0;
  while (start < shorter && typed[start] === meant[start]) start += 1;
  let end = 0;
  while (end < shorter - start && typed.at(-1 - end) === meant.at(-1 - end)) end += 1;
  const cost = costBetween(typed, meant, start, end);
  return cost > COST_SCRAMBLED && isScrambled(typed, meant) ? COST_SCRAMBLED : cost;
}

/** Fills the table row by row, keeping the row above and the one above that (for swaps). */
function costBetween(typed: string, meant: string, start: number, end: number): number {
  const columns = meant.length - end - start;
  let twoAbove: number[] = [];
  let above: number[] = [];
  let row: number[] = [0];
  for (let j = 1; j <= columns; j += 1) row.push(at(row, j - 1) + costOfLost(meant, start + j - 1));
  for (let i = start; i < typed.length - end; i += 1) {
    const extra = costOfExtra(typed, i);
    [twoAbove, above, row] = [above, row, [at(row, 0) + extra]];
    for (let j = 1; j <= columns; j += 1) {
      const m = start + j - 1;
      let best = Math.min(at(above, j) + extra, at(row, j - 1) + costOfLost(meant, m));
      best = Math.min(best, at(above, j - 1) + costOfOther(typed, i, meant.charAt(m)));
      const isSwap = i > start && j > 1 && typed[i] === meant[m - 1] && typed[i - 1] === meant[m];
      row.push(isSwap ? Math.min(best, at(twoAbove, j - 2) + COST_SWAP) : best);
    }
  }
  return at(row, columns);
}

/** Two letters swapped, or one typed twice or once too few: another word is unlikely to look like that. */
export function isPlainSlip(typed: string, meant: string): boolean {
  if (typed.length === meant.length) return sortedLetters(typed) === sortedLetters(meant);
  const collapsed = (word: string): string => word.replace(/(.)\1+/g, '$1');
  return collapsed(typed) === collapsed(meant);
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? COST_BEYOND;
}

function costOfLost(meant: string, at: number): number {
  return meant[at] === meant[at - 1] || meant[at] === meant[at + 1] ? COST_LOST_OF_DOUBLE : COST_LOST;
}

function costOfExtra(typed: string, at: number): number {
  const extra = typed.charAt(at);
  const before = typed.charAt(at - 1);
  const after = typed.charAt(at + 1);
  if (extra === before || extra === after) return COST_DOUBLED;
  return isNeighbour(extra, before) || isNeighbour(extra, after) ? COST_EXTRA_NEIGHBOUR : COST_EXTRA;
}

function costOfOther(typed: string, index: number, meant: string): number {
  const letter = typed.charAt(index);
  if (letter === meant) return 0;
  if (isNeighbour(letter, meant)) return COST_NEIGHBOUR;
  if (LOOKALIKES.some((group) => group.includes(letter) && group.includes(meant))) return COST_LOOKALIKE;
  return letter === typed[index - 1] ? COST_REPEATED : COST_OTHER;
}

/** The keys that touch each key of a QWERTY keyboard, whose rows are offset by half a key. */
const NEIGHBOURS: ReadonlyMap<string, string> = new Map(
  KEY_ROWS.flatMap((keys, row) => [...keys].map((key, at) => [key, keysAround(row, at)] as const)),
);

function keysAround(row: number, at: number): string {
  const touching = KEY_ROWS.flatMap((others, otherRow) =>
    [...others].filter((_, otherAt) => {
      const distance = Math.abs(at + row / 2 - otherAt - otherRow / 2);
      return Math.abs(row - otherRow) <= 1 && distance <= 1 && !(row === otherRow && at === otherAt);
    }),
  );
  return touching.join('');
}

function isNeighbour(first: string, second: string): boolean {
  return second !== '' && NEIGHBOURS.get(first)?.includes(second) === true;
}

/** A quick bound before the table: each letter that is missing in the typed word is an error of its own. */
function sharesLetters(typed: string, meant: string, missingMax: number): boolean {
  let missing = 0;
  for (let index = 0; index < meant.length && missing <= missingMax; index += 1) {
    if (!typed.includes(meant.charAt(index))) missing += 1;
  }
  return missing <= missingMax;
}

/** Six letters or more, the same letters, the same first and last: `icould` for `icloud`. */
function isScrambled(typed: string, meant: string): boolean {
  if (typed.length !== meant.length || meant.length < 6) return false;
  if (typed[0] !== meant[0] || typed.at(-1) !== meant.at(-1)) return false;
  return sortedLetters(typed) === sortedLetters(meant);
}

function sortedLetters(word: string): string {
  return [...word].sort().join('');
}
