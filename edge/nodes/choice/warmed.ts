/**
 * The node on which this isolate opened a session in advance, for a domain that is spread over several nodes: the
 * question that follows finds the session there. A cache of an isolate only.
 */

/** As long as a node holds the session (probe-node/flow/probe.ts). */
const WARM_MS = 20_000;
/** Sessions remembered; the oldest goes first. */
const SESSIONS_MAX = 1_000;

export type WarmedNodes = {
  note(domain: string, nodeId: string): void;
  /** The node of the oldest session that is not taken yet, or null. */
  take(domain: string): string | null;
};

export function createWarmed(nowMs: () => number): WarmedNodes {
  let sessions: { readonly domain: string; readonly nodeId: string; readonly untilMs: number }[] = [];
  const forgetOld = (): void => {
    const now = nowMs();
    if ((sessions[0]?.untilMs ?? now + 1) <= now) sessions = sessions.filter(({ untilMs }) => untilMs > now);
  };
  return {
    note(domain, nodeId) {
      forgetOld();
      if (sessions.length >= SESSIONS_MAX) sessions.shift();
      sessions.push({ domain, nodeId, untilMs: nowMs() + WARM_MS });
    },
    take(domain) {
      forgetOld();
      const place = sessions.findIndex((session) => session.domain === domain);
      return place < 0 ? null : (sessions.splice(place, 1)[0]?.nodeId ?? null);
    },
  };
}
