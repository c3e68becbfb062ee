/**
 * Nodes whose word is not believed any more, each for a span of time: pure.
 *
 * A node that was removed may have lied. What it has said lies under keyed hashes and cannot be found by who said it, so its
 * name is remembered instead, for as long as anything it said may live, and whoever reads memory passes over its words.
 * Kept by the registry (registry-service.ts); reaches isolates with the snapshot (roster-copy.ts).
 */

const DAY_MS = 86_400_000;

/** Milliseconds for which a word may live at most: a month for a verdict, and a day to spare. */
export const WORD_MS = 32 * DAY_MS;
/** Milliseconds for which jobs may be on their way to a node that was removed, and its words back. */
const LINGER_MS = 90_000;
/** Spans kept; the one that ends first goes first. */
const SPANS_MAX = 200;

/** What the node has said in this span counts for nothing, its ends included; milliseconds since 1970. */
export type Forgotten = { readonly id: string; readonly sinceMs: number; readonly untilMs: number };

/**
 * The spans with one more, for a node that was removed then: a new node of that name is believed. Without those that speak
 * of nothing that still lives.
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

export function living(spans: readonly Forgotten[], nowMs: number): readonly Forgotten[] {
  return spans.filter(({ untilMs }) => untilMs + WORD_MS > nowMs);
}

/** True if the node's word of some time between the two is not believed. */
export function isForgotten(spans: readonly Forgotten[], node: string, fromMs: number, toMs: number): boolean {
  return spans.some(({ id, sinceMs, untilMs }) => id === node && toMs >= sinceMs && fromMs <= untilMs);
}
