/** Rechecks on the platform's limits: the queue delivers each of them twice, in any order, to isolates that know nothing. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openStage, type Stage } from './stage.ts';

let stage: Stage;

beforeAll(async () => {
  stage = await openStage();
});

afterAll(() => stage?.close());

const connections = (host: string): number => stage.sandbox.counters()[host]?.connections ?? 0;

describe('an address that its server puts off', () => {
  test('is asked again by ourselves, and a caller elsewhere has the answer of that', async () => {
    expect((await stage.ask('ada@soon.test')).reason).toBe('greylisted');
    await expect.poll(() => stage.edge.platform.queue.counts()).toMatchObject({ delivered: 2, waiting: 0 });
    // From a location that has not read the key before.
    await expect
      .poll(async () => (await stage.ask('ada@soon.test', { smtp: 'false' }, crypto.randomUUID())).reason)
      .toBe('accepted');
  });

  test('is asked once more at most for a message that comes twice', () => {
    // Two sessions are the first question and the recheck; a copy that does not see its outcome yet is a third.
    expect(connections('mx.soon.test')).toBeLessThanOrEqual(3);
  });

  test('leaves no message behind, and none that was given up', () => {
    expect(stage.edge.platform.queue.counts()).toMatchObject({ waiting: 0, dead: 0 });
  });
});
