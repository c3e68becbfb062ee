import { beforeEach, describe, expect, test } from 'vitest';
import { createCounterLink, type SharedAdmissions } from '../../../edge/quota/counter-link.ts';
import { dayOf } from '../../../edge/quota/day-count.ts';
import { START_MS } from '../small-world.ts';
import { type Counters, createCounters } from './counters.ts';

const DAY = dayOf(START_MS);

let nowMs: number;
let counters: Counters;
let faults: unknown[];
let secret: CryptoKey;

beforeEach(async () => {
  nowMs = START_MS;
  counters = createCounters(() => nowMs);
  faults = [];
  const octets = new TextEncoder().encode('a secret of this test');
  secret = await crypto.subtle.importKey('raw', octets, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
});

function link(counter: (name: string) => ReturnType<Counters['getByName']> = counters.getByName, msMax?: number) {
  const onFault = (error: unknown): void => void faults.push(error);
  return createCounterLink(
    { counter, secret, nowMs: () => nowMs, randomText: () => crypto.randomUUID(), onFault },
    msMax,
  );
}

/** In an isolate that shares what it knows with others. */
function linkSharing(admissions: SharedAdmissions) {
  const ports = { counter: counters.getByName, secret, nowMs: () => nowMs, onFault: () => {}, admissions };
  return createCounterLink({ ...ports, randomText: () => crypto.randomUUID() });
}

describe('the counter of a caller', () => {
  test('the counter of a caller has a name of its own that does not reveal the caller', async () => {
    const callers = ['client 192.0.2.1', 'client 192.0.2.2', 'key abc'];
    for (const caller of callers) await link().reserve(caller, 1, 10);
    await link().reserve('key abc', 1, 10);
    const names = [...counters.counts().keys()];
    expect([...counters.counts().values()]).toEqual([1, 1, 2]);
    for (const name of names) expect(name).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(names.join()).not.toMatch(/192|abc/);
  });

  test('the counter of a caller that fails admits its caller, and reports the fault once', async () => {
    counters.behave(() => Promise.reject(new RangeError('client 192.0.2.1')));
    expect(await link().reserve('client 192.0.2.1', 1, 10)).toBeNull();
    await link().release('client 192.0.2.1', 1, DAY, 0);
    expect(faults.map((error) => (error as Error).name)).toEqual(['RangeError', 'RangeError']);
  });

  test('the counter of a caller that fails again within a minute refuses that caller only, and says when to come back', async () => {
    const ours = link();
    counters.behave(() => Promise.reject(new RangeError('overloaded')));
    expect(await ours.reserve('client 192.0.2.1', 1, 10)).toBeNull();
    nowMs += 59_000;
    const refused = { granted: 0, remaining: 0, vainLeft: 1, day: DAY, uncountedSeconds: 60 };
    expect(await ours.reserve('client 192.0.2.1', 1, 10)).toEqual(refused);
    expect(await ours.reserve('client 192.0.2.2', 1, 10)).toBeNull();
    nowMs += 2_000;
    expect(await ours.reserve('client 192.0.2.1', 1, 10)).toBeNull();
  });

  test('the counter of a caller whose call breaks once is asked again, and counts', async () => {
    let times = 0;
    const { getByName } = counters;
    const flaky = link((name) => {
      times += 1;
      if (times === 1) throw new TypeError('the object was moved');
      return getByName(name);
    });
    expect(await flaky.reserve('client 192.0.2.1', 1, 10)).toMatchObject({ granted: 1, remaining: 9 });
    expect([times, faults]).toEqual([2, []]);
  });

  test('the counter of a caller counts a call once whose answer was lost on the way', async () => {
    let times = 0;
    const lossy = link((name) => {
      const real = counters.getByName(name);
      return {
        ...real,
        async reserve(...asked) {
          const reserved = await real.reserve(...asked);
          times += 1;
          if (times === 1) throw new TypeError('the connection was lost');
          return reserved;
        },
      };
    });
    expect(await lossy.reserve('client 192.0.2.1', 2, 10)).toMatchObject({ granted: 2, remaining: 8 });
    expect([times, [...counters.counts().values()]]).toEqual([2, [2]]);
    expect(await lossy.reserve('client 192.0.2.1', 2, 10)).toMatchObject({ granted: 2, remaining: 6 });
  });

  test('the counter of a caller that fails for units ahead of their use admits nobody for it', async () => {
    const ours = link();
    counters.behave(() => Promise.reject(new RangeError('overloaded')));
    expect(await ours.reserveAhead('client 192.0.2.1', 5, 10)).toBeNull();
    expect(await ours.reserve('client 192.0.2.1', 1, 10)).toBeNull();
    expect(await ours.reserve('client 192.0.2.1', 1, 10)).toMatchObject({ granted: 0, uncountedSeconds: 60 });
  });

  test('the counter of a caller that fails admits it though nothing can be learnt of other isolates', async () => {
    const admissions: SharedAdmissions = { has: () => new Promise(() => {}), note: () => new Promise(() => {}) };
    counters.behave(() => Promise.reject(new RangeError('overloaded')));
    const ours = linkSharing(admissions);
    expect(await ours.reserve('client 192.0.2.1', 1, 10)).toBeNull();
  });

  test('the counter of a caller that fails admits it once a minute in all isolates that share what they know', async () => {
    const known = new Map<string, number>();
    const admissions: SharedAdmissions = {
      has: async (name) => (known.get(name) ?? 0) > nowMs,
      note: async (name, seconds) => void known.set(name, nowMs + seconds * 1000),
    };
    counters.behave(() => Promise.reject(new RangeError('overloaded')));
    const isolate = () => linkSharing(admissions);
    expect(await isolate().reserve('client 192.0.2.1', 1, 10)).toBeNull();
    expect(await isolate().reserve('client 192.0.2.1', 1, 10)).toMatchObject({ granted: 0, uncountedSeconds: 60 });
    expect(await isolate().reserve('client 192.0.2.2', 1, 10)).toBeNull();
    nowMs += 60_001;
    expect(await isolate().reserve('client 192.0.2.1', 1, 10)).toBeNull();
    expect([...known.keys()].join()).not.toContain('192');
  });

  test('the counter of a caller that recovers is believed at once', async () => {
    const ours = link();
    counters.behave(() => Promise.reject(new RangeError('overloaded')));
    await ours.reserve('client 192.0.2.1', 1, 10);
    await ours.reserve('client 192.0.2.1', 1, 10);
    counters.behave(null);
    expect(await ours.reserve('client 192.0.2.1', 1, 10)).toMatchObject({ granted: 1, remaining: 9 });
  });

  test('the counter of a caller that cannot even be reached admits its caller', async () => {
    const broken = link(() => {
      throw new TypeError('no such namespace');
    });
    expect(await broken.reserve('client 192.0.2.1', 1, 10)).toBeNull();
    await broken.release('client 192.0.2.1', 1, DAY, 0);
    expect(faults).toHaveLength(2);
  });

  test('the counter of a caller that is slow admits its caller, and units that it counted after all are given back', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const real = counters.getByName('x');
    const slow = link(() => ({ ...real, reserve: async (...asked) => promise.then(() => real.reserve(...asked)) }), 1);
    expect(await slow.reserve('client 192.0.2.1', 2, 10)).toBeNull();
    expect((faults[0] as Error).name).toBe('TimeoutError');
    expect(counters.calls).toEqual([]);
    resolve();
    await expect.poll(() => counters.calls).toEqual(['reserve 2 of 10', 'release 2']);
    expect([...counters.counts().values()]).toEqual([0]);
  });

  test('the counter of a caller with nothing left is not asked again for some seconds, unless something is given back', async () => {
    const ours = link();
    await ours.reserve('key abc', 2, 2);
    expect(await ours.reserve('key abc', 1, 2)).toEqual({ granted: 0, remaining: 0, vainLeft: 100, day: DAY });
    expect(await ours.reserve('key abc', 1, 2)).toEqual({ granted: 0, remaining: 0, vainLeft: 100, day: DAY });
    expect(counters.calls).toHaveLength(2);
    nowMs += 5_001;
    await ours.reserve('key abc', 1, 2);
    expect(counters.calls).toHaveLength(3);
    await ours.release('key abc', 1, DAY, 0);
    expect(await ours.reserve('key abc', 1, 2)).toMatchObject({ granted: 1 });
  });

  test('the counter of a caller that was empty yesterday is asked today', async () => {
    nowMs = START_MS + 86_399_000;
    const ours = link();
    await ours.reserve('key abc', 1, 0);
    nowMs += 2_000;
    expect(await ours.reserve('key abc', 1, 5)).toMatchObject({ granted: 1, day: DAY + 1 });
  });

  test('the counter of a caller tells its use without changing it, and null if it fails', async () => {
    const ours = link();
    expect(await ours.used('key abc')).toBe(0);
    await ours.reserve('key abc', 3, 5);
    expect([await ours.used('key abc'), await ours.used('key abc')]).toEqual([3, 3]);
    counters.behave(() => Promise.reject(new RangeError('overloaded')));
    expect(await ours.used('key abc')).toBeNull();
    expect(faults).toHaveLength(1);
    counters.behave(null);
    // The look has not used up the admission that a failing counter gives.
    expect(await ours.reserve('key abc', 1, 5)).toMatchObject({ granted: 1 });
  });
});
