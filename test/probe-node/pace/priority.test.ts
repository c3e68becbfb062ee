import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Limiter } from '../../../probe-node/pace/limiter.ts';
import type { Priority } from '../../../shared/job.ts';
import type { Pace } from '../../../shared/providers.ts';
import { createHandClock, type HandClock } from '../hand-clock.ts';

const LANE = 'default>mx.example.test';
const FAR = 1_000_000_000;
const never = new AbortController().signal;

type Grant = { readonly atMs: number; readonly waitedMs: number; readonly count: number; readonly priority: Priority };

type Scene = {
  readonly clock: HandClock;
  readonly limiter: Limiter;
  readonly grants: Grant[];
  /** Asks for `count` recipients once. */
  readonly ask: (priority: Priority, count: number) => Promise<void>;
  /** As many askers as given that ask again as soon as they were let through, until the time is over. */
  readonly keepAsking: (priority: Priority, askers: number, count: number, untilMs: number) => void;
  readonly sum: (priority: Priority, fromMs?: number, toMs?: number) => number;
};

function setScene(pace: Pace): Scene {
  const clock = createHandClock();
  const limiter = new Limiter({ ...clock, makeRoom: () => {} }, true);
  const grants: Grant[] = [];
  const ask: Scene['ask'] = async (priority, count) => {
    const fromMs = clock.nowMs();
    const some = Math.min(count, limiter.burst(LANE, pace, priority));
    const deferred = await limiter.ask(LANE, pace, some, FAR, never, priority);
    if (deferred !== null) throw new Error('nobody is in a hurry');
    grants.push({ atMs: clock.nowMs(), waitedMs: clock.nowMs() - fromMs, count: some, priority });
  };
  return {
    clock,
    limiter,
    grants,
    ask,
    keepAsking: (priority, askers, count, untilMs) => {
      const loop = async (): Promise<void> => {
        while (clock.nowMs() < untilMs) await ask(priority, count);
      };
      for (let asker = 0; asker < askers; asker += 1) void loop();
    },
    sum: (priority, fromMs = 0, toMs = FAR) =>
      grants
        .filter((grant) => grant.priority === priority && grant.atMs >= fromMs && grant.atMs < toMs)
        .reduce((total, { count }) => total + count, 0),
  };
}

const paces = fc.record({
  recipientsPerSecond: fc.constantFrom(1, 4, 10, 25),
  batch: fc.integer({ min: 1, max: 9 }),
  askers: fc.integer({ min: 1, max: 8 }),
});

const paceOf = (recipientsPerSecond: number): Pace => ({
  sessionsMax: 100,
  sessionsPerSecond: 100,
  recipientsPerSecond,
});

describe('the tokens of a lane', () => {
  test('are all for bulk work while nobody interactive asks', async () => {
    const property = fc.asyncProperty(paces, async ({ recipientsPerSecond, batch, askers }) => {
      const { clock, keepAsking, sum } = setScene(paceOf(recipientsPerSecond));
      keepAsking('bulk', askers, batch, 60_000);
      await clock.pass(60_000);
      expect(sum('bulk')).toBeGreaterThanOrEqual(60 * recipientsPerSecond - batch);
    });
    await fc.assert(property, { numRuns: 12 });
  });

  test('are never more than the rate and what was saved up, whoever asks', async () => {
    const property = fc.asyncProperty(paces, async ({ recipientsPerSecond, batch, askers }) => {
      const { clock, keepAsking, sum } = setScene(paceOf(recipientsPerSecond));
      keepAsking('bulk', askers, batch, 40_000);
      await clock.pass(7_000);
      keepAsking('interactive', 2, batch, 40_000);
      await clock.pass(23_000);
      const saved = 5 * recipientsPerSecond;
      expect(sum('bulk') + sum('interactive')).toBeLessThanOrEqual(saved + 30 * recipientsPerSecond + 2 * batch);
    });
    await fc.assert(property, { numRuns: 12 });
  });

  test('are at hand for an interactive question that comes while bulk work takes all it can', async () => {
    const property = fc.asyncProperty(paces, async ({ recipientsPerSecond, batch, askers }) => {
      const { clock, keepAsking, ask, grants } = setScene(paceOf(recipientsPerSecond));
      keepAsking('bulk', askers, batch, 100_000);
      await clock.pass(10_000);
      // A fifth of the rate.
      for (let question = 0; question < 12; question += 1) {
        await clock.pass(5_000 / recipientsPerSecond);
        void ask('interactive', 1);
        await clock.settle();
      }
      const waits = grants.filter(({ priority }) => priority === 'interactive').map(({ waitedMs }) => waitedMs);
      expect(waits).toEqual(Array.from({ length: 12 }, () => 0));
    });
    await fc.assert(property, { numRuns: 12 });
  });

  test('are at most seven in ten for bulk work while somebody interactive asks', async () => {
    const property = fc.asyncProperty(paces, async ({ recipientsPerSecond, batch, askers }) => {
      const { clock, keepAsking, ask, sum } = setScene(paceOf(recipientsPerSecond));
      void ask('interactive', 1);
      await clock.settle();
      keepAsking('bulk', askers, batch, 100_000);
      for (let second = 0; second < 40; second += 1) {
        await clock.pass(1_000);
        void ask('interactive', 1);
        await clock.settle();
      }
      expect(sum('bulk')).toBeLessThanOrEqual(0.7 * (5 + 40) * recipientsPerSecond + batch);
    });
    await fc.assert(property, { numRuns: 12 });
  });

  test('go to interactive work first where it could use all, and a tenth of them still to bulk work', async () => {
    const { clock, keepAsking, sum } = setScene(paceOf(10));
    keepAsking('interactive', 3, 3, 100_000);
    keepAsking('bulk', 3, 3, 100_000);
    await clock.pass(100_000);
    const total = sum('interactive') + sum('bulk');
    expect(sum('bulk') / total).toBeGreaterThan(0.07);
    expect(sum('bulk') / total).toBeLessThan(0.15);
    expect(total).toBeGreaterThan(1_000);
  });

  test('are all for bulk work again half a minute after the last interactive question', async () => {
    const { clock, keepAsking, ask, sum } = setScene(paceOf(10));
    await ask('interactive', 1);
    keepAsking('bulk', 3, 3, 100_000);
    await clock.pass(30_000);
    expect(sum('bulk', 10_000, 30_000)).toBeLessThanOrEqual(0.7 * 200 + 3);
    await clock.pass(20_000);
    // What has been saved up for interactive questions besides.
    expect(sum('bulk', 30_000, 50_000)).toBeGreaterThanOrEqual(200 - 3);
  });

  test('are taken by bulk callers in order of arrival, and one that cannot wait is told so at once', async () => {
    const { clock, limiter } = setScene(paceOf(2));
    const order: number[] = [];
    // Ten are saved up, of which three are left for interactive questions.
    const asked = [7, 2, 1].map((count, place) =>
      limiter.ask(LANE, paceOf(2), count, FAR, never, 'bulk').then(() => order.push(place)),
    );
    const hasty = await limiter.ask(LANE, paceOf(2), 1, clock.nowMs() + 1_000, never, 'bulk');
    expect(hasty).toEqual({ kind: 'deferred', retryAfterMs: 2_000 });
    await clock.pass(2_000);
    await Promise.all(asked);
    expect(order).toEqual([0, 1, 2]);
    expect(clock.sleeping()).toBe(0);
  });

  test('are left to the next by a bulk caller whose signal goes off', async () => {
    const { clock, limiter } = setScene(paceOf(2));
    const stop = new AbortController();
    await limiter.ask(LANE, paceOf(2), 7, FAR, never, 'bulk');
    const gone = limiter.ask(LANE, paceOf(2), 7, FAR, stop.signal, 'bulk');
    let isNext = false;
    void limiter.ask(LANE, paceOf(2), 1, FAR, never, 'bulk').then(() => {
      isNext = true;
    });
    stop.abort();
    expect(await gone).toMatchObject({ kind: 'deferred' });
    await clock.pass(499);
    expect(isNext).toBe(false);
    await clock.pass(1);
    expect(isNext).toBe(true);
  });

  test('are not used by bulk work while the lane is closed', async () => {
    const { clock, limiter } = setScene(paceOf(10));
    let isAsked = false;
    void limiter.ask(LANE, paceOf(10), 40, FAR, never, 'bulk');
    void limiter.ask(LANE, paceOf(10), 1, FAR, never, 'bulk').then(() => {
      isAsked = true;
    });
    await clock.settle();
    limiter.backOff(LANE, paceOf(10));
    await clock.pass(14_999);
    expect(isAsked).toBe(false);
    await clock.pass(1);
    expect(isAsked).toBe(true);
  });
});

describe('the places of a lane', () => {
  const FOUR: Pace = { sessionsMax: 4, sessionsPerSecond: 1_000, recipientsPerSecond: 1_000 };

  function enter(limiter: Limiter, priority: Priority, latestMs = FAR) {
    const visit = { isInside: false, leave: () => {} };
    void limiter.enter(LANE, FOUR, latestMs, never, priority).then((result) => {
      if (result.kind !== 'entered') return;
      visit.isInside = true;
      visit.leave = () => {
        visit.isInside = false;
        result.leave();
      };
    });
    return visit;
  }
  const inside = (visits: readonly { readonly isInside: boolean }[]): number =>
    visits.filter(({ isInside }) => isInside).length;

  test('are all for bulk work while nobody interactive asks', async () => {
    const { clock, limiter } = setScene(FOUR);
    const visits = Array.from({ length: 5 }, () => enter(limiter, 'bulk'));
    await clock.settle();
    expect(inside(visits)).toBe(4);
  });

  test('go to an interactive caller before bulk callers that came first', async () => {
    const { clock, limiter } = setScene(FOUR);
    const bulk = Array.from({ length: 8 }, () => enter(limiter, 'bulk'));
    await clock.settle();
    const form = enter(limiter, 'interactive');
    await clock.settle();
    expect([form.isInside, limiter.waiting(LANE), limiter.waiting(LANE, 'interactive')]).toEqual([false, 5, 1]);
    bulk[0]?.leave();
    await clock.settle();
    expect(form.isInside).toBe(true);
  });

  test('are kept free of bulk work in part while somebody interactive asks, and no longer', async () => {
    const { clock, limiter } = setScene(FOUR);
    const form = enter(limiter, 'interactive');
    await clock.settle();
    form.leave();
    const bulk = Array.from({ length: 5 }, () => enter(limiter, 'bulk'));
    await clock.settle();
    expect(inside(bulk)).toBe(2);
    expect(limiter.enterNow(LANE, FOUR, 'bulk')).toBeNull();
    expect(limiter.enterNow(LANE, FOUR)?.kind).toBe('entered');
    await clock.pass(30_000);
    expect(inside(bulk)).toBe(3);
  });

  test('come to a bulk caller now and then, however many interactive ones wait', async () => {
    const pace: Pace = { ...FOUR, sessionsMax: 1 };
    const { clock, limiter } = setScene(pace);
    const order: Priority[] = [];
    const visit = async (priority: Priority): Promise<void> => {
      const entered = await limiter.enter(LANE, pace, FAR, never, priority);
      order.push(priority);
      await clock.settle();
      if (entered.kind === 'entered') entered.leave();
    };
    const visits = Array.from({ length: 40 }, (_, place) => visit(place < 36 ? 'interactive' : 'bulk'));
    await Promise.all(visits);
    expect(order.slice(0, 30).filter((priority) => priority === 'bulk')).toHaveLength(2);
  });

  test('are never more than may be, and none is lost, whatever happens in whatever order', async () => {
    const event = fc.record({
      kind: fc.constantFrom('enter', 'enter', 'leave', 'pass'),
      priority: fc.constantFrom<Priority>('interactive', 'bulk'),
      which: fc.nat(20),
      patienceMs: fc.constantFrom(5, 50, FAR),
    });
    const property = fc.asyncProperty(fc.array(event, { maxLength: 40 }), async (events) => {
      const { clock, limiter } = setScene(FOUR);
      const visits: ReturnType<typeof enter>[] = [];
      for (const { kind, priority, which, patienceMs } of events) {
        if (kind === 'enter') visits.push(enter(limiter, priority, clock.nowMs() + patienceMs));
        if (kind === 'leave') visits[which % Math.max(1, visits.length)]?.leave();
        if (kind === 'pass') await clock.pass(which * 1_000);
        await clock.settle();
        expect(inside(visits)).toBeLessThanOrEqual(4);
      }
      // Whoever waits comes in as others leave.
      for (let round = 0; round <= visits.length; round += 1) {
        for (const visit of visits) if (visit.isInside) visit.leave();
        await clock.settle();
      }
      expect(limiter.waiting(LANE)).toBe(0);
      const after = Array.from({ length: 5 }, () => enter(limiter, 'interactive'));
      await clock.pass(100);
      expect(inside(after)).toBe(4);
    });
    await fc.assert(property, { numRuns: 100 });
  });
});
