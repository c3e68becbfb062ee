import { afterEach, describe, expect, test, vi } from 'vitest';
import { createSingleFlight } from '../../../edge/async/single-flight.ts';
import { gate } from '../small-world.ts';

const LOST_AFTER_MS = 1_000;

function createSky() {
  const clock = { nowMs: 0 };
  const held: Promise<unknown>[] = [];
  const flights = createSingleFlight<string>({
    nowMs: () => clock.nowMs,
    waitUntil: (work) => void held.push(work),
    lostAfterMs: LOST_AFTER_MS,
    givenUp: 'given up',
  });
  return { clock, held, flights };
}

const patient = (): AbortSignal => new AbortController().signal;

const broken = (): Promise<string> => Promise.reject(new Error('broken'));

/** Whether a promise is over once everything that can go on by itself has gone on. */
async function isSettled(work: Promise<unknown> | undefined): Promise<boolean> {
  const later = new Promise<boolean>((resolve) => setImmediate(() => resolve(false)));
  return Promise.race([work?.then(() => true), later]).then((it) => it === true);
}

afterEach(() => {
  vi.useRealTimers();
});

describe('work under way', () => {
  test('is done once, whoever asks meanwhile, and told who began it', async () => {
    const { flights } = createSky();
    const work = gate<string>();
    const start = vi.fn(() => work.passed);
    const asked = [1, 2, 3].map(() => flights.join('a', patient(), start));
    work.open('done');
    expect(await Promise.all(asked)).toEqual([
      { value: 'done', isOwn: true },
      { value: 'done', isOwn: false },
      { value: 'done', isOwn: false },
    ]);
    expect(start).toHaveBeenCalledTimes(1);
  });

  test('is begun anew once it is over, and apart for another key', async () => {
    const { flights } = createSky();
    const start = vi.fn(async () => 'done');
    await flights.join('a', patient(), start);
    await flights.join('a', patient(), start);
    await flights.join('b', patient(), start);
    expect(start).toHaveBeenCalledTimes(3);
  });

  test('is held by whoever began it until it is over, however it ends', async () => {
    const { flights, held } = createSky();
    const work = gate<string>();
    const asked = [1, 2].map(() => flights.join('a', patient(), () => work.passed));
    expect(held).toHaveLength(1);
    expect(await isSettled(held[0])).toBe(false);
    work.open('done');
    await Promise.all(asked);
    expect(await isSettled(held[0])).toBe(true);
    await expect(flights.join('a', patient(), broken)).rejects.toThrow('broken');
    expect(held).toHaveLength(2);
    // What is held and rejected would be a fault of the request that holds it.
    await held[1];
  });

  test('that fails, fails for who began it; one of the others does it anew for them all', async () => {
    const { flights } = createSky();
    const first = flights.join('a', patient(), broken);
    const start = vi.fn(async () => 'done');
    const others = [1, 2, 3].map(() => flights.join('a', patient(), start));
    await expect(first).rejects.toThrow('broken');
    expect(await Promise.all(others)).toEqual([
      { value: 'done', isOwn: true },
      { value: 'done', isOwn: false },
      { value: 'done', isOwn: false },
    ]);
    expect(start).toHaveBeenCalledTimes(1);
  });

  test('that fails for everybody tells each of the fault of its own work', async () => {
    const { flights } = createSky();
    const starts = [1, 2, 3].map(() => vi.fn(broken));
    const asked = starts.map((start) => flights.join('a', patient(), start));
    expect((await Promise.allSettled(asked)).map(({ status }) => status)).toEqual(Array(3).fill('rejected'));
    for (const start of starts) expect(start).toHaveBeenCalledTimes(1);
    expect(await flights.join('a', patient(), async () => 'done')).toEqual({ value: 'done', isOwn: true });
  });
});

describe('whoever goes away', () => {
  test('ends the work that nobody else waits for', async () => {
    const { flights } = createSky();
    const caller = new AbortController();
    let own: AbortSignal | undefined;
    const asked = flights.join('a', caller.signal, (signal) => {
      own = signal;
      return new Promise(() => {});
    });
    caller.abort();
    expect(await asked).toEqual({ value: 'given up', isOwn: true });
    expect(own?.aborted).toBe(true);
  });

  test('leaves nothing of it behind: the next begins anew, and nothing is held', async () => {
    const { flights, held } = createSky();
    const caller = new AbortController();
    const asked = flights.join('a', caller.signal, () => new Promise(() => {}));
    caller.abort();
    expect(await flights.join('a', patient(), async () => 'done')).toEqual({ value: 'done', isOwn: true });
    await asked;
    await held[0];
  });

  test('does not end the work of the others', async () => {
    const { flights } = createSky();
    const work = gate<string>();
    const [first, joiner] = [new AbortController(), new AbortController()];
    let own: AbortSignal | undefined;
    const start = (signal: AbortSignal): Promise<string> => {
      own = signal;
      return work.passed;
    };
    const asked = [first.signal, joiner.signal, patient()].map((signal) => flights.join('a', signal, start));
    first.abort();
    joiner.abort();
    expect(await Promise.all(asked.slice(0, 2))).toEqual([
      { value: 'given up', isOwn: true },
      { value: 'given up', isOwn: false },
    ]);
    expect(own?.aborted).toBe(false);
    work.open('done');
    expect((await asked[2])?.value).toBe('done');
  });
});

describe('work that is lost with the request that began it', () => {
  test('is done by a joiner once it should have ended', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const { clock, flights } = createSky();
    void flights.join('a', patient(), () => new Promise(() => {}));
    clock.nowMs = 400;
    const joined = flights.join('a', patient(), async () => 'done by the joiner');
    await vi.advanceTimersByTimeAsync(599);
    expect(vi.getTimerCount()).toBe(1);
    clock.nowMs = LOST_AFTER_MS;
    await vi.advanceTimersByTimeAsync(1);
    expect(await joined).toEqual({ value: 'done by the joiner', isOwn: true });
    expect(vi.getTimerCount()).toBe(0);
  });

  test('is done by a joiner as soon as the runtime says that it is lost', async () => {
    const { flights } = createSky();
    const lost = new Promise<string>(() => {});
    void flights.join('a', patient(), () => lost);
    // What workerd does to every request but the one that has ended.
    vi.spyOn(lost, 'then').mockRejectedValue(new Error('that request has ended'));
    const asked = [1, 2].map(() => flights.join('a', patient(), async () => 'done by a joiner'));
    expect((await Promise.all(asked)).map(({ value }) => value)).toEqual(['done by a joiner', 'done by a joiner']);
  });

  test('is not joined after that', async () => {
    const { clock, flights } = createSky();
    void flights.join('a', patient(), () => new Promise(() => {}));
    clock.nowMs = LOST_AFTER_MS;
    expect(await flights.join('a', patient(), async () => 'done')).toEqual({ value: 'done', isOwn: true });
  });
});
