/**
 * A queue that delivers at least once and in no order: each message is delivered as many times as the limits say, the
 * copies apart from each other, and messages that are due together are shuffled.
 *
 * Batches, retries and the dead-letter queue are those of the consumer in wrangler.toml.
 */
import type { Limits } from '../limits.ts';

/** Milliseconds by which a copy may come after the first delivery. */
const COPY_AFTER_MS = 2_000;
const MESSAGE_OCTETS_MAX = 128_000;
const DELAY_SECONDS_MAX = 43_200;

export type Consumer = {
  readonly batchMax: number;
  readonly batchWaitMs: number;
  readonly retriesMax: number;
  readonly retryDelaySeconds: number;
  /** Batches that may be out at once; null: as many as there are. */
  readonly concurrencyMax: number | null;
};

export type Delivered = {
  readonly id: string;
  readonly body: string;
  readonly attempts: number;
  readonly timestampMs: number;
};

export type QueuePorts = {
  readonly nowMs: () => number;
  readonly random: () => number;
  /** Calls back after so many milliseconds. */
  readonly after: (ms: number, callBack: () => void) => void;
  /** Ids of the messages to retry; rejects if the whole batch is to be. */
  readonly deliver: (messages: readonly Delivered[]) => Promise<readonly string[]>;
};

export type Queue = {
  /** Throws if the message is too large or its delay too long. */
  send(body: string, delaySeconds: number): void;
  counts(): { readonly sent: number; readonly delivered: number; readonly dead: number; readonly waiting: number };
};

type Waiting = Delivered & { readonly dueAtMs: number };

export function createQueue(limits: Limits['queue'], consumer: Consumer, ports: QueuePorts): Queue {
  let waiting: Waiting[] = [];
  let out = 0;
  const counts = { sent: 0, delivered: 0, dead: 0 };

  const add = (message: Waiting): void => {
    waiting.push(message);
    ports.after(Math.max(0, message.dueAtMs - ports.nowMs()) + consumer.batchWaitMs, pump);
  };
  const pump = (): void => {
    const nowMs = ports.nowMs();
    const due = waiting.filter(({ dueAtMs }) => dueAtMs <= nowMs);
    if (due.length === 0 || (consumer.concurrencyMax !== null && out >= consumer.concurrencyMax)) return;
    const batch = (limits.isShuffled ? shuffled(due, ports.random) : due).slice(0, consumer.batchMax);
    waiting = waiting.filter((message) => !batch.includes(message));
    out += 1;
    void deliver(batch).finally(() => {
      out -= 1;
      pump();
    });
    pump();
  };
  const deliver = async (batch: readonly Waiting[]): Promise<void> => {
    const everyId = batch.map(({ id }) => id);
    // A consumer that throws has every message of its batch again.
    const failed = new Set(await ports.deliver(batch).catch(() => everyId));
    counts.delivered += batch.length - failed.size;
    for (const message of batch) {
      if (!failed.has(message.id)) continue;
      if (message.attempts > consumer.retriesMax) counts.dead += 1;
      else {
        const dueAtMs = ports.nowMs() + consumer.retryDelaySeconds * 1000;
        add({ ...message, attempts: message.attempts + 1, dueAtMs });
      }
    }
  };
  return {
    send(body, delaySeconds) {
      if (Buffer.byteLength(body) > MESSAGE_OCTETS_MAX) throw new Error('message too large');
      if (!(delaySeconds >= 0 && delaySeconds <= DELAY_SECONDS_MAX)) throw new Error('delay out of range');
      counts.sent += 1;
      const timestampMs = ports.nowMs();
      const dueAtMs = timestampMs + delaySeconds * 1000;
      const id = crypto.randomUUID();
      for (let copy = 0; copy < limits.copies; copy += 1) {
        const laterMs = copy === 0 ? 0 : Math.ceil(ports.random() * COPY_AFTER_MS);
        // Copies in one batch must be told apart, so that each can be retried.
        add({ id: copy === 0 ? id : `${id}-${copy}`, body, attempts: 1, timestampMs, dueAtMs: dueAtMs + laterMs });
      }
    },
    counts: () => ({ ...counts, waiting: waiting.length }),
  };
}

function shuffled<T>(items: readonly T[], random: () => number): readonly T[] {
  return items
    .map((item) => ({ item, at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}
