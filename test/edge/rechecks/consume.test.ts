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
  test('a recheck is made as it was planned, and is done', async () => {
    const { ports, asked } = side();
    expect(await consume(ports, recheckOf({ attempt: 2 }))).toEqual(['done']);
    expect(asked).toEqual([recheckOf({ attempt: 2 })]);
  });

  test('a recheck that comes twice is made once', async () => {
    const { ports, asked } = side();
    expect(await consume(ports, recheckOf())).toEqual(['done']);
    expect(await consume(ports, recheckOf())).toEqual(['done']);
    expect(asked).toHaveLength(1);
  });

  test('a recheck that comes twice in one batch is made once, and both are done', async () => {
    const { ports, asked } = side();
    const other = recheckOf({ address: 'bob@firm.example' });
    expect(await consume(ports, recheckOf(), other, recheckOf())).toEqual(['done', 'done', 'done']);
    expect(asked).toEqual([recheckOf(), other]);
  });

  test.each([
    ['newer than its plan makes it needless', 1, 0],
    ['as old as its plan does not', 0, 1],
    ['older than its plan does not', -1, 1],
  ])('a recheck is still due or not: a verdict %s', async (_, afterMs, count) => {
    const { ports, asked, memory } = side();
    memory.set('ada@firm.example', rememberedAt(PLANNED_MS + afterMs));
    expect(await consume(ports, recheckOf())).toEqual(['done']);
    expect(asked).toHaveLength(count);
  });

  test.each([
    ['an answer', 'mailbox_not_found', 0],
    ['"later" once more', 'greylisted', 1],
    ['a yes that is still unconfirmed', 'unconfirmed', 1],
  ] as const)('a recheck is still due or not: a caller was meanwhile told %s', async (_, reason, count) => {
    const { ports, asked, memory } = side();
    memory.set('ada@firm.example', rememberedAt(PLANNED_MS + 1, reason));
    expect(await consume(ports, recheckOf())).toEqual(['done']);
    expect(asked).toHaveLength(count);
  });

  test('a recheck of another spelling is another one', async () => {
    const { ports, asked } = side();
    const other = recheckOf({ address: 'ADA@firm.example' });
    expect(await consume(ports, recheckOf(), other)).toEqual(['done', 'done']);
    expect(asked).toEqual([recheckOf(), other]);
  });

  test('a recheck is not done before its verdict is there', async () => {
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
  test('a message that cannot be opened is dropped, and no server is asked', async () => {
    const { ports, asked } = side();
    expect(await consume(ports, 'sealed with an older key', null)).toEqual(['done', 'done']);
    expect(asked).toEqual([]);
  });

  const broken = (): Promise<never> => Promise.reject(new Error('out of order'));

  test.each<[string, Partial<ConsumePorts>]>([
    ['opening it', { open: broken }],
    ['recalling', { recall: broken }],
    ['verifying', { verifyAgain: broken }],
  ])('a message goes back to the queue if %s fails', async (_, parts) => {
    expect(await consume(side(parts).ports, recheckOf())).toEqual(['again']);
  });

  test('a message that fails does not affect the others', async () => {
    const { ports } = side({
      verifyAgain: ({ address }) => (address.startsWith('bob@') ? broken() : Promise.resolve()),
    });
    const bodies = [recheckOf({ address: 'bob@firm.example' }), recheckOf()];
    expect(await consume(ports, ...bodies)).toEqual(['again', 'done']);
  });
});

test('an empty batch does nothing', async () => {
  expect(await consume(side().ports)).toEqual([]);
});
