/**
 * The matrix: a row for each provider, a column for each source address. Drawn by hand, since 12,000 cells are many: a
 * heartbeat changes the cells of its node that say another word, and nothing else. Rows are boxes of fixed size that the
 * browser lays out and paints each for itself (style.css), which it does not do with the rows of a table.
 *
 * A grid of one tab stop (WAI-ARIA APG): arrows, Home and End move in it, and the cell in focus is told in a sentence.
 */
import type { NodeReport } from '../../../../shared/enrolment.ts';
import { type Cell, cellsOf, nameOfSource, sentenceOfCell, TREATMENTS, type TreatmentWord } from './cell.ts';

/** Rows at most: hosts can be made up in any number. Those with trouble come first, then the busiest. */
const ROWS_MAX = 100;
/** Columns that have room for words; more show a shape only, so that a fleet is seen at a glance. */
const WORDS_MAX = 10;

type Column = {
  readonly key: string;
  readonly id: string;
  readonly region: string;
  readonly name: string;
  cells: ReadonlyMap<string, Cell>;
};
type Row = {
  readonly provider: string;
  readonly element: HTMLElement;
  /** In the order of the columns. */
  readonly cells: readonly HTMLElement[];
  readonly words: (TreatmentWord | undefined)[];
  readonly counts: Record<TreatmentWord, number>;
};

export type Matrix = {
  /** Shows the nodes of which some have changed. */
  show(nodes: readonly NodeReport[], changed: ReadonlySet<string>): void;
};

export type MatrixEvents = {
  /** The cell in focus, in a sentence. */
  readonly onSaid: (sentence: string) => void;
  /** Providers that have no row. */
  readonly onHidden: (count: number) => void;
};

export function createMatrix(grid: HTMLElement, { onSaid, onHidden }: MatrixEvents): Matrix {
  let columns: readonly Column[] = [];
  let rows: readonly Row[] = [];
  let shown: ReadonlySet<string> = new Set();
  let tabStop: HTMLElement | null = null;

  const build = (): void => {
    const providers = providersOf(columns);
    rows = providers.slice(0, ROWS_MAX).map((provider) => rowOf(provider, columns));
    shown = new Set(rows.map(({ provider }) => provider));
    onHidden(providers.length - rows.length);
    // Rows that are not looked at have no width of their own.
    grid.style.setProperty('--columns', String(columns.length));
    grid.style.setProperty('--regions', String(new Set(columns.map(({ region }) => region)).size));
    grid.className = columns.length > WORDS_MAX ? 'shapes' : 'words';
    grid.replaceChildren(headOf(columns), ...rows.map(({ element }) => element));
    stopAt(rows[0]?.cells[0] ?? null);
  };

  const stopAt = (cell: HTMLElement | null): void => {
    if (tabStop !== null) tabStop.tabIndex = -1;
    tabStop = cell;
    if (cell !== null) cell.tabIndex = 0;
  };

  const placeOf = (cell: HTMLElement): { readonly line: number; readonly place: number } | null => {
    const line = rows.findIndex(({ element }) => element === cell.parentElement);
    const place = rows[line]?.cells.indexOf(cell) ?? -1;
    return place < 0 ? null : { line, place };
  };

  const tellOf = (cell: HTMLElement): void => {
    const at = placeOf(cell);
    const column = at === null ? undefined : columns[at.place];
    const provider = at === null ? undefined : rows[at.line]?.provider;
    if (column === undefined || provider === undefined) return;
    onSaid(sentenceOfCell(column.name, provider, column.cells.get(provider)));
  };

  const neighbourOf = (cell: HTMLElement, key: string): HTMLElement | null => {
    const at = placeOf(cell);
    if (at === null) return null;
    const { line, place } = at;
    const own = rows[line]?.cells ?? [];
    switch (key) {
      case 'ArrowLeft':
        return own[place - 1] ?? null;
      case 'ArrowRight':
        return own[place + 1] ?? null;
      case 'Home':
        return own[0] ?? null;
      case 'End':
        return own.at(-1) ?? null;
      case 'ArrowUp':
        return rows.slice(0, line).findLast(isVisible)?.cells[place] ?? null;
      case 'ArrowDown':
        return rows.slice(line + 1).find(isVisible)?.cells[place] ?? null;
      default:
        return null;
    }
  };

  grid.addEventListener('keydown', (event) => {
    const cell = cellAt(event.target);
    const next = cell === null ? null : neighbourOf(cell, event.key);
    if (next === null) return;
    event.preventDefault();
    stopAt(next);
    next.focus();
  });
  grid.addEventListener('focusin', ({ target }) => {
    const cell = cellAt(target);
    if (cell !== null) tellOf(cell);
  });
  grid.addEventListener('click', ({ target }) => {
    const cell = cellAt(target);
    if (cell === null) return;
    stopAt(cell);
    cell.focus();
  });

  return {
    show: (nodes, changed) => {
      const known = new Map(columns.map((column) => [column.key, column]));
      const next = nodes.flatMap((node) =>
        node.sources.map((source, place): Column => {
          const key = `${node.id} ${source.ip ?? place}`;
          const before = changed.has(node.id) ? undefined : known.get(key);
          if (before !== undefined) return before;
          const { id, region } = node;
          return { key, id, region, name: nameOfSource(node, source), cells: cellsOf(node, source) };
        }),
      );
      const isSame = next.length === columns.length && next.every(({ key }, place) => key === columns[place]?.key);
      columns = next;
      const places = columns.flatMap(({ id }, place) => (changed.has(id) ? [place] : []));
      // A provider that has no row gets one if there is room, or if it blocks while one that does not has a row.
      const hasRoom = rows.length < ROWS_MAX;
      const givesWay = rows.at(-1)?.counts.blocks === 0;
      const isGrown = (): boolean =>
        places.some((place) =>
          [...(columns[place]?.cells ?? [])].some(
            ([provider, { word }]) => !shown.has(provider) && (hasRoom || (givesWay && word === 'blocks')),
          ),
        );
      if (!isSame || isGrown()) return build();
      for (const place of places) {
        for (const row of rows) draw(row, place, columns[place]?.cells.get(row.provider)?.word);
      }
      const focused = cellAt(document.activeElement);
      if (focused !== null && grid.contains(focused)) tellOf(focused);
    },
  };
}

function headOf(columns: readonly Column[]): HTMLElement {
  const head = boxOf('row');
  const corner = boxOf('columnheader');
  corner.textContent = 'Provider';
  head.append(
    corner,
    ...columns.map(({ id, name, region }, place) => {
      const cell = boxOf('columnheader');
      cell.classList.toggle('first', isFirstOf(columns, place));
      cell.classList.toggle(
        'several',
        columns.some((other, at) => other.id === id && at !== place),
      );
      cell.title = `${name}, ${region}`;
      const strong = document.createElement('span');
      strong.textContent = id;
      const address = document.createElement('small');
      address.textContent = name.slice(id.length).trim() || region;
      cell.append(strong, address);
      return cell;
    }),
  );
  return head;
}

function rowOf(provider: string, columns: readonly Column[]): Row {
  const element = boxOf('row');
  element.dataset['provider'] = provider;
  const name = boxOf('rowheader');
  name.textContent = provider;
  name.title = provider;
  const cells = columns.map((_, place) => {
    const cell = boxOf('gridcell');
    cell.tabIndex = -1;
    if (isFirstOf(columns, place)) cell.className = 'first';
    return cell;
  });
  const row: Row = {
    provider,
    element,
    cells,
    words: columns.map(() => undefined),
    counts: { blocks: 0, mixed: 0, paces: 0, accepts: 0 },
  };
  columns.forEach((column, place) => {
    draw(row, place, column.cells.get(provider)?.word);
  });
  element.append(name, ...cells);
  return row;
}

/** The style sheet makes a shape, a colour and a text of the word. */
function draw({ cells, words, counts, element }: Row, place: number, word: TreatmentWord | undefined): void {
  const before = words[place];
  const cell = cells[place];
  if (before === word || cell === undefined) return;
  words[place] = word;
  if (before !== undefined) counts[before] -= 1;
  if (word !== undefined) counts[word] += 1;
  cell.ariaLabel = word ?? null;
  const worst = TREATMENTS.find((each) => counts[each] > 0) ?? '';
  if (element.dataset['worst'] !== worst) element.dataset['worst'] = worst;
}

function boxOf(role: string): HTMLElement {
  const box = document.createElement('div');
  box.setAttribute('role', role);
  return box;
}

function cellAt(target: EventTarget | null): HTMLElement | null {
  return target instanceof Element ? target.closest<HTMLElement>('[role="gridcell"]') : null;
}

/** Regions follow each other, with a gap between two. */
function isFirstOf(columns: readonly Column[], place: number): boolean {
  return place > 0 && columns[place]?.region !== columns[place - 1]?.region;
}

/** False for a row that the filter hides. */
function isVisible({ element }: Row): boolean {
  return element.checkVisibility();
}

/** Trouble first, then the busiest, then by name. */
function providersOf(columns: readonly Column[]): readonly string[] {
  const weights = new Map<string, { trouble: number; volume: number }>();
  for (const { cells } of columns) {
    for (const [provider, { word, answers, refusals, deferrals }] of cells) {
      const weight = weights.get(provider) ?? { trouble: 0, volume: 0 };
      weight.trouble = Math.max(weight.trouble, TREATMENTS.length - TREATMENTS.indexOf(word));
      weight.volume += answers + refusals + deferrals;
      weights.set(provider, weight);
    }
  }
  return [...weights]
    .sort(([a, x], [b, y]) => y.trouble - x.trouble || y.volume - x.volume || a.localeCompare(b))
    .map(([provider]) => provider);
}
