/**
 * What the consumer of rechecks works with: the services, and the flow itself. Wiring only; after it: verify.ts.
 */
import { canonicalOf } from '../shared/canonical.ts';
import type { ConsumePorts } from './rechecks/consume.ts';
import type { Services } from './services.ts';
import { verify } from './verify.ts';

/** Milliseconds for one recheck: nobody waits for it. */
const DEADLINE_MS = 60_000;

export function recheckPorts(
  { ports, openRecheck }: Services,
  waitUntil: (work: Promise<unknown>) => void,
): ConsumePorts {
  return {
    open: openRecheck,
    recall: (address) => ports.recall(canonicalOf(address)),
    verifyAgain: async ({ address, node, attempt }) => {
      const recheck = { node, attempt: attempt + 1 };
      await verify(
        address,
        { deadlineMs: DEADLINE_MS, maxAgeSeconds: 0, smtp: true, recheck },
        { ...ports, waitUntil },
      );
    },
  };
}
