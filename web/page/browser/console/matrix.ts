/**
 * The matrix: a row for each provider, a column for each source address. Drawn by hand, since 12,000 cells are many: a
 * heartbeat changes the cells of its node that say another word, and nothing else.
 *
 * A grid of one tab stop (WAI-ARIA APG): arrows, Home and End move in it, and the cell in focus is told in a sentence.
 */
import type { NodeReport } from '../../../../shared/enrolment.ts';
import { type Cell, cellsOf, sentenceOfCell, TREATMENTS, type TreatmentWord } from './cell.ts';

/** Rows at most: hosts can be made up in any number. Those with trouble come first, then the busiest. */
const ROWS_MAX = 100;

type Column = { readonly key: string; readonly id: string; readonly name: string; cells: ReadonlyMap<string, Cell> };
type Row = {
  readonly provider: string;
  readonly element: HTMLTableRowElement;
  readonly words: Map<string, TreatmentWord>;
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

export function createMatrix(table: HTMLTableElement, { onSaid, onHidden }: MatrixEvents): Matrix {
  let columns: readonly Column[] = [];
  let rows: readonly Row[] = [];
  let tabStop: HTMLTableCellElement | null = null;

  const build = (): void => {
    const providers = providersOf(columns);
    const shown = providers.slice(0, ROWS_MAX);
    onHidden(providers.length - shown.length);
    const body = document.createElement('tbody');
    rows = shown.map((provider) => rowOf(provider, columns));
    body.append(...rows.map(({ element }) => element));
    table.replaceChildren(headOf(columns), body);
    stopAt(body.querySelector('td'));
  };

  const stopAt = (cell: HTMLTableCellElement | null): void => {
    if (tabStop !== null) tabStop.tabIndex = -1;
    tabStop = cell;
    if (cell !== null) cell.tabIndex = 0;
  };

  const tellOf = (cell: HTMLTableCellElement): void => {
    const row = rows.find(({ element }) => element === cell.parentElement);
    const column = columns[cell.cellIndex - 1];
    if (row === undefined || column === undefined) return;
    onSaid(sentenceOfCell(column.name, row.provider, column.cells.get(row.provider)));
  };

  table.addEventListener('keydown', (event) => {
    const { target } = event;
    const next = target instanceof HTMLTableCellElement ? neighbourOf(target, event.key) : null;
    if (next === null) return;
    event.preventDefault();
    stopAt(next);
    next.focus();
  });
  table.addEventListener('focusin', ({ target }) => {
    if (target instanceof HTMLTableCellElement) tellOf(target);
  });
  table.addEventListener('click', ({ target }) => {
    const cell = target instanceof Element ? target.closest('td') : null;
    if (cell === null) return;
    stopAt(cell);
    cell.focus();
  });

  return {
    show: (nodes, changed) => {
      const known = new Map(columns.map((column) => [column.key, column]));
      const next = nodes.flatMap((node) =>
        node.sources.map((source, place): Column => {
          const name = source.ip === null ? node.id : `${node.id} ${source.ip}`;
          const key = `${node.id} ${source.ip ?? place}`;
          const before = changed.has(node.id) ? undefined : known.get(key);
          return before ?? { key, id: node.id, name, cells: cellsOf(node, source) };
        }),
      );
      const isSame = next.length === columns.length && next.every(({ key }, place) => key === columns[place]?.key);
      columns = next;
      const shown = new Set(rows.map(({ provider }) => provider));
      const isNew = (provider: string): boolean => !shown.has(provider);
      const told = columns.filter(({ id }) => changed.has(id)).flatMap(({ cells }) => [...cells.keys()]);
      if (!isSame || (rows.length < ROWS_MAX && told.some(isNew))) return build();
      for (const row of rows) {
        columns.forEach((column, place) => {
          if (!changed.has(column.id)) return;
          const cell = row.element.cells[place + 1];
          if (cell !== undefined) draw(row, cell, column);
        });
      }
      const focused = document.activeElement;
      if (focused instanceof HTMLTableCellElement && table.contains(focused)) tellOf(focused);
    },
  };
}

function headOf(columns: readonly Column[]): HTMLTableSectionElement {
  const head = document.createElement('thead');
  const row = head.insertRow();
  const corner = document.createElement('th');
  corner.scope = 'col';
  corner.textContent = 'Provider';
  row.append(
    corner,
    ...columns.map(({ id, name }) => {
      const cell = document.createElement('th');
      cell.scope = 'col';
      const strong = document.createElement('span');
      strong.textContent = id;
      const address = document.createElement('small');
      address.textContent = name.slice(id.length).trim() || 'default';
      cell.append(strong, address);
      return cell;
    }),
  );
  return head;
}

function rowOf(provider: string, columns: readonly Column[]): Row {
  const element = document.createElement('tr');
  const name = document.createElement('th');
  name.scope = 'row';
  name.textContent = provider;
  const row: Row = { provider, element, words: new Map() };
  const cells = columns.map((column) => {
    const cell = document.createElement('td');
    cell.tabIndex = -1;
    draw(row, cell, column);
    return cell;
  });
  element.append(name, ...cells);
  return row;
}

/** A shape by the class, a colour, and the word. */
function draw(row: Row, cell: HTMLTableCellElement, { key, cells }: Column): void {
  const word = cells.get(row.provider)?.word;
  if (row.words.get(key) === word) return;
  if (word === undefined) row.words.delete(key);
  else row.words.set(key, word);
  cell.className = word ?? '';
  cell.textContent = word ?? '';
  const words = new Set(row.words.values());
  row.element.dataset['worst'] = TREATMENTS.find((each) => words.has(each)) ?? '';
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

function neighbourOf(cell: HTMLTableCellElement, key: string): HTMLTableCellElement | null {
  const row = cell.parentElement;
  if (!(row instanceof HTMLTableRowElement)) return null;
  const at = (line: Element | null, place: number): HTMLTableCellElement | null => {
    const next = line instanceof HTMLTableRowElement ? line.cells[place] : undefined;
    return next?.tagName === 'TD' ? next : null;
  };
  switch (key) {
    case 'ArrowLeft':
      return at(row, cell.cellIndex - 1);
    case 'ArrowRight':
      return at(row, cell.cellIndex + 1);
    case 'ArrowUp':
      return at(visibleFrom(row, 'previousElementSibling'), cell.cellIndex);
    case 'ArrowDown':
      return at(visibleFrom(row, 'nextElementSibling'), cell.cellIndex);
    case 'Home':
      return at(row, 1);
    case 'End':
      return at(row, row.cells.length - 1);
    default:
      return null;
  }
}

/** The next row that is not hidden by the filter. */
function visibleFrom(
  row: HTMLTableRowElement,
  way: 'previousElementSibling' | 'nextElementSibling',
): HTMLTableRowElement | null {
  for (let next = row[way]; next instanceof HTMLTableRowElement; next = next[way]) {
    if (next.offsetParent !== null) return next;
  }
  return null;
}
