/**
 * Circuit breaker per node, as one isolate sees it. It opens after a 503 until its `Retry-After` has passed, for a few
 * seconds after a failed connection, and for longer each time if the node is silent. An open node is tried last; when
 * half-open, one request probes a silent node while the others go elsewhere. A node is never left out: the registry
 * decides which nodes are lost, and if all are open, all are tried.
 */
import { ExpiringMap } from '../../../shared/expiring-map.ts';

/** Milliseconds for which the breaker is open after a failed connection, and after the first silence. */
const UNREACHED_MS = 5_000;
/** Longest open time in milliseconds for a node that is silent at each trial, and the memory of its silences. */
const SILENT_MS_MAX = 120_000;
const SILENCES_MS = 600_000;
/** Milliseconds of the half-open trial: a little longer than the limit for its headers (node-request.ts). */
const TRIAL_MS = 4_000;
/** Upper bound of a `Retry-After` in seconds, and the default for one that is missing or unreadable. */
const RETRY_AFTER_SECONDS_MAX = 120;
const RETRY_AFTER_SECONDS_DEFAULT = 1;
/** Nodes remembered. */
const NODES_MAX = 2_000;

export type NodeBreaker = {
  /**
   * @param why the `Retry-After` of a 503, null if it has none; or that the node could not be reached, or was silent
   */
  note(nodeId: string, why: string | 'unreached' | 'silent' | null): void;
  /** Records evidence of the node, which closes the breaker: earlier silences no longer count. */
  noteHeard(nodeId: string): void;
  /** Whether the node may be asked before others; for a half-open node, the caller that gets true must ask it. */
  admits(nodeId: string): boolean;
};

export function createNodeBreaker(nowMs: () => number): NodeBreaker {
  const away = new ExpiringMap<'away' | 'on_trial'>(NODES_MAX, nowMs);
  const silences = new ExpiringMap<number>(NODES_MAX, nowMs);
  const noteSilence = (nodeId: string): void => {
    // Concurrent requests to one silent node all end here: count its silence once.
    if (away.get(nodeId) === 'away') return;
    const before = silences.get(nodeId) ?? 0;
    silences.set(nodeId, before + 1, SILENCES_MS);
    away.set(nodeId, 'away', Math.min(SILENT_MS_MAX, UNREACHED_MS * 2 ** before));
  };
  return {
    note(nodeId, why) {
      if (why === 'silent') noteSilence(nodeId);
      else away.set(nodeId, 'away', why === 'unreached' ? UNREACHED_MS : retryAfterSeconds(why) * 1000);
    },
    noteHeard(nodeId) {
      silences.delete(nodeId);
      if (away.get(nodeId) === 'on_trial') away.delete(nodeId);
    },
    admits(nodeId) {
      if (away.get(nodeId) !== undefined) return false;
      if (silences.get(nodeId) !== undefined) away.set(nodeId, 'on_trial', TRIAL_MS);
      return true;
    },
  };
}

/** RFC 9110 §10.2.3, the form in seconds; nodes send no other. */
function retryAfterSeconds(text: string | null): number {
  const seconds = text !== null && /^[0-9]{1,6}$/.test(text.trim()) ? Number(text) : RETRY_AFTER_SECONDS_DEFAULT;
  return Math.min(RETRY_AFTER_SECONDS_MAX, seconds);
}
