/**
 * The rows of the table of nodes, drawn by hand: a heartbeat writes the texts of its node that differ, and nothing else.
 */
import type { NodeReport, NodeState } from '../../../../shared/enrolment.ts';

export type NodeWish = 'active' | 'draining' | 'removed';

export type NodeRows = {
  /** Shows the nodes, in this order, of which some have changed. */
  show(nodes: readonly NodeReport[], changed: ReadonlySet<string>): void;
};

/** Texts of the cells from the third column on: name and state are drawn for themselves. */
const TEXTS: readonly ((node: NodeReport) => string)[] = [
  ({ region }) => region,
  ({ capacity, running_jobs }) => (capacity === undefined ? '–' : `${running_jobs} / ${capacity}`),
  ({ job_quantiles }) => durationOf(job_quantiles?.p50_ms ?? null),
  ({ job_quantiles }) => durationOf(job_quantiles?.p95_ms ?? null),
  ({ last_heartbeat_at }) => (last_heartbeat_at === null ? 'never' : clock.format(new Date(last_heartbeat_at))),
  ({ version }) => version ?? '–',
];
/** Of those, the figures. */
const FIGURES = [1, 2, 3, 4];

const clock = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium', hourCycle: 'h23' });

type Row = { readonly element: HTMLTableRowElement; show(node: NodeReport): void };

/** @param act fulfils the wish, and never rejects */
export function createNodeRows(
  body: HTMLTableSectionElement,
  act: (id: string, wish: NodeWish) => Promise<void>,
): NodeRows {
  const rows = new Map<string, Row>();
  return {
    show: (nodes, changed) => {
      const present = new Set(nodes.map(({ id }) => id));
      for (const [id, { element }] of rows) {
        if (present.has(id)) continue;
        element.remove();
        rows.delete(id);
      }
      let next = body.firstElementChild;
      for (const node of nodes) {
        const known = rows.get(node.id);
        const row = known ?? createRow(node, (wish) => act(node.id, wish));
        if (known === undefined) rows.set(node.id, row);
        if (known === undefined || changed.has(node.id)) row.show(node);
        // Only a row in a wrong place is moved: a moved one loses its focus.
        if (row.element === next) next = next.nextElementSibling;
        else body.insertBefore(row.element, next);
      }
    },
  };
}

function createRow({ id }: NodeReport, act: (wish: NodeWish) => Promise<void>): Row {
  const element = document.createElement('tr');
  const name = document.createElement('th');
  name.scope = 'row';
  name.textContent = id;
  const state = document.createElement('span');
  const stateCell = element.insertCell();
  stateCell.append(state);
  element.prepend(name);
  const texts = TEXTS.map((_, place) => {
    const cell = element.insertCell();
    if (FIGURES.includes(place)) cell.className = 'number';
    return cell.appendChild(document.createTextNode(''));
  });
  const acts = element.insertCell();
  acts.className = 'acts';
  const busy = (wish: () => NodeWish) => async (): Promise<void> => {
    for (const button of [change, remove]) button.disabled = true;
    await act(wish());
    for (const button of [change, remove]) button.disabled = false;
  };
  let shown: NodeState | null = null;
  /** Heartbeat that was the last when the drain began: its jobs say nothing of the drain. */
  let beforeDrain: string | null = null;
  const wishOf = (): NodeWish => (shown === 'draining' ? 'active' : 'draining');
  const change = buttonOf(busy(wishOf));
  const remove = buttonOf(busy(() => 'removed'));
  nameButton(remove, 'Remove', id);
  acts.append(change, remove);
  return {
    element,
    show: (node) => {
      if (node.state !== shown) {
        shown = node.state;
        beforeDrain = node.last_heartbeat_at;
        state.className = `state ${shown}`;
        nameButton(change, shown === 'draining' ? 'Activate' : 'Drain', id);
      }
      const isDrained = node.state === 'draining' && node.running_jobs === 0 && node.last_heartbeat_at !== beforeDrain;
      const word = isDrained ? 'drained: safe to remove' : node.state;
      if (state.textContent !== word) state.textContent = word;
      TEXTS.forEach((textOf, place) => {
        const text = textOf(node);
        const written = texts[place];
        if (written !== undefined && written.data !== text) written.data = text;
      });
    },
  };
}

function buttonOf(onClick: () => Promise<void>): HTMLButtonElement {
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'button quiet small';
  button.addEventListener('click', () => void onClick());
  return button;
}

function nameButton(button: HTMLButtonElement, word: string, id: string): void {
  button.textContent = word;
  button.ariaLabel = `${word} ${id}`;
}

function durationOf(ms: number | null): string {
  if (ms === null) return '–';
  return ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`;
}
