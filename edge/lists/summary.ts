/**
 * A list as its owner sees it: its state, its progress, and its verdicts so far. Pure.
 */
import * as z from 'zod';
import { once } from '../../shared/once.ts';
import { REASON_NAMES, type Reason, reasonRow, VERDICTS, type Verdict } from '../../shared/verdict.ts';
import { expectedBounceRate, type ProviderCounts } from './bounce-rate.ts';
import { LIST_STATES, type ListRecord, type ListState, type TallyRow } from './list-record.ts';

const time = z.iso.datetime();
const count = z.int();

export const listSummarySchema = once(() =>
  z.object({
    id: z.string(),
    name: z.string().nullable(),
    state: z.enum(LIST_STATES),
    waiting_for: z.enum(['mail_servers', 'quota', 'nodes']).nullable(),
    rows: count.meta({ description: 'Data rows that have been read' }),
    distinct: count.meta({ description: 'Addresses that are counted: of one owner, one' }),
    duplicates: count.meta({ description: 'Rows that repeat an earlier one' }),
    done: count.meta({ description: 'Of the distinct ones, those with a verdict' }),
    free: count.meta({ description: 'Of those, the ones that no probe was spent on' }),
    by_verdict: z.record(z.enum(VERDICTS), count),
    by_reason: z.partialRecord(z.enum(REASON_NAMES), count),
    by_provider: z.array(
      z.object({ provider: z.string(), distinct: count, done: count, eta_seconds: count.nullable() }),
    ),
    expected_bounce_rate: z
      .object({
        before: z.number(),
        after: z.number(),
        low: z.number(),
        high: z.number(),
        is_under_2_percent: z.boolean(),
        method: z.string(),
      })
      .nullable(),
    eta_seconds: count.nullable(),
    next_retry_at: time.nullable(),
    parts: z.array(count).nullable(),
    failure: z.object({ code: z.string(), detail: z.string() }).nullable(),
    created_at: time,
    finished_at: time.nullable(),
    expires_at: time,
  }),
);

/** A list as the operator sees it beside those of others. */
export const openListSchema = once(() =>
  listSummarySchema().extend({
    key: z
      .string()
      .nullable()
      .meta({ description: 'Id of the key that made it; null for the operator and without a key' }),
  }),
);

export type OpenList = z.infer<ReturnType<typeof openListSchema>>;
export type ListSummary = z.infer<ReturnType<typeof listSummarySchema>>;

/** What is known of the moment, beside the record. */
export type Moment = {
  readonly name: string | null;
  /** True while some address is being asked about, or is to be at once. */
  readonly isBusy: boolean;
  readonly nextRetryAtMs: number | null;
  readonly parts: readonly number[] | null;
  /** Verdicts per second that the mail servers gave of late, or null. */
  readonly ratePerSecond: number | null;
  readonly rateByProvider: ReadonlyMap<string, number>;
  readonly kept: ReadonlySet<Reason>;
};

/** A provider that is none of those that are known. */
const OTHER = 'other';

export function summarise(record: ListRecord, tally: readonly TallyRow[], moment: Moment): ListSummary {
  const counted = tally.filter(({ isCounted }) => isCounted);
  const known = counted.filter(({ reason }) => reason !== null);
  const distinct = total(counted);
  const byProvider = [...Map.groupBy(counted, ({ provider }) => provider)].map(([provider, lines]) => ({
    provider,
    counts: countsOf(lines),
    done: total(lines.filter(({ reason }) => reason !== null)),
  }));
  const state = listStateOf(record, moment);
  const all = countsOf(counted);
  const open = total(tally.filter(({ reason }) => reason === null));
  return {
    id: record.id,
    name: moment.name,
    state,
    waiting_for: waitingFor(state, record),
    rows: record.rows,
    distinct,
    duplicates: record.rows - distinct,
    done: total(known),
    free: known.reduce((sum, { free }) => sum + free, 0),
    by_verdict: all.byVerdict,
    by_reason: all.byReason,
    by_provider: byProvider
      .sort((a, b) => b.counts.distinct - a.counts.distinct)
      .map(({ provider, counts, done }) => ({
        provider: provider === '' ? OTHER : provider,
        distinct: counts.distinct,
        done,
        eta_seconds:
          state === 'running' ? etaOf(counts.distinct - done, moment.rateByProvider.get(provider) ?? null) : null,
      })),
    expected_bounce_rate: expectedBounceRate(
      byProvider.map(({ counts }) => counts),
      moment.kept,
    ),
    eta_seconds: state === 'running' ? etaOf(open, moment.ratePerSecond) : null,
    next_retry_at: isOver(state) ? null : timeOf(moment.nextRetryAtMs),
    parts: moment.parts === null ? null : [...moment.parts],
    failure: record.failure,
    created_at: new Date(record.createdAtMs).toISOString(),
    finished_at: timeOf(record.finishedAtMs),
    expires_at: new Date(record.expiresAtMs).toISOString(),
  };
}

/** True for a list to which nothing happens any more. */
export function isOver(state: ListState): boolean {
  return state === 'done' || state === 'cancelled' || state === 'failed';
}

export function listStateOf({ phase, ending, pause }: ListRecord, { isBusy }: Pick<Moment, 'isBusy'>): ListState {
  switch (phase) {
    case 'receive':
      return 'receiving';
    case 'read':
    case 'survey':
    case 'recall':
      return 'reading';
    case 'hold':
      return 'ready';
    case 'check':
      return isBusy && pause === null ? 'running' : 'waiting';
    case 'merge':
      return 'running';
    case 'over':
      return ending ?? 'failed';
  }
}

function waitingFor(state: ListState, { pause }: ListRecord): ListSummary['waiting_for'] {
  return state === 'waiting' ? (pause?.waitingFor ?? 'mail_servers') : null;
}

function countsOf(lines: readonly TallyRow[]): ProviderCounts {
  const byVerdict: Record<Verdict, number> = { deliverable: 0, invalid: 0, risky: 0, unknown: 0 };
  const byReason: Partial<Record<Reason, number>> = {};
  for (const { reason, count: lineCount } of lines) {
    if (reason === null) continue;
    byVerdict[reasonRow(reason).verdict] += lineCount;
    byReason[reason] = (byReason[reason] ?? 0) + lineCount;
  }
  return { distinct: total(lines), byVerdict, byReason };
}

function total(lines: readonly TallyRow[]): number {
  return lines.reduce((sum, line) => sum + line.count, 0);
}

function etaOf(open: number, ratePerSecond: number | null): number | null {
  if (open === 0) return 0;
  return ratePerSecond === null || ratePerSecond <= 0 ? null : Math.ceil(open / ratePerSecond);
}

function timeOf(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}
