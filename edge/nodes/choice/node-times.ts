/**
 * Distance from this isolate to each node, measured by its own requests: a cache of an isolate only.
 *
 * Planning reads all times at once (plan.ts) from an immutable view; a new view is made if a time has really changed,
 * at most once a second.
 */
import { ExpiringMap } from '../../../shared/expiring-map.ts';
import { afterDistance, type SteadyAverage } from '../../../shared/steady-average.ts';

/** Nodes remembered; the least recently used goes first (LRU). */
const NODES_MAX = 5_000;
const VIEW_MS_MIN = 1_000;
/** Of the first requests the quickest counts: one that opens a connection measures more than the distance. */
const FIRST_SAMPLES = 3;

export type NodeTimes = {
  /** @param ms from the request to the answer, minus the time that the node itself reports */
  note(nodeId: string, ms: number): void;
  /** Milliseconds, or null if the node was not asked yet. */
  ms(nodeId: string): number | null;
  /** All times, by node. */
  view(): ReadonlyMap<string, number>;
};

export function createNodeTimes(nowMs: () => number): NodeTimes {
  const averages = new ExpiringMap<SteadyAverage>(NODES_MAX, nowMs);
  let view: ReadonlyMap<string, number> = new Map();
  let viewedAtMs = Number.NEGATIVE_INFINITY;
  let isViewOld = false;
  return {
    note(nodeId, ms) {
      if (!(ms >= 0)) return;
      const before = averages.get(nodeId) ?? null;
      const after = before !== null && before.samples < FIRST_SAMPLES ? quicker(before, ms) : afterDistance(before, ms);
      averages.set(nodeId, after, Number.POSITIVE_INFINITY);
      isViewOld ||= after.shownMs !== before?.shownMs;
    },
    ms: (nodeId) => averages.get(nodeId)?.shownMs ?? null,
    view() {
      if (!isViewOld || nowMs() - viewedAtMs < VIEW_MS_MIN) return view;
      view = new Map([...averages.live()].map(([nodeId, { shownMs }]) => [nodeId, shownMs]));
      viewedAtMs = nowMs();
      isViewOld = false;
      return view;
    },
  };
}

function quicker({ samples, ...before }: SteadyAverage, ms: number): SteadyAverage {
  return ms < before.averageMs
    ? { ...afterDistance(null, ms), samples: samples + 1 }
    : { ...before, samples: samples + 1 };
}
