/**
 * The ports of the consumer of rechecks: the services, and the flow itself. Wiring only; after it: flow/verify.ts.
 */
import { Problem } from '../../shared/problem.ts';
import { verify } from '../flow/verify.ts';
import type { ConsumePorts } from '../rechecks/consume.ts';
import type { Services } from './services.ts';

/** Milliseconds for one recheck: no caller waits for it. */
const DEADLINE_MS = 60_000;

export function recheckPorts({ ports, openRecheck }: Pick<Services, 'ports' | 'openRecheck'>): ConsumePorts {
  return {
    open: openRecheck,
    recall: ports.recall,
    verifyAgain: async ({ address, node, attempt }) => {
      const recheck = { node, attempt: attempt + 1 };
      const behind: Promise<unknown>[] = [];
      const { reason } = await verify(
        address,
        { deadlineMs: DEADLINE_MS, maxAgeSeconds: 0, smtp: true, recheck, priority: 'bulk' },
        { ...ports, names: null, waitUntil: (work) => void behind.push(work), noteUnrecorded: fail },
      );
      // A recheck is done when its outcome is remembered and the next one is planned.
      await Promise.all(behind);
      if (reason === 'no_node' || reason === 'pending') {
        throw new Problem('overloaded', { detail: 'No node has made the recheck.' });
      }
    },
  };
}

/** The queue tries again. */
function fail(error: unknown): never {
  throw error;
}
