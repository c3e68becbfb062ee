import { describe, expect, test } from 'vitest';
import type { Evidence } from '../../shared/job.ts';
import { jobFor, namesOf } from './node-world.ts';
import { POLL } from './open-sockets.ts';
import { setStage } from './stage.ts';

const stage = setStage();
const GOOGLE_HOST = 'aspmx.l.google.com';
const AT_GOOGLE = { mail_hosts: [{ host: GOOGLE_HOST, preference: 0 }] };

describe('a job that a form waits for', () => {
  test('an interactive job passes a queue of bulk jobs that came first, to the same server', async () => {
    const server = await stage.serve({ extensions: [] });
    const world = stage.world([server], { isPaced: true });
    const order: string[] = [];
    const noting = (batch: readonly Evidence[]): void => void order.push(...batch.map(() => 'bulk'));
    const stop = new AbortController();
    const bulk = Array.from({ length: 8 }, (_, job) =>
      world.probe(jobFor(namesOf(9, `known${job}`), { priority: 'bulk' }), noting, stop.signal),
    );
    await expect.poll(() => order.length, POLL).toBeGreaterThan(3);
    const form = await world.runOne(jobFor(['ada'], { deadline_ms: 10_000 }));
    // Of 72 recipients of a list most are still to be asked: fifty are saved up, and the rest comes at ten a second.
    expect([form.reply?.code, order.length < 60]).toEqual([250, true]);
    stop.abort();
    await Promise.all(bulk);
  });

  test('an interactive job has the next place of a bulk job that had all of them, although other bulk jobs wait for it', async () => {
    const held: (() => void)[] = [];
    const server = await stage.serve();
    const world = stage.world([server], { isPaced: true, hosts: [GOOGLE_HOST] });
    const lane = 'default>google';
    const pace = { sessionsMax: 2, sessionsPerSecond: 100, recipientsPerSecond: 100 };
    for (const _ of [1, 2]) {
      const entered = world.ports.limiter.enterNow(lane, pace, 'bulk');
      if (entered !== null) held.push(entered.leave);
    }
    const answered: string[] = [];
    const bulk = world.run(jobFor(['known1'], { ...AT_GOOGLE, priority: 'bulk' })).then(() => answered.push('bulk'));
    await expect.poll(() => world.ports.limiter.waiting(lane, 'bulk'), POLL).toBe(1);
    const form = world.run(jobFor(['ada'], AT_GOOGLE)).then(() => answered.push('form'));
    await expect.poll(() => world.ports.limiter.waiting(lane, 'interactive'), POLL).toBe(1);
    held[0]?.();
    await form;
    // The session of the form goes on to the bulk job, or makes room for it.
    await bulk;
    held[1]?.();
    expect(answered).toEqual(['form', 'bulk']);
  });

  test('an interactive job is handed the session of a bulk job between two of its questions', async () => {
    let asked = 0;
    const waiting: (() => void)[] = [];
    const server = await stage.serve();
    const world = stage.world([server], { isPaced: true, hosts: [GOOGLE_HOST] });
    const lane = 'default>google';
    // One place is taken for good, so that the bulk job has the only other one.
    const pace = { sessionsMax: 2, sessionsPerSecond: 100, recipientsPerSecond: 20 };
    const taken = world.ports.limiter.enterNow(lane, pace, 'bulk');
    const told: string[] = [];
    const stop = new AbortController();
    const bulk = world.probe(
      jobFor(namesOf(200), { ...AT_GOOGLE, priority: 'bulk' }),
      (batch) => {
        asked += batch.length;
        for (const wake of waiting.splice(0)) wake();
      },
      stop.signal,
    );
    await new Promise<void>((resolve) => waiting.push(resolve));
    const form = await world.runOne(jobFor(['ada'], AT_GOOGLE));
    told.push(String(form.reply?.code));
    expect([told, asked < 200]).toEqual([['250'], true]);
    stop.abort();
    await bulk;
    if (taken?.kind === 'entered') taken.leave();
  });

  test('an interactive job finds the session that was opened for it, which bulk work leaves alone', async () => {
    const server = await stage.serve();
    const world = stage.world([server], { isPaced: true });
    await world.probe(jobFor([]), () => {});
    expect(world.ports.pool.idleCount).toBe(1);
    await world.runOne(jobFor(['known1'], { priority: 'bulk' }));
    expect(world.sessions).toEqual({ new: 2, reused: 0 });
    await world.runOne(jobFor(['ada']));
    expect(world.sessions).toEqual({ new: 2, reused: 1 });
  });
});

test('a bulk job waits for batches of recipients, so that it costs a server fewer sessions than asking one by one', async () => {
  const server = await stage.serve();
  const world = stage.world([server], { isPaced: true });
  const names = namesOf(47);
  const evidence = await world.run(jobFor(names, { priority: 'bulk' }));
  expect(evidence.every(({ reply }) => reply?.code === 250)).toBe(true);
  // Thirty-five are at hand, in four transactions; of the other twelve four go at once.
  const transactions = server.visits.reduce((sum, visit) => sum + visit.transactions, 0);
  expect(transactions).toBeLessThanOrEqual(4 + 12 / 4 + 1);
  expect(server.visits.length).toBeLessThanOrEqual(2);
});
