/**
 * Obtains the node's membership: from its state folder, or by joining the edge with its token.
 *
 * If the edge cannot be reached, it tries again for a while, since at boot the network may be late; a refusal is final
 * and is reported in the edge's own words.
 */
import type { Membership } from '../../shared/enrolment.ts';
import { type EdgeLinkPorts, EdgeRefusal, type JoinRequest, requestEnrolment } from './edge-link.ts';

/** Tries at an edge that does not answer, and milliseconds between two. */
const TRIES_MAX = 30;
const RETRY_MS = 2_000;

export type JoinPorts = EdgeLinkPorts & {
  readonly sleep: (ms: number) => Promise<void>;
  readonly onRetry: (error: unknown) => void;
};

/** Throws an EdgeRefusal, or the last error if the edge was never reached. */
export async function join(request: JoinRequest, ports: JoinPorts): Promise<Membership> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await requestEnrolment(request, ports);
    } catch (error) {
      if ((error instanceof EdgeRefusal && error.isFinal) || tries >= TRIES_MAX) throw error;
      ports.onRetry(error);
      await ports.sleep(RETRY_MS);
    }
  }
}
