import { useEffect, useState } from 'hono/jsx/dom';
import type { HistorySpan, NodeHistory } from '../../../../shared/enrolment.ts';
import { adminCall, sentenceOf } from './admin-api.ts';

/** Milliseconds between two looks; nodes report whole minutes. */
const LOOK_MS = 30_000;
const HEIGHT = 40;

type Point = NodeHistory['points'][number];
type End = Exclude<keyof Point, 'at' | 'jobs'>;

/** From the bottom of a bar to its top. A node knows replies, and the edge makes verdicts of them. */
const ENDS: readonly (readonly [End, string])[] = [
  ['accepted', 'recipient taken'],
  ['mailbox_refused', 'mailbox refused'],
  ['deferred', 'put off'],
  ['blocked', 'we are refused'],
  ['no_reply', 'no usable reply'],
  ['held_back', 'held back by us'],
];

const SPANS: readonly (readonly [HistorySpan, string])[] = [
  ['hour', 'Last hour'],
  ['day', 'Last day'],
];

const number = new Intl.NumberFormat();

export function HistoryPart() {
  const [span, setSpan] = useState<HistorySpan>('hour');
  const [history, setHistory] = useState<NodeHistory | null>(null);
  const [fault, setFault] = useState<string | null>(null);
  useEffect(() => {
    const ended = new AbortController();
    const look = async (): Promise<void> => {
      try {
        const told = await adminCall<NodeHistory>({ path: '/v1/nodes/history', query: { span }, signal: ended.signal });
        setHistory(told);
        setFault(null);
      } catch (error) {
        if (!ended.signal.aborted) setFault(sentenceOf(error));
      }
    };
    void look();
    const timer = setInterval(() => void look(), LOOK_MS);
    return () => {
      clearInterval(timer);
      ended.abort();
    };
  }, [span]);
  return (
    <section class="part stack" aria-labelledby="history-title">
      <div class="line">
        <h2 id="history-title">Throughput, and what mail servers said</h2>
        <div class="actions">
          {SPANS.map(([each, name]) => (
            <button
              type="button"
              class="button quiet small"
              aria-pressed={each === span ? 'true' : 'false'}
              onClick={() => setSpan(each)}
            >
              {name}
            </button>
          ))}
        </div>
      </div>
      {fault === null ? null : <p class="notice bad">{fault}</p>}
      {history === null ? <p class="soft">Looking.</p> : <Bars history={history} />}
    </section>
  );
}

function Bars({ history: { points, step_s, span } }: { readonly history: NodeHistory }) {
  const totals = points.map((point) => ENDS.reduce((sum, [end]) => sum + point[end], 0));
  const highest = Math.max(1, ...totals);
  const jobs = points.reduce((sum, point) => sum + point.jobs, 0);
  const step = step_s === 60 ? 'minute' : 'quarter of an hour';
  const all = totals.reduce((sum, each) => sum + each, 0);
  return (
    <figure class="stack">
      <p class="small">
        <b>{number.format(jobs)}</b> jobs and <b>{number.format(all)}</b> questions in the last {span}; at most{' '}
        <b>{number.format(Math.max(0, ...totals))}</b> questions in a {step}.
      </p>
      <svg class="history" viewBox={`0 0 ${points.length} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
        {points.map((point, place) => (
          <Bar point={point} place={place} highest={highest} />
        ))}
      </svg>
      <p class="axis small soft" aria-hidden="true">
        <span>{time(points[0])}</span>
        <span>{time(points.at(-1))}</span>
      </p>
      <ul class="legend" aria-label={`Ends of questions in the last ${span}`}>
        {ENDS.map(([end, name]) => (
          <li>
            <svg class="swatch" viewBox="0 0 10 10" aria-hidden="true">
              <rect class={end} width={10} height={10} rx={2} />
            </svg>
            <span>{name}</span>
            <b>{number.format(points.reduce((sum, point) => sum + point[end], 0))}</b>
          </li>
        ))}
      </ul>
    </figure>
  );
}

function Bar({ point, place, highest }: { readonly point: Point; readonly place: number; readonly highest: number }) {
  let y = HEIGHT;
  return (
    <g>
      {ENDS.map(([end]) => {
        const height = (point[end] / highest) * HEIGHT;
        y -= height;
        return height === 0 ? null : <rect class={end} x={place + 0.1} y={y} width={0.8} height={height} />;
      })}
    </g>
  );
}

function time(point: Point | undefined): string {
  if (point === undefined) return '';
  return new Date(point.at).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit', hour12: false });
}
