import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Deferral, type LanePlace, Limiter, PACE_DEFAULT } from '../../../probe-node/pace/limiter.ts';
import type { Pace } from '../../../shared/providers.ts';
import { createHandClock, type HandClock } from '../hand-clock.ts';

/** Many a second, so that only the number at once counts. */
const TWO_AT_ONCE: Pace = { sessionsMax: 2, sessionsPerSecond: 1_000, recipientsPerSecond: 1_000 };
/** Ten are saved up at most. */
const TWO_A_SECOND: Pace = { sessionsMax: 1_000, sessionsPerSecond: 2, recipientsPerSecond: 2 };
const LANE = 'default>mx.example.test';
const FAR = 1_000_000_000;
const never = new AbortController().signal;

function createLimiter(isOn = true, makeRoom: (lane: string) => void = () => {}) {
  const clock = createHandClock(1_000);
  const { nowMs, sleep } = clock;
  return { clock, limiter: new Limiter({ nowMs, sleep, makeRoom }, isOn) };
}

type Visit = { result: LanePlace | Deferral | null; leave: () => void };

/** Enters, and notes how it went. */
function enter(limiter: Limiter, pace: Pace, latestMs = FAR, signal = never): Visit {
  const visit: Visit = { result: null, leave: () => {} };
  void limiter.enter(LANE, pace, latestMs, signal).then((result) => {
    visit.result = result;
    if (result.kind === 'entered') visit.leave = result.leave;
  });
  return visit;
}

function enterMany(count: number, limiter: Limiter, pace: Pace, latestMs = FAR): readonly Visit[] {
  return Array.from({ length: count }, () => enter(limiter, pace, latestMs));
}

const kinds = (visits: readonly Visit[]) => visits.map(({ result }) => result?.kind ?? 'waiting');

describe('sessions at once', () => {
  test('sessions at once are as many as may be; the next waits until one leaves', async () => {
    const { clock, limiter } = createLimiter();
    const visits = enterMany(3, limiter, TWO_AT_ONCE);
    await clock.settle();
    expect(kinds(visits)).toEqual(['entered', 'entered', 'waiting']);
    expect(limiter.waiting(LANE)).toBe(1);
    visits[0]?.leave();
    await clock.settle();
    expect(kinds(visits)).toEqual(['entered', 'entered', 'entered']);
    expect(limiter.waiting(LANE)).toBe(0);
  });

  test('sessions at once are let in in the order of arrival', async () => {
    const { clock, limiter } = createLimiter();
    const visits = enterMany(5, limiter, TWO_AT_ONCE);
    await clock.settle();
    visits[1]?.leave();
    await clock.settle();
    expect(kinds(visits)).toEqual(['entered', 'entered', 'entered', 'waiting', 'waiting']);
    visits[0]?.leave();
    await clock.settle();
    expect(kinds(visits).slice(3)).toEqual(['entered', 'waiting']);
  });

  test('sessions at once are never one too many: a place that is handed on is never free for a newcomer', async () => {
    const { clock, limiter } = createLimiter();
    const visits = enterMany(3, limiter, TWO_AT_ONCE);
    await clock.settle();
    visits[0]?.leave();
    const late = enter(limiter, TWO_AT_ONCE);
    await clock.settle();
    expect(kinds([...visits.slice(1), late])).toEqual(['entered', 'entered', 'waiting']);
  });

  test('sessions at once are counted once, however often one leaves', async () => {
    const { clock, limiter } = createLimiter();
    const visits = enterMany(4, limiter, TWO_AT_ONCE);
    await clock.settle();
    visits[0]?.leave();
    visits[0]?.leave();
    await clock.settle();
    expect(kinds(visits)).toEqual(['entered', 'entered', 'entered', 'waiting']);
  });

  test('sessions at once end their wait with the signal, and the place goes to the next', async () => {
    const { clock, limiter } = createLimiter();
    const stop = new AbortController();
    const inside = enterMany(2, limiter, TWO_AT_ONCE);
    const waiting = [enter(limiter, TWO_AT_ONCE, FAR, stop.signal), enter(limiter, TWO_AT_ONCE)];
    await clock.settle();
    stop.abort();
    await clock.settle();
    expect(kinds(waiting)).toEqual(['deferred', 'waiting']);
    inside[0]?.leave();
    await clock.settle();
    expect(kinds(waiting)).toEqual(['deferred', 'entered']);
  });

  test('no place is lost if the signal aborts as it is handed on', async () => {
    const { clock, limiter } = createLimiter();
    const stop = new AbortController();
    const inside = enterMany(2, limiter, TWO_AT_ONCE);
    const waiting = enter(limiter, TWO_AT_ONCE, FAR, stop.signal);
    await clock.settle();
    inside[0]?.leave();
    stop.abort();
    await clock.settle();
    waiting.leave();
    inside[1]?.leave();
    const next = enterMany(3, limiter, TWO_AT_ONCE);
    await clock.settle();
    expect(kinds(next)).toEqual(['entered', 'entered', 'waiting']);
  });

  test('sessions at once end their wait when time is up, and are told to come again', async () => {
    const { clock, limiter } = createLimiter();
    enterMany(2, limiter, TWO_AT_ONCE);
    const third = enter(limiter, TWO_AT_ONCE, 1_500);
    await clock.pass(500);
    expect(third.result).toEqual({ kind: 'deferred', retryAfterMs: 15_000 });
  });

  test('an idle session gives up its place if a job waits', async () => {
    const asked: string[] = [];
    let leaveIdle = (): void => {};
    const { clock, limiter } = createLimiter(true, (lane) => {
      asked.push(lane);
      leaveIdle();
    });
    const [idle] = enterMany(2, limiter, TWO_AT_ONCE);
    await clock.settle();
    leaveIdle = () => idle?.leave();
    const third = enter(limiter, TWO_AT_ONCE);
    await clock.settle();
    expect([asked, kinds([third])]).toEqual([[LANE], ['entered']]);
  });

  test('sessions at once are never more than may be, and none is lost, whatever happens in whatever order', async () => {
    const event = fc.record({
      kind: fc.constantFrom('enter', 'enter', 'leave', 'abort', 'pass'),
      which: fc.nat(20),
      patienceMs: fc.constantFrom(5, 50, FAR),
    });
    const property = fc.asyncProperty(fc.array(event, { maxLength: 40 }), async (events) => {
      const { clock, limiter } = createLimiter();
      const visits: (Visit & { readonly stop: AbortController; hasLeft: boolean })[] = [];
      for (const { kind, which, patienceMs } of events) {
        const visit = visits[which % Math.max(1, visits.length)];
        if (kind === 'enter') {
          const stop = new AbortController();
          const entering = enter(limiter, TWO_AT_ONCE, clock.nowMs() + patienceMs, stop.signal);
          visits.push(Object.assign(entering, { stop, hasLeft: false }));
        }
        if (kind === 'leave' && visit?.result?.kind === 'entered') {
          visit.leave();
          visit.hasLeft = true;
        }
        if (kind === 'abort') visit?.stop.abort();
        if (kind === 'pass') await clock.pass(which);
        if (which % 3 === 0) await clock.settle();
        const inside = visits.filter(({ result, hasLeft }) => result?.kind === 'entered' && !hasLeft);
        expect(inside.length).toBeLessThanOrEqual(2);
      }
      for (const visit of visits) {
        visit.stop.abort();
        await clock.settle();
        visit.leave();
      }
      const after = enterMany(2, limiter, TWO_AT_ONCE);
      await clock.pass(10);
      expect(kinds(after)).toEqual(['entered', 'entered']);
    });
    await fc.assert(property, { numRuns: 150 });
  });
});

describe('leave without waiting', () => {
  test('leave without waiting is given if a place is free, and given up like any other', async () => {
    const { clock, limiter } = createLimiter();
    const entered = [1, 2, 3].map(() => limiter.enterNow(LANE, TWO_AT_ONCE));
    expect(entered.map((each) => each?.kind ?? null)).toEqual(['entered', 'entered', null]);
    const waiting = enter(limiter, TWO_AT_ONCE);
    await clock.settle();
    entered[0]?.leave();
    await clock.settle();
    expect(kinds([waiting])).toEqual(['entered']);
    entered[1]?.giveBack();
    expect(limiter.enterNow(LANE, TWO_AT_ONCE)?.kind).toBe('entered');
  });

  test('leave without waiting is not given if the lane is closed, or none is saved up', () => {
    const { limiter } = createLimiter();
    limiter.backOff(LANE, TWO_AT_ONCE);
    expect(limiter.enterNow(LANE, TWO_AT_ONCE)).toBeNull();
    const entered = Array.from({ length: 11 }, () => limiter.enterNow('default>other', TWO_A_SECOND));
    expect(entered.filter((each) => each === null)).toHaveLength(1);
  });

  test('leave without waiting is given to every job if pacing is switched off', () => {
    const { limiter } = createLimiter(false);
    expect([1, 2, 3].map(() => limiter.enterNow(LANE, TWO_AT_ONCE)?.kind)).toEqual(['entered', 'entered', 'entered']);
  });
});

test('a lane with less than one in five seconds admits none at first, and says when', async () => {
  const { clock, limiter } = createLimiter();
  const rare: Pace = { sessionsMax: 1, sessionsPerSecond: 1 / 60, recipientsPerSecond: 1 };
  expect(await limiter.enter(LANE, rare, clock.nowMs() + 28_000, never)).toEqual({
    kind: 'deferred',
    retryAfterMs: 55_000,
  });
  await clock.pass(55_000);
  expect(await limiter.enter(LANE, rare, clock.nowMs(), never)).toMatchObject({ kind: 'entered' });
});

describe('new sessions a second', () => {
  test('new sessions a second are saved up for five seconds, and then wait their turn', async () => {
    const { clock, limiter } = createLimiter();
    const visits = enterMany(13, limiter, TWO_A_SECOND);
    const entered = () => kinds(visits).filter((kind) => kind === 'entered').length;
    await clock.settle();
    expect(entered()).toBe(10);
    await clock.pass(500);
    expect(entered()).toBe(11);
    await clock.pass(1_000);
    expect(entered()).toBe(13);
  });

  test('new sessions a second that was not opened after all is given back, with the place', async () => {
    const { clock, limiter } = createLimiter();
    for (let count = 0; count < 30; count += 1) {
      const entered = await limiter.enter(LANE, TWO_A_SECOND, clock.nowMs(), never);
      if (entered.kind === 'entered') entered.giveBack();
      expect(entered.kind).toBe('entered');
    }
    expect(limiter.waiting(LANE)).toBe(0);
  });

  test('new sessions a second that would have to wait past the deadline are deferred at once and take nothing', async () => {
    const { clock, limiter } = createLimiter();
    enterMany(10, limiter, TWO_A_SECOND);
    const hasty = enterMany(100, limiter, TWO_A_SECOND, clock.nowMs() + 100);
    const patient = enter(limiter, TWO_A_SECOND);
    await clock.settle();
    expect(new Set(kinds(hasty))).toEqual(new Set(['deferred']));
    expect(hasty[99]?.result).toEqual({ kind: 'deferred', retryAfterMs: 500 });
    await clock.pass(500);
    expect(kinds([patient])).toEqual(['entered']);
  });

  test('new sessions a second end their wait with the signal', async () => {
    const { clock, limiter } = createLimiter();
    const stop = new AbortController();
    enterMany(10, limiter, TWO_A_SECOND);
    const visit = enter(limiter, TWO_A_SECOND, FAR, stop.signal);
    await clock.settle();
    stop.abort();
    await clock.settle();
    expect(kinds([visit])).toEqual(['deferred']);
    expect(clock.sleeping()).toBe(0);
  });
});

describe('recipients a second', () => {
  test('recipients a second are paced by their number', async () => {
    const { clock, limiter } = createLimiter();
    expect(limiter.burst(LANE, TWO_A_SECOND)).toBe(10);
    expect(await limiter.ask(LANE, TWO_A_SECOND, 9, FAR, never)).toBeNull();
    expect(limiter.burst(LANE, TWO_A_SECOND)).toBe(1);
    let isAsked = false;
    void limiter.ask(LANE, TWO_A_SECOND, 3, FAR, never).then(() => {
      isAsked = true;
    });
    await clock.pass(999);
    expect(isAsked).toBe(false);
    await clock.pass(1);
    expect(isAsked).toBe(true);
  });

  test('recipients a second that would wait past the deadline are deferred and take nothing', async () => {
    const { clock, limiter } = createLimiter();
    await limiter.ask(LANE, TWO_A_SECOND, 10, FAR, never);
    expect(await limiter.ask(LANE, TWO_A_SECOND, 10, clock.nowMs() + 1, never)).toEqual({
      kind: 'deferred',
      retryAfterMs: 5_000,
    });
    await clock.pass(5_000);
    expect(limiter.burst(LANE, TWO_A_SECOND)).toBe(10);
  });

  test('recipients a second end their wait with the signal', async () => {
    const { clock, limiter } = createLimiter();
    const stop = new AbortController();
    await limiter.ask(LANE, TWO_A_SECOND, 10, FAR, never);
    const asked = limiter.ask(LANE, TWO_A_SECOND, 1, FAR, stop.signal);
    stop.abort();
    expect(await asked).toMatchObject({ kind: 'deferred' });
    expect(clock.sleeping()).toBe(0);
  });

  test('recipients a second may always be one, however much is owed', async () => {
    const { limiter } = createLimiter();
    void limiter.ask(LANE, TWO_A_SECOND, 100, FAR, never);
    expect(limiter.burst(LANE, TWO_A_SECOND)).toBe(1);
  });
});

describe('a complaint', () => {
  /** Complains once, waits until the lane opens, and answers how long that took. */
  async function complain(limiter: Limiter, clock: HandClock): Promise<number> {
    limiter.backOff(LANE, TWO_AT_ONCE);
    const pauseMs = limiter.closedLanes().get(LANE) ?? 0;
    await clock.pass(pauseMs);
    return pauseMs;
  }

  function ease(limiter: Limiter, times: number): void {
    for (let count = 0; count < times; count += 1) limiter.ease(LANE, TWO_AT_ONCE);
  }

  test('a complaint closes the lane: a job that cannot wait learns for how long', async () => {
    const { clock, limiter } = createLimiter();
    limiter.backOff(LANE, TWO_AT_ONCE);
    const latestMs = clock.nowMs() + 1_000;
    const deferred = { kind: 'deferred', retryAfterMs: 15_000 };
    expect(await limiter.enter(LANE, TWO_AT_ONCE, latestMs, never)).toEqual(deferred);
    expect(await limiter.ask(LANE, TWO_AT_ONCE, 1, latestMs, never)).toEqual(deferred);
  });

  test('a complaint is waited out by a job that can wait', async () => {
    const { clock, limiter } = createLimiter();
    limiter.backOff(LANE, TWO_AT_ONCE);
    const visit = enter(limiter, TWO_AT_ONCE);
    await clock.pass(14_999);
    expect(kinds([visit])).toEqual(['waiting']);
    await clock.pass(1);
    expect(kinds([visit])).toEqual(['entered']);
  });

  test('a complaint of many sessions at once is one', () => {
    const { limiter } = createLimiter();
    for (let count = 0; count < 10; count += 1) limiter.backOff(LANE, TWO_AT_ONCE);
    expect(limiter.closedLanes().get(LANE)).toBe(15_000);
  });

  test('a complaint after another closes for twice as long, up to a quarter of an hour', async () => {
    const { clock, limiter } = createLimiter();
    const pauses: number[] = [];
    for (let count = 0; count < 8; count += 1) pauses.push(await complain(limiter, clock));
    expect(pauses).toEqual([15_000, 30_000, 60_000, 120_000, 240_000, 480_000, 900_000, 900_000]);
  });

  test('a complaint told to one voice only closes for no longer each time; a second voice makes it grow', async () => {
    const { clock, limiter } = createLimiter();
    const pauses: (number | undefined)[] = [];
    for (const voice of ['evil', 'evil', 'evil', 'firm', 'firm', 'evil']) {
      limiter.backOff(LANE, TWO_AT_ONCE, voice);
      const pauseMs = limiter.closedLanes().get(LANE);
      pauses.push(pauseMs);
      await clock.pass(pauseMs ?? 0);
    }
    expect(pauses).toEqual([15_000, 15_000, 15_000, 30_000, 30_000, 60_000]);
  });

  test('a complaint is forgotten by halves, with every twenty answers that hold none', async () => {
    const { clock, limiter } = createLimiter();
    for (let count = 0; count < 3; count += 1) await complain(limiter, clock);
    ease(limiter, 20);
    expect(await complain(limiter, clock)).toBe(60_000);
    ease(limiter, 19);
    expect(await complain(limiter, clock)).toBe(120_000);
    ease(limiter, 200);
    expect(await complain(limiter, clock)).toBe(15_000);
  });

  test('a complaint in one lane closes no other', async () => {
    const { clock, limiter } = createLimiter();
    limiter.backOff(LANE, TWO_AT_ONCE);
    expect(await limiter.enter('default>other', TWO_AT_ONCE, clock.nowMs(), never)).toMatchObject({ kind: 'entered' });
    expect([...limiter.closedLanes().keys()]).toEqual([LANE]);
  });
});

test('if pacing is off, every job is admitted at once, complaint or not', async () => {
  const { clock, limiter } = createLimiter(false);
  limiter.backOff(LANE, TWO_AT_ONCE);
  const visits = enterMany(100, limiter, TWO_AT_ONCE, clock.nowMs());
  expect(await limiter.ask(LANE, TWO_AT_ONCE, 1_000_000, clock.nowMs(), never)).toBeNull();
  await clock.settle();
  expect(new Set(kinds(visits))).toEqual(new Set(['entered']));
  expect(limiter.burst(LANE, TWO_AT_ONCE)).toBe(Number.POSITIVE_INFINITY);
});

test('lanes in any number renew no lane that owes something', async () => {
  const { limiter } = createLimiter();
  limiter.backOff('default>google', TWO_AT_ONCE);
  await limiter.ask('default>yahoo', TWO_A_SECOND, 10, FAR, never);
  for (let lane = 0; lane < 21_000; lane += 1) limiter.backOff(`default>mx${lane}.evil.example`, PACE_DEFAULT);
  expect([limiter.closedLanes().has('default>google'), limiter.burst('default>yahoo', TWO_A_SECOND)]).toEqual([
    true,
    1,
  ]);
  expect(limiter.closedLanes().size).toBeLessThanOrEqual(10_000);
});

test('lanes are forgotten if they are too many, but none that is in use', async () => {
  const { clock, limiter } = createLimiter();
  const visits = enterMany(2, limiter, TWO_AT_ONCE);
  await clock.settle();
  for (let lane = 0; lane < 10_100; lane += 1) limiter.burst(`default>${lane}`, TWO_AT_ONCE);
  const third = enter(limiter, TWO_AT_ONCE);
  await clock.settle();
  expect(kinds([...visits, third])).toEqual(['entered', 'entered', 'waiting']);
});
