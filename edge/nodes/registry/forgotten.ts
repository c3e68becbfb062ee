/**
 * Spans of time in which the reports of a node are not believed: pure.
 *
 * A node that was removed may have lied. Its reports lie under keyed hashes and cannot be found by node, so its name is
 * remembered instead, for as long as any of its reports may live, and every reader of memory skips its entries. Kept by
 * the registry (registry-service.ts); reaches isolates with the snapshot (roster-copy.ts).
 */

const DAY_MS = 86_400_000;

/** Longest life of a report in milliseconds: a month for a verdict, and a day to spare. */
export const WORD_MS = 32 * DAY_MS;
/** Milliseconds for which jobs may still be on their way to a removed node, and its reports on their way back. */
const LINGER_MS = 90_000;
/** Spans kept; the one that ends first goes first. */
const SPANS_MAX = 200;

/** Reports of the node in this span (both ends included; milliseconds since 1970) do not count. */
export type Forgotten = { readonly id: string; readonly sinceMs: number; readonly untilMs: number };

/**
 * Adds a span for a node that was removed then: a new node of that name is believed. Drops spans whose reports have all
 * expired.
 */
export function withForgotten(
  spans: readonly Forgotten[],
  { id, sinceMs, removedAtMs }: { readonly id: string; readonly sinceMs: number; readonly removedAtMs: number },
  nowMs: number,
): readonly Forgotten[] {
  const untilMs = removedAtMs + LINGER_MS;
  const others = living(spans, nowMs).filter(
    (span) => span.id !== id || span.sinceMs < sinceMs || span.untilMs > untilMs,
  );
  return [...others, { id, sinceMs, untilMs }].toSorted((a, b) => b.untilMs - a.untilMs).slice(0, SPANS_MAX);
}

/** The spans with one from a back-up; null if they have it, or all reports of it have expired. */
export function withRestored(spans: readonly Forgotten[], span: Forgotten, nowMs: number): readonly Forgotten[] | null {
  const isKnown = spans.some(
    ({ id, sinceMs, untilMs }) => id === span.id && sinceMs <= span.sinceMs && untilMs >= span.untilMs,
  );
  if (isKnown || living([span], nowMs).length === 0) return null;
  return [...living(spans, nowMs), span].toSorted((a, b) => b.untilMs - a.untilMs).slice(0, SPANS_MAX);
}

export function living(spans: readonly Forgotten[], nowMs: number): readonly Forgotten[] {
  return spans.filter(({ untilMs }) => untilMs + WORD_MS > nowMs);
}

/** True if a report of the node from some time between the two is not believed. */
export function isForgotten(spans: readonly Forgotten[], node: string, fromMs: number, toMs: number): boolean {
  return spans.some(({ id, sinceMs, untilMs }) => id === node && toMs >= sinceMs && fromMs <= untilMs);
}
