/**
 * The rows of a list with their verdicts, as many as a million: a worker holds the file, and only the rows in view are drawn.
 */
import { useEffect, useRef, useState } from 'hono/jsx/dom';
import type { ListStatus } from '../../../../client/vrfy-client.ts';
import { VERDICTS, type Verdict } from '../../../../shared/verdict.ts';
import { counted, number } from '../../number.ts';
import { VERDICT_NAMES } from '../../verdict-card.tsx';
import { VerdictMark } from '../../verdict-mark.tsx';
import { Fault } from '../fault.tsx';
import { openRows, type Row, type RowSource } from './row-source.ts';
import { placeAt, type ScrollPlace } from './scroll-place.ts';

/** Pixels of a row, of one with two lines, and of the head; the style sheet says the same. */
const ROW_HEIGHT = 36;
const NARROW_ROW_HEIGHT = 52;
const NARROW = matchMedia('(max-width: 44rem)');
const HEAD_HEIGHT = 36;
/** Browsers draw no taller element well. A longer list is scrolled in proportion. */
const HEIGHT_MAX = 8_000_000;
/** A list that runs is read again and again up to this many rows; one that is longer, by a button. */
const LIVE_ROWS_MAX = 20_000;
const LIVE_MS = 5_000;
/** Rows drawn beyond each edge of the view, and by how many the first one moves at a time. */
const SPARE = 10;
const STRIDE = 8;
/** Pixels of the view before it is measured. */
const VIEW_HEIGHT = 512;

type Props = { readonly list: ListStatus; readonly isEnded: boolean };

export function ListRows({ list, isEnded }: Props) {
  const [source, setSource] = useState<RowSource | null>(null);
  const [fault, setFault] = useState<string | null>(null);
  const [wish, setWish] = useState<{ readonly verdict: string; readonly text: string }>({ verdict: '', text: '' });
  const [found, setFound] = useState<number | null>(null);
  const [loads, setLoads] = useState(0);
  const [isNarrow, setNarrow] = useState(NARROW.matches);
  const shown = useRef<RowSource | null>(null);

  useEffect(() => {
    const onChange = (): void => setNarrow(NARROW.matches);
    NARROW.addEventListener('change', onChange);
    return () => NARROW.removeEventListener('change', onChange);
  }, []);

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
      <Fault text={fault} />
      <p class="soft small" role="status">
        {found === null ? 'Reading the rows.' : counted(found, 'row', 'rows')}
      </p>
      {source === null || found === null ? null : (
        <RowsInView
          key={`${wish.verdict} ${wish.text} ${found} ${isNarrow}`}
          source={source}
          count={found}
          rowHeight={isNarrow ? NARROW_ROW_HEIGHT : ROW_HEIGHT}
        />
      )}
    </section>
  );
}

type Drawn = {
  readonly first: number;
  readonly rows: readonly Row[];
  /** Pixels from the top of the scrolled element to the first of these rows. */
  readonly top: number;
};

type RowsInViewProps = { readonly source: RowSource; readonly count: number; readonly rowHeight: number };

function RowsInView({ source, count, rowHeight }: RowsInViewProps) {
  const view = useRef<HTMLElement>(null);
  const scrolled = useRef<ScrollPlace>({ top: 0, place: 0 });
  const draw = useRef(() => {});
  const [drawn, setDrawn] = useState<Drawn>({ first: 0, rows: [], top: 0 });
  const full = count * rowHeight;
  const height = Math.min(HEIGHT_MAX, full);

  useEffect(() => {
    const length = Math.ceil((view.current?.clientHeight ?? VIEW_HEIGHT) / rowHeight) + 2 * SPARE + STRIDE;
    const reader = startReader(
      (first) => source.read(first, length),
      () => scrolled.current,
      rowHeight,
      setDrawn,
    );
    draw.current = reader.look;
    reader.look();
    return reader.end;
  }, [source]);

  return (
    <section
      class="rows"
      ref={view}
      tabindex={0}
      aria-label="Rows with their verdicts"
      onScroll={({ target }: Event) => {
        const { scrollTop, clientHeight } = target as HTMLElement;
        scrolled.current = placeAt(scrolled.current, scrollTop, { full, height, view: clientHeight - HEAD_HEIGHT });
        draw.current();
      }}
    >
      <RowsHead />
      <div class="rows-height" style={{ height: `${height}px` }}>
        <table class="rows-table" aria-rowcount={count + 1}>
          <thead class="visually-hidden">
            <tr aria-rowindex={1}>
              {HEADS.map((head) => (
                <th scope="col">{head}</th>
              ))}
            </tr>
          </thead>
          <tbody>
            {drawn.rows.map((row, index) => (
              <RowLine key={row.number} row={row} index={drawn.first + index} top={drawn.top + index * rowHeight} />
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

const HEADS = ['Row', 'Address', 'Verdict', 'Reason', 'Suggestion'] as const;

/** Stays while the rows are scrolled; the table has its own for those who hear it. */
function RowsHead() {
  return (
    <div class="rows-head" aria-hidden="true">
      {HEADS.map((head) => (
        <span>{head}</span>
      ))}
    </div>
  );
}

/** Draws the rows in view, one read at a time: those that were passed during a read are never asked for. */
function startReader(
  read: (first: number) => Promise<readonly Row[]>,
  scrolled: () => ScrollPlace,
  rowHeight: number,
  draw: (drawn: Drawn) => void,
) {
  const firstAt = ({ place }: ScrollPlace): number =>
    Math.max(0, Math.floor(place / rowHeight / STRIDE) * STRIDE - SPARE);
  const topOf = (first: number, { top, place }: ScrollPlace): number => first * rowHeight + Math.round(top - place);
  let drawn: Drawn | null = null;
  let isReading = false;
  let isEnded = false;

  async function goOn(): Promise<void> {
    while (!isEnded) {
      const first = firstAt(scrolled());
      if (drawn?.first === first && drawn.top === topOf(first, scrolled())) return;
      const rows = drawn?.first === first ? drawn.rows : await read(first);
      if (isEnded) return;
      drawn = { first, rows, top: topOf(first, scrolled()) };
      draw(drawn);
    }
  }

  return {
    look(): void {
      if (isReading) return;
      isReading = true;
      void goOn().finally(() => {
        isReading = false;
      });
    },
    end(): void {
      isEnded = true;
    },
  };
}

type RowLineProps = {
  readonly row: Row;
  /** Among all rows of the table, from 0. */
  readonly index: number;
  /** Pixels. A row that stays in view stays where it is, so that it is not painted again. */
  readonly top: number;
};

function RowLine({ row, index, top }: RowLineProps) {
  const { address, verdict, reason, meant } = row;
  return (
    <tr aria-rowindex={index + 2} style={{ top: `${top}px` }}>
      <td class="number soft">{number.format(row.number)}</td>
      <td class="address">{address}</td>
      <td>
        {isVerdict(verdict) ? (
          <span class={`told ${verdict}`}>
            <VerdictMark verdict={verdict} /> <span>{VERDICT_NAMES[verdict]}</span>
          </span>
        ) : (
          <span class="soft">not yet</span>
        )}
      </td>
      <td>
        <code>{reason}</code>
      </td>
      <td class="soft">{meant}</td>
    </tr>
  );
}

function isVerdict(text: string): text is Verdict {
  return VERDICTS.some((verdict) => verdict === text);
}
