import { useEffect, useRef, useState } from 'hono/jsx/dom';
import type { NodeReport } from '../../../../shared/enrolment.ts';
import { cellsOf, MEANINGS, nameOfSource, TREATMENTS } from './cell.ts';
import { createMatrix } from './matrix.ts';
import { type NodeStore, useStore } from './node-store.ts';

/** Addresses that are listed as text; more are in the matrix. */
const BLOCKED_MAX = 8;

export function MatrixPart({ store }: { readonly store: NodeStore }) {
  const grid = useRef<HTMLElement>(null);
  const [said, setSaid] = useState('');
  const [hiddenCount, setHiddenCount] = useState(0);
  const [isFiltered, setFiltered] = useState(false);
  const isEmpty = useStore(
    store,
    () => !store.all().some((node) => node.sources.some((s) => cellsOf(node, s).size > 0)),
  );
  useEffect(() => {
    if (grid.current === null) return;
    const matrix = createMatrix(grid.current, { onSaid: setSaid, onHidden: setHiddenCount });
    const show = (changed: ReadonlySet<string>): void => matrix.show(store.all(), changed);
    show(new Set(store.all().map(({ id }) => id)));
    return store.listen(show);
  }, [store]);
  return (
    <section class="part stack" aria-labelledby="matrix-title">
      <div class="line">
        <h2 id="matrix-title">Who blocks, paces or accepts whom</h2>
        <label class="check small">
          <input type="checkbox" checked={isFiltered} onChange={() => setFiltered(!isFiltered)} /> Only trouble
        </label>
      </div>
      {/* In a box of its own: what comes and goes beside the matrix has the browser look at all its cells. */}
      <div>
        <Blocked store={store} />
      </div>
      <ul class="legend key" aria-label="Words in the matrix">
        {TREATMENTS.map((word) => (
          <li>
            <span class={`cell ${word}`}>{word}</span>
            <span class="soft">{MEANINGS[word]}</span>
          </li>
        ))}
      </ul>
      <p class="soft" hidden={!isEmpty}>
        No mail server has said anything in the last ten minutes.
      </p>
      <section class={`scroll matrix${isFiltered ? ' only-trouble' : ''}`} aria-label="Matrix" hidden={isEmpty}>
        {/* biome-ignore lint/a11y/useSemanticElements: a browser lays the rows of a table out together, and these are many. */}
        <div ref={grid} role="grid" aria-labelledby="matrix-title" />
      </section>
      <p class="small said" aria-live="polite">
        {said}
      </p>
      <p class="small soft" hidden={hiddenCount === 0}>
        {hiddenCount} quieter providers are not shown.
      </p>
    </section>
  );
}

/** The blocks in words, for small screens and screen readers. */
function Blocked({ store }: { readonly store: NodeStore }) {
  const sentences = useStore(store, () => store.all().flatMap(blocksOf));
  if (sentences.length === 0) return <p class="soft">Nobody blocks us.</p>;
  return (
    <ul class="blocked small">
      {sentences.slice(0, BLOCKED_MAX).map((sentence) => (
        <li>{sentence}</li>
      ))}
      {sentences.length > BLOCKED_MAX ? <li>And {sentences.length - BLOCKED_MAX} more in the matrix.</li> : null}
    </ul>
  );
}

/** Reports never change: each is read once. */
const known = new WeakMap<NodeReport, readonly string[]>();

/** A sentence for each source address that is blocked. */
function blocksOf(node: NodeReport): readonly string[] {
  const sentences =
    known.get(node) ??
    node.sources.flatMap((source) => {
      const blocks = [...cellsOf(node, source)].filter(([, { word }]) => word === 'blocks');
      if (blocks.length === 0) return [];
      const said = new Set(blocks.flatMap(([, { last }]) => (last === null ? [] : [last.replaceAll('_', ' ')])));
      const reply = said.size === 0 ? '' : ` Last reply: ${[...said].join(', ')}.`;
      return [
        `${nameOfSource(node, source)} is blocked by ${blocks.map(([provider]) => provider).join(', ')}.${reply}`,
      ];
    });
  known.set(node, sentences);
  return sentences;
}
