/**
 * Which nodes are not to be asked just now, as one isolate has seen it: one that said 503 until its `Retry-After` has
 * passed, one that could not be reached for a few seconds. They are asked last, never left out: the registry decides who
 * is lost, and where every node is away all are tried.
 */
import { ExpiringMap } from '../../shared/expiring-map.ts';

/** Milliseconds for which a node that could not be reached, or fell silent, is asked last. */
const UNREACHED_MS = 5_000;
/** Seconds of a `Retry-After` that are believed, and what stands in for one that is missing or unreadable. */
const RETRY_AFTER_SECONDS_MAX = 120;
const RETRY_AFTER_SECONDS_DEFAULT = 1;
/** Nodes remembered. */
const NODES_MAX = 2_000;

export type Absences = {
  /** @param why the `Retry-After` of a 503, null where that has none; or that the node was not reached at all */
  note(nodeId: string, why: string | 'unreached' | null): void;
  isAway(nodeId: string): boolean;
};

export function createAbsences(nowMs: () => number): Absences {
  const away = new ExpiringMap<true>(NODES_MAX, nowMs);
  return {
    note(nodeId, why) {
      const awayMs = why === 'unreached' ? UNREACHED_MS : retryAfterSeconds(why) * 1000;
      away.set(nodeId, true, awayMs);
    },
    isAway: (nodeId) => away.get(nodeId) === true,
  };
}

/** RFC 9110 §10.2.3, the form in seconds; nodes give no other. */
function retryAfterSeconds(text: string | null): number {
  const seconds = text !== null && /^[0-9]{1,6}$/.test(text.trim()) ? Number(text) : RETRY_AFTER_SECONDS_DEFAULT;
  return Math.min(RETRY_AFTER_SECONDS_MAX, seconds);
}
