/**
 * The work of all nodes in a day, by the minute: pure. For operators alone; no verdict depends on it.
 *
 * A node reports each whole minute several times (probe-node/edge-link/recent-minutes.ts), and one row is kept for each
 * node and minute while a report may come. Later there is one row for all nodes of a minute. Size: 1,440 rows, and some
 * 20 for each node, of some 60 octets each.
 */
import type { HistorySpan, MinuteCounts, NodeHistory } from '../../../shared/enrolment.ts';

const MINUTE_MS = 60_000;
/** Minutes that are kept. */
const KEPT = 1_440;
/** Age in minutes up to which a report is taken: a node may have been cut off for a while, but a clock may be wrong too. */
const LATE_MAX = 10;

const SPANS: Readonly<Record<HistorySpan, { readonly points: number; readonly minutesEach: number }>> = {
  hour: { points: 60, minutesEach: 1 },
  day: { points: 96, minutesEach: 15 },
};

export const COUNTS = [
  'jobs',
  'accepted',
  'doubtful',
  'mailbox_refused',
  'deferred',
  'blocked',
  'no_reply',
  'held_back',
] as const satisfies readonly (keyof MinuteCounts)[];

type Counts = Omit<MinuteCounts, 'minute'>;

/** The first minute that is kept. */
export function keptFrom(nowMs: number): number {
  return minuteOf(nowMs) - KEPT;
}

/** Minutes before this one are not reported any more: their rows can be added up. */
export function settledBefore(nowMs: number): number {
  return minuteOf(nowMs) - LATE_MAX;
}

/** Those that are over, lately, and not kept yet. */
export function newMinutes(
  reported: readonly MinuteCounts[],
  lastKept: number,
  nowMs: number,
): readonly MinuteCounts[] {
  const now = minuteOf(nowMs);
  return reported.filter(({ minute }) => minute > lastKept && minute <= now && minute >= now - LATE_MAX);
}

/** The minutes of a span that ends with the last whole minute; both are part of it. */
export function minutesOf(span: HistorySpan, nowMs: number): { readonly from: number; readonly to: number } {
  const { points, minutesEach } = SPANS[span];
  // Steps begin at the quarters of an hour, so that a point stays the same while it is looked at.
  const end = (Math.floor((minuteOf(nowMs) - 1) / minutesEach) + 1) * minutesEach;
  return { from: end - points * minutesEach, to: end - 1 };
}

/** @param rows of any nodes, in any order */
export function historyOf(span: HistorySpan, rows: readonly MinuteCounts[], nowMs: number): NodeHistory {
  const { points, minutesEach } = SPANS[span];
  const { from } = minutesOf(span, nowMs);
  const steps = Array.from({ length: points }, () => emptyCounts());
  for (const row of rows) {
    const step = steps[Math.floor((row.minute - from) / minutesEach)];
    if (step === undefined) continue;
    for (const name of COUNTS) step[name] += row[name];
  }
  return {
    span,
    step_s: minutesEach * 60,
    points: steps.map((counts, place) => ({
      at: new Date((from + place * minutesEach) * MINUTE_MS).toISOString(),
      ...counts,
    })),
  };
}

function minuteOf(ms: number): number {
  return Math.floor(ms / MINUTE_MS);
}

function emptyCounts(): Counts {
  return { jobs: 0, accepted: 0, doubtful: 0, mailbox_refused: 0, deferred: 0, blocked: 0, no_reply: 0, held_back: 0 };
}
