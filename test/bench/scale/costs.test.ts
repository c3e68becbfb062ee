/** Counts the operations of one address in the real flow, so that the figures of docs/SCALE.md follow it. */
import { describe, expect, test } from 'vitest';
import { BATCH, BLOCK, FORM_COST, ROW_COST } from '../../../bench/scale/costs.ts';
import { createApp } from '../../../edge/app.ts';
import { verifyMany } from '../../../edge/batch/verify-many.ts';
import { BATCH_MAX } from '../../../edge/lists/schedule.ts';
import { BLOCK_UNITS } from '../../../edge/quota/reservation.ts';
import { askApp } from '../../edge/ask-app.ts';
import { smallServices } from '../../edge/small-services.ts';
import { createWorld, type World } from '../../edge/small-world.ts';

/** An isolate keeps its findings at hand for a minute. */
const AN_ISOLATE_FORGETS_MS = 61_000;

/** A world that notes the keys that are written. */
async function createCountedWorld(): Promise<World & { readonly writes: string[] }> {
  const world = await createWorld({ anonymousDailyQuota: 1_000 });
  const writes: string[] = [];
  const put = world.store.put.bind(world.store);
  Object.assign(world.store, {
    put: (...entry: Parameters<typeof put>) => {
      writes.push(entry[0]);
      return put(...entry);
    },
  });
  return { ...world, writes };
}

describe('what an address costs', () => {
  test('a form costs as many reads, writes and calls of a counter as the figures say', async () => {
    const world = await createCountedWorld();
    const app = createApp(async () => smallServices(world));
    const background = { waitUntil: world.ports.waitUntil, passThroughOnException: () => {}, props: {} };
    const ask = async (email: string): Promise<unknown> => {
      const response = await askApp(app, `/v1/verify?email=${email}`, {}, {}, background);
      await world.settle();
      return response.json();
    };
    // The first one teaches how the domain treats a random mailbox.
    expect(await ask('ada@firm.example')).toMatchObject({ verdict: 'deliverable' });
    world.advance(AN_ISOLATE_FORGETS_MS);
    const [reads, writes, calls] = [world.store.reads.length, world.writes.length, world.counters.calls.length];
    expect(await ask('bob@firm.example')).toMatchObject({ verdict: 'invalid' });
    expect(world.store.reads.slice(reads).flat()).toHaveLength(FORM_COST.kvReads);
    expect(world.writes.slice(writes)).toHaveLength(FORM_COST.kvWrites);
    expect(world.counters.calls.slice(calls)).toHaveLength(FORM_COST.quotaCalls);
  });

  test('a batch of a list costs as many reads and writes as the figures say', async () => {
    const world = await createCountedWorld();
    const emails = Array.from({ length: BATCH }, (_, row) => `ada${row}@firm.example`);
    const { waitUntil } = world.ports;
    const ports = { gather: world.gather, waitUntil, quota: null, names: null, onFault: () => {} };
    const wishes = { deadlineMs: 60_000, maxAgeSeconds: null, smtp: true, recheck: null };
    const answers: unknown[] = [];
    await verifyMany(emails, wishes, ports, (answer) => void answers.push(answer), new AbortController().signal);
    await world.settle();
    expect(answers).toHaveLength(BATCH);
    // The free pass has read each of them once before.
    expect(world.store.reads.flat()).toHaveLength((ROW_COST.kvReads - 1) * BATCH);
    expect(world.writes).toHaveLength(ROW_COST.kvWrites * BATCH);
  });

  test('a batch and a block of units are as large as the edge makes them', () => {
    expect([BATCH, BLOCK]).toEqual([BATCH_MAX, BLOCK_UNITS]);
  });
});
