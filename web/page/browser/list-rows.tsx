/**
 * The rows of a list with their verdicts, as many as a million: a worker holds the file, and only the rows in view are drawn.
 */
import { useEffect, useRef, useState } from 'hono/jsx/dom';
import type { ListStatus } from '../../../client/vrfy-client.ts';
import { VERDICTS, type Verdict } from '../../../shared/verdict.ts';
import { counted, number } from '../list-summary.tsx';
import { VERDICT_NAMES } from '../verdict-card.tsx';
import { VerdictMark } from '../verdict-mark.tsx';
import { openRows, type Row, type RowSource } from './row-source.ts';

/** Pixels of a row; the style sheet says the same. */
const ROW_HEIGHT = 36;
/** Browsers draw no taller element well. A longer list is scrolled in proportion. */
const HEIGHT_MAX = 8_000_000;
/** A list that runs is read again and again up to this many rows; one that is longer, by a button. */
const LIVE_ROWS_MAX = 20_000;
const LIVE_MS = 5_000;
/** Rows drawn beyond each edge of the view. */
const SPARE = 10;
/** Pixels of the view before it is measured. */
const VIEW_HEIGHT = 512;

type Props = { readonly list: ListStatus; readonly isEnded: boolean };

export function ListRows({ list, isEnded }: Props) {
  const [source, setSource] = useState<RowSource | null>(null);
  const [fault, setFault] = useState<string | null>(null);
  const [wish, setWish] = useState<{ readonly verdict: string; readonly text: string }>({ verdict: '', text: '' });
  const [found, setFound] = useState<number | null>(null);
  const [loads, setLoads] = useState(0);
  const shown = useRef<RowSource | null>(null);

  useEffect(() => {
    const opened = openRows(list.id);
    opened.ready.then(
      () => {
        shown.current?.close();
        shown.current = opened;
        setFault(null);
        setSource(opened);
      },
      (error: unknown) => setFault(error instanceof Error ? error.message : 'The rows could not be read.'),
    );
    return () => {
      // What is shown stays until the next has been read.
      if (shown.current !== opened) opened.close();
    };
  }, [list.id, isEnded, loads]);

  useEffect(() => {
    if (isEnded || source === null || list.rows > LIVE_ROWS_MAX) return;
    const timer = setTimeout(() => setLoads(loads + 1), LIVE_MS);
    return () => clearTimeout(timer);
  }, [source, isEnded]);

  useEffect(() => {
    if (source === null) return;
    let isStale = false;
    void source.find(wish.verdict, wish.text).then((count) => {
      if (!isStale) setFound(count);
    });
    return () => {
      isStale = true;
    };
  }, [source, wish]);

  return (
    <section class="part stack no-print" aria-labelledby="rows">
      <h2 id="rows">Rows</h2>
      <div class="actions">
        <label>
          Verdict{' '}
          <select onChange={(event: Event) => setWish({ ...wish, verdict: (event.target as HTMLSelectElement).value })}>
            <option value="">All</option>
            {VERDICTS.map((verdict) => (
              <option value={verdict}>{VERDICT_NAMES[verdict]}</option>
            ))}
          </select>
        </label>
        <label>
          Search{' '}
          <input
            type="search"
            onInput={(event: Event) => setWish({ ...wish, text: (event.target as HTMLInputElement).value })}
          />
        </label>
        {isEnded ? null : (
          <button type="button" class="button quiet" onClick={() => setLoads(loads + 1)}>
            Refresh
          </button>
        )}
      </div>
      {fault === null ? null : <p class="notice bad">{fault}</p>}
      <p class="soft small" role="status">
        {found === null ? 'Reading the rows.' : counted(found, 'row', 'rows')}
      </p>
      {source === null || found === null ? null : (
        <RowsInView key={`${wish.verdict} ${wish.text} ${found}`} source={source} count={found} />
      )}
    </section>
  );
}

function RowsInView({ source, count }: { readonly source: RowSource; readonly count: number }) {
  const view = useRef<HTMLElement>(null);
  const [top, setTop] = useState(0);
  const [drawn, setDrawn] = useState<{ readonly first: number; readonly rows: readonly Row[] }>({ first: 0, rows: [] });
  const viewHeight = view.current?.clientHeight ?? VIEW_HEIGHT;
  const inView = Math.ceil(viewHeight / ROW_HEIGHT);
  const height = Math.min(HEIGHT_MAX, count * ROW_HEIGHT);
  /** The place at the upper edge of the view: the scroll bar stands for all rows, however high they are. */
  const place = (top / Math.max(1, height - viewHeight)) * Math.max(0, count - viewHeight / ROW_HEIGHT);
  const first = Math.max(0, Math.floor(place) - SPARE);
  const offset = top - (place - drawn.first) * ROW_HEIGHT;

  useEffect(() => {
    let isStale = false;
    void source.read(first, inView + 2 * SPARE).then((rows) => {
      if (!isStale) setDrawn({ first, rows });
    });
    return () => {
      isStale = true;
    };
  }, [source, first, inView]);

  return (
    <section
      class="rows"
      ref={view}
      tabindex={0}
      aria-label="Rows with their verdicts"
      onScroll={(event: Event) => setTop((event.target as HTMLElement).scrollTop)}
    >
      <div class="rows-height" style={{ height: `${height}px` }}>
        <table class="rows-table" style={{ top: `${offset}px` }}>
          <tbody>
            {drawn.rows.map((row) => (
              <RowLine row={row} />
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function RowLine({ row: { number: place, address, verdict, reason, meant } }: { readonly row: Row }) {
  return (
    <tr>
      <td class="number soft">{number.format(place)}</td>
      <td class="address">{address}</td>
      <td>
        {isVerdict(verdict) ? (
          <span class={`told ${verdict}`}>
            <VerdictMark verdict={verdict} /> {VERDICT_NAMES[verdict]}
          </span>
        ) : (
          <span class="soft">not yet</span>
        )}
      </td>
      <td>
        <code>{reason}</code>
      </td>
      <td class="soft">{meant === '' ? '' : `meant ${meant}?`}</td>
    </tr>
  );
}

function isVerdict(text: string): text is Verdict {
  return VERDICTS.some((verdict) => verdict === text);
}
