import { useEffect, useState } from 'hono/jsx/dom';
import type { HistorySpan, NodeHistory } from '../../../../shared/enrolment.ts';
import { VERDICTS, type Verdict } from '../../../../shared/verdict.ts';
import { number } from '../../number.ts';
import { VerdictMark } from '../../verdict-mark.tsx';
import { Fault } from '../fault.tsx';
import { adminCall, sentenceOf } from './admin-api.ts';

/** Milliseconds between two looks; nodes report whole minutes. */
const LOOK_MS = 30_000;
const HEIGHT = 40;

type Point = NodeHistory['points'][number];
type End = Exclude<keyof Point, 'at' | 'jobs'>;

/** The verdicts that the ends of questions lead to. A node knows replies; the edge also has its memory and other nodes. */
const ENDS: Readonly<Record<Verdict, readonly (readonly [End, string])[]>> = {
  deliverable: [['accepted', 'recipient taken']],
  risky: [['doubtful', 'every name is taken, or the mailbox is full']],
  invalid: [['mailbox_refused', 'mailbox refused']],
  unknown: [
    ['deferred', 'put off'],
    ['blocked', 'we are refused'],
    ['no_reply', 'no usable reply'],
    ['held_back', 'held back by us'],
  ],
};

const SPANS: readonly (readonly [HistorySpan, string])[] = [
  ['hour', 'Last hour'],
  ['day', 'Last day'],
];

const percent = new Intl.NumberFormat(undefined, { style: 'percent', maximumFractionDigits: 1 });

export function HistoryPart() {
  const [span, setSpan] = useState<HistorySpan>('hour');
  const [history, setHistory] = useState<NodeHistory | null>(null);
  const [fault, setFault] = useState<string | null>(null);
  useEffect(() => {
    const ended = new AbortController();
    const look = async (): Promise<void> => {
      try {
        const told = await adminCall<NodeHistory>({ path: '/v1/nodes/history', query: { span }, signal: ended.signal });
        // Another span may have been chosen meanwhile.
        if (ended.signal.aborted) return;
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
        <h2 id="history-title">Throughput and verdicts</h2>
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
      <Fault text={fault} />
      {history === null ? <p class="soft">Looking.</p> : <Bars history={history} />}
    </section>
  );
}

function Bars({ history: { points, step_s, span } }: { readonly history: NodeHistory }) {
  const totals = points.map((point) => sumOf(point, VERDICTS));
  const highest = Math.max(0, ...totals);
  const jobs = points.reduce((sum, point) => sum + point.jobs, 0);
  const step = step_s === 60 ? 'minute' : 'quarter of an hour';
  const all = totals.reduce((sum, each) => sum + each, 0);
  return (
    <figure class="stack">
      <p class="small">
        <b>{number.format(all)}</b> addresses probed by <b>{number.format(jobs)}</b> jobs in the last {span}; at most{' '}
        <b>{number.format(highest)}</b> in a {step}.
      </p>
      <svg class="history" viewBox={`0 0 ${points.length} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
        {points.map((point, place) => (
          <Bar point={point} place={place} highest={Math.max(1, highest)} />
        ))}
      </svg>
      <p class="axis small soft" aria-hidden="true">
        <span>{time(points[0])}</span>
        <span>{time(points.at(-1))}</span>
      </p>
      <ul class="mix" aria-label={`Verdicts of the last ${span}, as nodes heard them`}>
        {VERDICTS.map((verdict) => (
          <li class={verdict}>
            <p>
              <VerdictMark verdict={verdict} /> {verdict}{' '}
              <b>{percent.format(all === 0 ? 0 : of(points, verdict) / all)}</b>
            </p>
            <ul class="small soft">
              {ENDS[verdict].map(([end, name]) => (
                <li>
                  {number.format(points.reduce((sum, point) => sum + point[end], 0))} {name}
                </li>
              ))}
            </ul>
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
      {VERDICTS.map((verdict) => {
        const height = (sumOf(point, [verdict]) / highest) * HEIGHT;
        y -= height;
        return height === 0 ? null : <rect class={verdict} x={place + 0.1} y={y} width={0.8} height={height} />;
      })}
    </g>
  );
}

function sumOf(point: Point, verdicts: readonly Verdict[]): number {
  return verdicts.flatMap((verdict) => ENDS[verdict]).reduce((sum, [end]) => sum + point[end], 0);
}

function of(points: readonly Point[], verdict: Verdict): number {
  return points.reduce((sum, point) => sum + sumOf(point, [verdict]), 0);
}

function time(point: Point | undefined): string {
  if (point === undefined) return '';
  return new Date(point.at).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit', hour12: false });
}
