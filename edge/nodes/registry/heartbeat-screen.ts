/**
 * Screens heartbeats in the isolate, so that forged ones never wake the registry, of which there is one for the whole
 * edge: the form of token and body, and for a node of the snapshot its signature, audience, times and body hash.
 *
 * A node that is not in the snapshot may have joined a moment ago, so that its heartbeat goes on to the registry: a few
 * a second in total. The registry checks everything again, by its own records. Before it: enrol.ts.
 */
import { NODE_NAME, type PublicKey } from '../../../shared/enrolment.ts';
import { Problem, toProblem } from '../../../shared/problem.ts';
import { readKid, verifyToken } from '../../../shared/token.ts';
import { readHeartbeat } from './read-heartbeat.ts';
import { type Refusal, refuse } from './registry.ts';
import type { HeartbeatMessage } from './registry-service.ts';

/** Rate limit for heartbeats of nodes that are not in the snapshot: so many per so many milliseconds. */
const UNKNOWN_MAX = 10;
const UNKNOWN_MS = 1_000;

export type ScreenPorts = {
  /** The key of a node in the snapshot at hand, however old that is; null if there is none. */
  readonly keyAtHand: (id: string) => PublicKey | null;
  /**
   * The key in a snapshot that is seconds old. Not asked first: a snapshot taken before a node's first heartbeat lacks
   * it.
   */
  readonly freshKey: (id: string) => Promise<PublicKey | null>;
  readonly nowMs: () => number;
};

/** Returns null for a heartbeat that may go on. Throws an `overloaded` Problem if too many unknown nodes send some. */
export type Screen = (message: Omit<HeartbeatMessage, 'provenUrl'>) => Promise<Refusal | null>;

export function createScreen({ keyAtHand, freshKey, nowMs }: ScreenPorts): Screen {
  let window = { sinceMs: Number.NEGATIVE_INFINITY, count: 0 };
  const admitUnknown = (): void => {
    if (nowMs() - window.sinceMs >= UNKNOWN_MS) window = { sinceMs: nowMs(), count: 0 };
    window.count += 1;
    if (window.count > UNKNOWN_MAX) throw new Problem('overloaded', { headers: { 'retry-after': '2' } });
  };
  /**
   * True if the node's key has signed the message, false if the node is unknown here. Throws a Problem of status 401.
   */
  const isSigned = async (id: string, { token, body, edge }: Parameters<Screen>[0]): Promise<boolean> => {
    const check = (key: PublicKey) =>
      verifyToken(token, async () => ({ ...key, alg: 'EdDSA' }), edge, body, nowMs(), id);
    const known = keyAtHand(id);
    if (known === null) return false;
    try {
      await check(known);
    } catch (error) {
      // The node may have been removed, and have joined anew with another key.
      const fresh = await freshKey(id);
      if (fresh?.x === known.x) throw error;
      if (fresh === null) return false;
      await check(fresh);
    }
    return true;
  };
  return async (message) => {
    const { token, body } = message;
    try {
      const id = readKid(token);
      if (!NODE_NAME.test(id)) return refuse('node_unknown', 'The node is not enrolled. It can join with a token.');
      const isKnown = await isSigned(id, message);
      const heartbeat = readHeartbeat(body);
      if ('kind' in heartbeat) return heartbeat;
      if (!isKnown) admitUnknown();
      return null;
    } catch (error) {
      const problem = toProblem(error);
      if (problem.code === 'overloaded') throw problem;
      return refuse(problem.code, problem.detail);
    }
  };
}
