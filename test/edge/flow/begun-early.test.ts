/** The first requests of an isolate: the steps that wait for the names of disposable domains, and the reads that are begun meanwhile. */
import { describe, expect, test } from 'vitest';
import type { ClimbOptions } from '../../../edge/flow/climb.ts';
import { verify } from '../../../edge/flow/verify.ts';
import type { Answer } from '../../../shared/answer.ts';
import { createWorld, gate, type World } from '../small-world.ts';

const OPTIONS: ClimbOptions = { deadlineMs: 10_000, maxAgeSeconds: null, smtp: true, recheck: null };

/** A world whose names are not read yet, and a question that waits for them. */
async function askEarly(email: string, options: Partial<ClimbOptions> = {}, world?: World) {
  const { passed: names, open } = gate<void>();
  const disposable: string[] = [];
  const own = world ?? (await createWorld());
  const ports = { ...own.ports, names, isDisposable: (domain: string) => disposable.includes(domain) };
  const answer = verify(email, { ...OPTIONS, ...options }, ports);
  let found: Answer | null = null;
  answer.then(
    (value) => {
      found = value;
    },
    () => {},
  );
  for (let turns = 0; turns < 20; turns += 1) await new Promise((resolve) => setImmediate(resolve));
  return { world: own, disposable, open: () => open(undefined), answer, foundSoFar: () => found };
}

describe('while the names of disposable domains are being read', () => {
  test('a text that is no address has its verdict, and nothing is begun', async () => {
    const { world, foundSoFar } = await askEarly('no address');
    expect(foundSoFar()).toMatchObject({ reason: 'syntax' });
    expect([world.recalls(), world.queries, world.jobs]).toEqual([0, [], []]);
  });

  test('an address is looked up in memory and in the DNS, and no mail server is asked', async () => {
    const { world, foundSoFar, open, answer } = await askEarly('ada@firm.example');
    await expect.poll(world.recalls).toBe(1);
    expect([foundSoFar(), world.queries, world.jobs]).toEqual([null, ['firm.example MX'], []]);
    open();
    expect((await answer).reason).toBe('accepted');
    await world.settle();
    expect([world.recalls(), world.jobs.length]).toEqual([1, 1]);
  });

  test('a mark of the operator holds from the first answer on, before memory and DNS', async () => {
    const { world, disposable, open, answer } = await askEarly('ada@firm.example');
    disposable.push('firm.example');
    open();
    expect(await answer).toMatchObject({ reason: 'disposable', smtp: null });
    expect(world.jobs).toEqual([]);
  });

  test('memory is not read for a caller that wants no remembered verdict', async () => {
    const { world, open, answer } = await askEarly('ada@firm.example', { maxAgeSeconds: 0 });
    expect(world.recalls()).toBe(0);
    open();
    expect((await answer).reason).toBe('accepted');
  });

  test('a read that fails is a fault of its own step alone', async () => {
    const world = await createWorld({ query: () => Promise.reject(new Error('broken')) });
    const { open, answer } = await askEarly('ada@firm.example', {}, world);
    const broken = expect(answer).rejects.toThrow('broken');
    open();
    await broken;
  });

  test('the deadline of the caller holds', async () => {
    const { world, answer } = await askEarly('ada@firm.example', { deadlineMs: 1 });
    expect(await answer).toMatchObject({ reason: 'pending', address: 'ada@firm.example' });
    expect(world.jobs).toEqual([]);
  });
});
