/**
 * Latency of each node's answers, and when an answer is late, as one isolate has seen it.
 *
 * Filled and read by dispatch.ts, which hedges a question if the node is late. The distance to a node is another matter
 * (nodes/choice/node-times.ts): an answer takes as long as the mail server does. A cache of an isolate only.
 */
import { ExpiringMap } from '../../../shared/expiring-map.ts';
import { quantile } from '../../../shared/quantile.ts';

/** Latencies kept per node; with fewer, its percentile is not known. */
const ANSWERS_MAX = 64;
const ANSWERS_MIN = 8;
const LATE_SHARE = 0.95;
/** Milliseconds: bounds of the delay after which an answer is late. */
const LATE_MS_MIN = 300;
const LATE_MS_MAX = 4_000;
/** Nodes remembered, and the milliseconds since the last answer for which they are. */
const NODES_MAX = 2_000;
const REMEMBERED_MS = 3_600_000;

export type AnswerTimes = {
  /**
   * Records the latency of an answer to a single question; if the request was aborted because another node was faster,
   * the time until then.
   */
  note(nodeId: string, ms: number): void;
  /** Milliseconds after which an answer of this node is later than 95 of 100. */
  lateAfterMs(nodeId: string): number;
};

type Seen = { readonly answersMs: number[]; next: number };

export function createAnswerTimes(nowMs: () => number): AnswerTimes {
  const seenByNode = new ExpiringMap<Seen>(NODES_MAX, nowMs);
  return {
    note(nodeId, ms) {
      const seen = seenByNode.get(nodeId) ?? { answersMs: [], next: 0 };
      seen.answersMs[seen.next] = ms;
      seen.next = (seen.next + 1) % ANSWERS_MAX;
      seenByNode.set(nodeId, seen, REMEMBERED_MS);
    },
    lateAfterMs(nodeId) {
      const answersMs = seenByNode.get(nodeId)?.answersMs ?? [];
      if (answersMs.length < ANSWERS_MIN) return LATE_MS_MAX;
      const usualMs = quantile(answersMs, LATE_SHARE) ?? LATE_MS_MAX;
      return Math.min(LATE_MS_MAX, Math.max(LATE_MS_MIN, usualMs));
    },
  };
}
