import { describe, expect, test } from 'vitest';
import type { RememberedVerdict } from '../../../edge/memory/results.ts';
import { type ConsumePorts, consumeRechecks, type QueueMessage } from '../../../edge/rechecks/consume.ts';
import type { Recheck } from '../../../edge/rechecks/message.ts';
import { gate } from '../small-world.ts';

const PLANNED_MS = Date.UTC(2026, 0, 1);

function recheckOf(parts: Partial<Recheck> = {}): Recheck {
  return { address: 'ada@firm.example', node: 'fra1', attempt: 0, planned_at_ms: PLANNED_MS, ...parts };
}

function rememberedAt(ms: number, reason: RememberedVerdict['reason'] = 'accepted'): RememberedVerdict {
  return { reason, catch_all: false, mx: null, smtp: null, checked_at: new Date(ms).toISOString() };
}

type Delivery = QueueMessage & { readonly fate: () => readonly string[] };

/** A message as the queue delivers it, which records its outcome. */
function delivery(body: unknown): Delivery {
  const fate: string[] = [];
  return { body, ack: () => void fate.push('done'), retry: () => void fate.push('again'), fate: () => fate };
}

type Side = {
  readonly ports: ConsumePorts;
  readonly asked: readonly Recheck[];
  readonly memory: Map<string, RememberedVerdict>;
};

/** Opens whatever is a recheck; each verdict is remembered a second after the recheck was planned. */
function side(parts: Partial<ConsumePorts> = {}): Side {
  const asked: Recheck[] = [];
  const memory = new Map<string, RememberedVerdict>();
  const ports: ConsumePorts = {
    open: async (body) => (typeof body === 'object' ? (body as Recheck | null) : null),
    recall: async (address) => memory.get(address) ?? null,
    verifyAgain: async (recheck) => {
      asked.push(recheck);
      memory.set(recheck.address, rememberedAt(recheck.planned_at_ms + 1_000));
    },
    ...parts,
  };
  return { ports, asked, memory };
}

async function consume(ports: ConsumePorts, ...bodies: readonly unknown[]): Promise<readonly string[]> {
  const deliveries = bodies.map(delivery);
  await consumeRechecks(deliveries, ports);
  return deliveries.flatMap(({ fate }) => fate());
}

describe('a recheck', () => {
  test('is made as it was planned, and is done', async () => {
    const { ports, asked } = side();
    expect(await consume(ports, recheckOf({ attempt: 2 }))).toEqual(['done']);
    expect(asked).toEqual([recheckOf({ attempt: 2 })]);
  });

  test('that comes twice is made once', async () => {
    const { ports, asked } = side();
    expect(await consume(ports, recheckOf())).toEqual(['done']);
    expect(await consume(ports, recheckOf())).toEqual(['done']);
    expect(asked).toHaveLength(1);
  });

  test('that comes twice in one batch is made once, and both are done', async () => {
    const { ports, asked } = side();
    const other = recheckOf({ address: 'bob@firm.example' });
    expect(await consume(ports, recheckOf(), other, recheckOf())).toEqual(['done', 'done', 'done']);
    expect(asked).toEqual([recheckOf(), other]);
  });

  test.each([
    ['newer than its plan makes it needless', 1, 0],
    ['as old as its plan does not', 0, 1],
    ['older than its plan does not', -1, 1],
  ])('is still due or not: a verdict %s', async (_, afterMs, count) => {
    const { ports, asked, memory } = side();
    memory.set('ada@firm.example', rememberedAt(PLANNED_MS + afterMs));
    expect(await consume(ports, recheckOf())).toEqual(['done']);
    expect(asked).toHaveLength(count);
  });

  test.each([
    ['an answer', 'mailbox_not_found', 0],
    ['"later" once more', 'greylisted', 1],
    ['a yes of which it is still open what it is worth', 'unconfirmed', 1],
  ] as const)('is still due or not: what a caller was told meanwhile is %s', async (_, reason, count) => {
    const { ports, asked, memory } = side();
    memory.set('ada@firm.example', rememberedAt(PLANNED_MS + 1, reason));
    expect(await consume(ports, recheckOf())).toEqual(['done']);
    expect(asked).toHaveLength(count);
  });

  test('of another spelling is another one', async () => {
    const { ports, asked } = side();
    const other = recheckOf({ address: 'ADA@firm.example' });
    expect(await consume(ports, recheckOf(), other)).toEqual(['done', 'done']);
    expect(asked).toEqual([recheckOf(), other]);
  });

  test('is not done before its verdict is there', async () => {
    const verdict = gate<void>();
    const { ports } = side({ verifyAgain: () => verdict.passed });
    const message = delivery(recheckOf());
    const consumed = consumeRechecks([message], ports);
    expect(message.fate()).toEqual([]);
    verdict.open();
    await consumed;
    expect(message.fate()).toEqual(['done']);
  });
});

describe('a message', () => {
  test('that cannot be opened is dropped, and nobody is asked', async () => {
    const { ports, asked } = side();
    expect(await consume(ports, 'sealed with an older key', null)).toEqual(['done', 'done']);
    expect(asked).toEqual([]);
  });

  const broken = (): Promise<never> => Promise.reject(new Error('out of order'));

  test.each<[string, Partial<ConsumePorts>]>([
    ['opening it', { open: broken }],
    ['recalling', { recall: broken }],
    ['verifying', { verifyAgain: broken }],
  ])('goes back to the queue where %s fails', async (_, parts) => {
    expect(await consume(side(parts).ports, recheckOf())).toEqual(['again']);
  });

  test('that fails takes no other with it', async () => {
    const { ports } = side({
      verifyAgain: ({ address }) => (address.startsWith('bob@') ? broken() : Promise.resolve()),
    });
    const bodies = [recheckOf({ address: 'bob@firm.example' }), recheckOf()];
    expect(await consume(ports, ...bodies)).toEqual(['again', 'done']);
  });
});

test('a batch of nothing is nothing', async () => {
  expect(await consume(side().ports)).toEqual([]);
});
