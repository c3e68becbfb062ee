/**
 * Queue consumer for rechecks: asks again, on the same node, and lets the flow remember the outcome.
 *
 * The queue delivers at least once, so that a recheck is already done if its address has a verdict, or a later recheck,
 * from after it was planned. A newer verdict that only says "later" again does not count. A recheck that ends undecided
 * plans the next one itself (flow/record-outcome.ts); only a fault of ours puts the message back.
 */
import { reasonRow } from '../../shared/verdict.ts';
import type { RememberedVerdict } from '../memory/results.ts';
import type { Recheck } from './message.ts';

/** The part of a queue message that is used here. */
export type QueueMessage = { readonly body: unknown; ack(): void; retry(): void };

export type ConsumePorts = {
  readonly open: (body: unknown) => Promise<Recheck | null>;
  readonly recall: (address: string) => Promise<RememberedVerdict | null>;
  /** Verifies again, remembers the outcome, and plans the next recheck if one is due. */
  readonly verifyAgain: (recheck: Recheck) => Promise<void>;
};

export async function consumeRechecks(messages: readonly QueueMessage[], ports: ConsumePorts): Promise<void> {
  const workByAddress: WorkByAddress = new Map();
  await Promise.all(messages.map((message) => consumeOne(message, workByAddress, ports)));
}

/** Work in flight for one batch: an address that occurs twice is asked once. */
type WorkByAddress = Map<string, Promise<void>>;

async function consumeOne(message: QueueMessage, workByAddress: WorkByAddress, ports: ConsumePorts): Promise<void> {
  try {
    const recheck = await ports.open(message.body);
    if (recheck !== null) {
      const work = workByAddress.get(recheck.address) ?? verifyUnlessAnswered(recheck, ports);
      workByAddress.set(recheck.address, work);
      await work;
    }
    message.ack();
  } catch {
    // The queue counts the tries and gives up by itself.
    message.retry();
  }
}

async function verifyUnlessAnswered(recheck: Recheck, ports: ConsumePorts): Promise<void> {
  const known = await ports.recall(recheck.address);
  if (known !== null && Date.parse(known.checked_at) > recheck.planned_at_ms) {
    if (reasonRow(known.reason).isAnswer || (known.rechecks ?? 0) > recheck.attempt) return;
  }
  await ports.verifyAgain(recheck);
}
