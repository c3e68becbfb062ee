/**
 * A list as figures: how far it is, what it is worth, and what is waited for. Pure: drawn from the object that
 * `GET /v1/lists/:id` gives.
 */
import type { ListStatus } from '../../client/vrfy-client.ts';
import { inTime } from '../../shared/spoken-time.ts';
import { VERDICTS } from '../../shared/verdict.ts';
import { counted, number } from './number.ts';
import { ReasonLink } from './reason-link.tsx';
import { Scroll } from './scroll.tsx';
import { figures, TableHead } from './table-head.tsx';
import { VERDICT_NAMES } from './verdict-card.tsx';
import { VerdictMark } from './verdict-mark.tsx';

/** The share of bounces above which mailbox providers begin to refuse a sender. */
const BOUNCE_LIMIT = 0.02;

const rate = new Intl.NumberFormat('en', { maximumSignificantDigits: 2 });

function percent(share: number): string {
  return new Intl.NumberFormat('en', { style: 'percent', maximumFractionDigits: share < 0.1 ? 2 : 1 }).format(share);
}

const STATES: Readonly<Record<ListStatus['state'], string>> = {
  receiving: 'Receiving',
  reading: 'Reading',
  ready: 'Ready',
  running: 'Checking',
  waiting: 'Waiting',
  done: 'Done',
  cancelled: 'Cancelled',
  failed: 'Failed',
};

/** For those who hear the page: told when it changes, and not with every figure. */
export function StateSpoken({ list }: { readonly list: ListStatus }) {
  return (
    <p class="visually-hidden" role="status">
      {STATES[list.state]}
    </p>
  );
}

/** One sentence on what the list is doing. */
export function stateSentence(list: ListStatus, nowMs: number): string {
  const { state, rows, distinct, done } = list;
  const left = list.eta_seconds === null ? '' : `; ready ${inTime(list.eta_seconds)}`;
  switch (state) {
    case 'receiving':
      return 'Receiving the file.';
    case 'reading':
      return `Reading: ${number.format(rows)} rows so far.`;
    case 'ready':
      return done === distinct
        ? `All that costs nothing is done, and all ${counted(distinct, 'address is', 'addresses are')} settled by it. No mail server need be asked.`
        : `All that costs nothing is done: ${number.format(done)} of ${number.format(distinct)} addresses are settled. No mail server has been asked yet.`;
    case 'running':
      return `Checking: ${number.format(done)} of ${number.format(distinct)} addresses${left}.`;
    case 'waiting':
      return waitSentence(list, nowMs);
    case 'done':
      return `Done: ${counted(distinct, 'address', 'addresses')} in ${counted(rows, 'row', 'rows')}.`;
    case 'cancelled':
      return `Cancelled. ${number.format(done)} of ${number.format(distinct)} addresses were settled and are kept.`;
    case 'failed':
      return list.failure?.detail ?? 'The list could not be read.';
  }
}

const WAITS = {
  mail_servers: 'Waiting for mail servers that asked to be asked later',
  quota: 'Waiting for tomorrow’s quota',
  nodes: 'Waiting for a free node',
} as const;

function waitSentence({ waiting_for: cause, next_retry_at: next, done, distinct }: ListStatus, nowMs: number): string {
  const said = cause === null ? 'Waiting' : WAITS[cause];
  const when = next === null ? '' : `; we go on ${inTime(Math.max(0, (Date.parse(next) - nowMs) / 1_000))}`;
  // As docs/LISTS.md has it: after a day the last word of the mail server stands.
  const end =
    cause === 'mail_servers' ? ' An address that is still put off a day after its first try stays “unknown”.' : '';
  return `${said}${when}. ${number.format(done)} of ${number.format(distinct)} addresses are settled.${end}`;
}

/** What a cancelled list keeps, said before it is cancelled. */
export function cancelSentence(state: ListStatus['state']): string {
  switch (state) {
    case 'receiving':
      return 'Cancel ends the upload; the file has to be uploaded anew.';
    case 'reading':
      return 'Cancel keeps the rows read and the verdicts found so far. The list cannot go on afterwards.';
    default:
      return 'Cancel keeps the verdicts found so far; the other addresses stay without one. The list cannot go on afterwards.';
  }
}

/** Verdicts as one bar that reads at a glance, with the counts below. */
export function VerdictBar({ list }: { readonly list: ListStatus }) {
  const { by_verdict: counts, distinct, done } = list;
  const open = Math.max(0, distinct - done);
  return (
    <figure class="stack" aria-label="Verdicts so far">
      <svg class="bar" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true" focusable="false">
        {partsOf(counts, distinct).map(({ verdict, from, share }) => (
          <rect class={verdict} x={from * 100} y={0} width={share * 100} height={6} fill="var(--verdict)" />
        ))}
      </svg>
      <ul class="legend">
        {VERDICTS.map((verdict) => (
          <li>
            <VerdictMark verdict={verdict} />
            <span>{VERDICT_NAMES[verdict]}</span>
            <b>{number.format(counts[verdict] ?? 0)}</b>
          </li>
        ))}
        <li>
          <span class="open-mark" aria-hidden="true" />
          <span>Not yet known</span>
          <b>{number.format(open)}</b>
        </li>
      </ul>
    </figure>
  );
}

function partsOf(counts: ListStatus['by_verdict'], distinct: number) {
  let from = 0;
  return VERDICTS.map((verdict) => {
    const share = distinct === 0 ? 0 : (counts[verdict] ?? 0) / distinct;
    const part = { verdict, from, share };
    from += share;
    return part;
  });
}

/** States in which mail servers have been asked: before them only bad addresses are known. */
const ASKED: readonly ListStatus['state'][] = ['running', 'waiting', 'done', 'cancelled'];

/** Decided addresses that the edge needs for an estimate (docs/LISTS.md). */
const DECIDED_MIN = 200;

/** Why there is no estimate. */
export function noRateSentence({ state, by_verdict: counts }: ListStatus): string {
  if (!ASKED.includes(state))
    return 'Known after mail servers have been asked: what is free finds bad addresses alone.';
  const decided = number.format(counts.deliverable + counts.invalid);
  return `Too few to estimate: ${decided} of ${DECIDED_MIN} decided. An address is decided if it is deliverable or invalid.`;
}

/** What a send would bounce, before and after, beside the limit. */
export function BounceRate({ list }: { readonly list: ListStatus }) {
  const expected = list.expected_bounce_rate;
  if (expected === null || !ASKED.includes(list.state)) {
    return (
      <section class="card stack" aria-labelledby="bounces">
        <h2 id="bounces">Expected bounce rate</h2>
        <p class="soft">{noRateSentence(list)}</p>
      </section>
    );
  }
  const { before, after } = expected;
  const isUnder = after < BOUNCE_LIMIT;
  return (
    <section class="card stack" aria-labelledby="bounces">
      <h2 id="bounces">Expected bounce rate</h2>
      <div class="rates">
        <Rate name="As it is" share={before} />
        <span class="figure arrow" aria-hidden="true">
          →
        </span>
        <Rate name="Deliverable only" share={after} />
      </div>
      <p class={isUnder ? 'soft' : ''}>
        {isUnder
          ? `Under the ${percent(BOUNCE_LIMIT)} that mailbox providers tolerate.`
          : `Still over the ${percent(BOUNCE_LIMIT)} that mailbox providers tolerate.`}{' '}
        {`As it is, between ${percent(expected.low)} and ${percent(expected.high)} with a certainty of 95%.`}
      </p>
    </section>
  );
}

function Rate({ name, share }: { readonly name: string; readonly share: number }) {
  return (
    <p class={`rate ${share < BOUNCE_LIMIT ? 'deliverable' : 'invalid'}`}>
      <span class="figure">{percent(share)}</span>
      <span class="soft">{name}</span>
    </p>
  );
}

const PROVIDER_HEADS = ['Provider', figures('Addresses'), figures('Settled')];

export function Providers({ list }: { readonly list: ListStatus }) {
  if (list.by_provider.length === 0) return null;
  const isRunning = list.state === 'running' || list.state === 'waiting';
  return (
    <section class="stack" aria-labelledby="providers">
      <h2 id="providers">By provider</h2>
      <Scroll label="Table of providers">
        <table>
          <TableHead columns={[...PROVIDER_HEADS, ...(isRunning ? [figures('Rate'), 'Ready'] : [])]} />
          <tbody>
            {list.by_provider.map(({ provider, distinct, done, eta_seconds: eta }) => (
              <tr>
                <td>{provider === 'other' ? 'Others' : provider}</td>
                <td class="number">{number.format(distinct)}</td>
                <td class="number">{number.format(done)}</td>
                {isRunning ? (
                  <>
                    <td class="number">
                      {eta === null || eta === 0 ? '' : `${rate.format((distinct - done) / eta)}/s`}
                    </td>
                    <td>{done >= distinct ? 'settled' : eta === null ? '' : inTime(eta)}</td>
                  </>
                ) : null}
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </section>
  );
}

export function Reasons({ list }: { readonly list: ListStatus }) {
  const rows = Object.entries(list.by_reason).sort(([, a], [, b]) => b - a);
  if (rows.length === 0) return null;
  const most = rows[0]?.[1] ?? 1;
  return (
    <section class="stack" aria-labelledby="reasons">
      <h2 id="reasons">By reason</h2>
      <Scroll label="Table of reasons">
        <table>
          <TableHead columns={['Reason', figures('Addresses'), { name: 'Share', kind: 'unseen' }]} />
          <tbody>
            {rows.map(([reason, count]) => (
              <tr>
                <td>
                  <ReasonLink reason={reason} />
                </td>
                <td class="number">{number.format(count)}</td>
                <td class="share">
                  <progress value={count} max={most} aria-hidden="true" />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </section>
  );
}
