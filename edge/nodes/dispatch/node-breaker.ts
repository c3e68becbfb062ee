/**
 * Which nodes are not to be asked just now, as one isolate has seen it: one that said 503 until its `Retry-After` has
 * passed, one that could not be reached for a few seconds, one that is silent for longer each time. Whoever tries a silent
 * one waits, and so one asker tries it and the others wait for what comes of that. They are asked last, never left out: the
 * registry decides who is lost, and where every node is away all are tried.
 */
import { ExpiringMap } from '../../../shared/expiring-map.ts';

/** Milliseconds for which a node that could not be reached is asked last, and one that fell silent the first time. */
const UNREACHED_MS = 5_000;
/** Milliseconds at most of one that is silent whenever it is tried, and for which that is remembered of it. */
const SILENT_MS_MAX = 120_000;
const SILENCES_MS = 600_000;
/** Milliseconds for which one asker tries a node that was silent: a little longer than for its headers (node-request.ts). */
const TRIAL_MS = 4_000;
/** Seconds of a `Retry-After` that are believed, and what stands in for one that is missing or unreadable. */
const RETRY_AFTER_SECONDS_MAX = 120;
const RETRY_AFTER_SECONDS_DEFAULT = 1;
/** Nodes remembered. */
const NODES_MAX = 2_000;

export type NodeBreaker = {
  /** @param why the `Retry-After` of a 503, null where that has none; or that the node was not reached, or not heard */
  note(nodeId: string, why: string | 'unreached' | 'silent' | null): void;
  /** It has given evidence: what it was silent about before does not count any more. */
  noteHeard(nodeId: string): void;
  /** Whether the node may be asked before others; whoever is told so of one that was silent is to ask it. */
  admits(nodeId: string): boolean;
};

export function createNodeBreaker(nowMs: () => number): NodeBreaker {
  const away = new ExpiringMap<'away' | 'on_trial'>(NODES_MAX, nowMs);
  const silences = new ExpiringMap<number>(NODES_MAX, nowMs);
  const noteSilence = (nodeId: string): void => {
    // Of many who had asked it at once, each comes here.
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

/** RFC 9110 §10.2.3, the form in seconds; nodes give no other. */
function retryAfterSeconds(text: string | null): number {
  const seconds = text !== null && /^[0-9]{1,6}$/.test(text.trim()) ? Number(text) : RETRY_AFTER_SECONDS_DEFAULT;
  return Math.min(RETRY_AFTER_SECONDS_MAX, seconds);
}
