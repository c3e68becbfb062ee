/**
 * The rows of a list with their verdicts, as many as a million: a worker holds the file, and only the rows in view are drawn.
 */
import { useEffect, useRef, useState } from 'hono/jsx';
import type { ListStatus } from '../../../client/vrfy-client.ts';
import { VERDICTS, type Verdict } from '../../../shared/verdict.ts';
import { number } from '../list-summary.tsx';
import { VERDICT_NAMES } from '../verdict-card.tsx';
import { VerdictMark } from '../verdict-mark.tsx';
import { openRows, type Row, type RowSource } from './row-source.ts';

/** Pixels of a row; the style sheet says the same. */
const ROW_HEIGHT = 36;
/** Browsers draw no taller element well. A longer list is scrolled in proportion. */
const HEIGHT_MAX = 8_000_000;
/** Rows drawn beyond each edge of the view. */
const SPARE = 10;

export function ListRows({ list }: { readonly list: ListStatus }) {
  const [source, setSource] = useState<RowSource | null>(null);
  const [fault, setFault] = useState<string | null>(null);
  const [wish, setWish] = useState<{ readonly verdict: string; readonly text: string }>({ verdict: '', text: '' });
  const [found, setFound] = useState<number | null>(null);
  const [loads, setLoads] = useState(0);

  useEffect(() => {
    const opened = openRows(list.id);
    opened.ready.then(
      (count) => {
        setSource(opened);
        setFound(count);
      },
      (error: unknown) => setFault(error instanceof Error ? error.message : 'The rows could not be read.'),
    );
    return () => opened.close();
  }, [list.id, list.state === 'done', loads]);

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
            onChange={(event: Event) => setWish({ ...wish, text: (event.target as HTMLInputElement).value })}
          />
        </label>
        <button type="button" class="button quiet" onClick={() => setLoads(loads + 1)}>
          Read anew
        </button>
      </div>
      {fault === null ? null : <p class="notice bad">{fault}</p>}
      <p class="soft small" role="status">
        {found === null ? 'Reading the rows.' : `${number.format(found)} rows`}
      </p>
      {source === null || found === null ? null : (
        <RowsInView key={`${wish.verdict} ${wish.text} ${found}`} source={source} count={found} />
      )}
    </section>
  );
}

function RowsInView({ source, count }: { readonly source: RowSource; readonly count: number }) {
  const view = useRef<HTMLDivElement>(null);
  const [first, setFirst] = useState(0);
  const [rows, setRows] = useState<readonly Row[]>([]);
  const height = Math.min(HEIGHT_MAX, count * ROW_HEIGHT);
  const shown = Math.ceil((view.current?.clientHeight ?? 512) / ROW_HEIGHT) + 2 * SPARE;
  // Below the limit it is one; above it a pixel stands for more rows.
  const rowsPerPixel = count / Math.max(1, height);

  useEffect(() => {
    let isStale = false;
    void source.read(first, shown).then((read) => {
      if (!isStale) setRows(read);
    });
    return () => {
      isStale = true;
    };
  }, [source, first, shown]);

  return (
    <div
      class="rows"
      ref={view}
      tabindex={0}
      role="region"
      aria-label="Rows with their verdicts"
      onScroll={(event: Event) => {
        const top = (event.target as HTMLElement).scrollTop;
        setFirst(Math.max(0, Math.min(count - 1, Math.floor(top * rowsPerPixel)) - SPARE));
      }}
    >
      <div
        class="rows-height"
        ref={(element: HTMLElement | null) => element?.style.setProperty('height', `${height}px`)}
      >
        <table
          class="rows-table"
          ref={(element: HTMLElement | null) => element?.style.setProperty('top', `${first / rowsPerPixel}px`)}
        >
          <tbody>
            {rows.map(({ number: place, address, verdict, reason, meant }) => (
              <tr key={place}>
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
            ))}
          </tbody>
        </table>
      </div>
    </div>
  );
}

function isVerdict(text: string): text is Verdict {
  return VERDICTS.some((verdict) => verdict === text);
}
