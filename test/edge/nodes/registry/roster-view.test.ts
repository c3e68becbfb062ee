import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { writeRoster } from '../../../../edge/nodes/registry/roster-copy.ts';
import { createRosterView, type RosterView } from '../../../../edge/nodes/registry/roster-view.ts';
import { recordOf, START_MS } from '../registry-world.ts';

const never = new Promise<never>(() => {});

type Registry = { ask: () => Promise<string>; copy: () => Promise<string | null> };

/** A view over a scripted registry and copy; time is vitest's. */
function createWorld(): { registry: Registry; view: RosterView; asked: () => number; settle: () => Promise<void> } {
  let asked = 0;
  const pending: Promise<unknown>[] = [];
  const registry: Registry = { ask: async () => snapshotOf('fra1'), copy: async () => null };
  const view = createRosterView({
    ask: () => {
      asked += 1;
      return registry.ask();
    },
    readCopy: () => registry.copy(),
    background: (work) => void pending.push(work),
    nowMs: () => Date.now(),
    random: () => 0,
  });
  const settle = async (): Promise<void> => {
    while (pending.length > 0) await Promise.all(pending.splice(0));
  };
  return { registry, view, asked: () => asked, settle };
}

function snapshotOf(...ids: readonly string[]): string {
  return writeRoster(
    ids.map((id) => recordOf(id)),
    Date.now(),
    { atMs: 0, latestHeardMs: 0 },
  );
}

const idsOf = async (view: RosterView): Promise<readonly string[]> => (await view()).nodes.map(({ id }) => id);

/** The state of a promise after all work that needs no time has run. */
async function atOnce<T>(promise: Promise<T>): Promise<T | 'waits'> {
  let outcome: T | 'waits' = 'waits';
  void promise.then((value) => {
    outcome = value;
  });
  await vi.advanceTimersByTimeAsync(0);
  return outcome;
}

beforeEach(() => {
  vi.useFakeTimers({ now: START_MS });
});

afterEach(() => {
  vi.useRealTimers();
});

describe('the snapshot of an isolate', () => {
  test('the snapshot of an isolate is that of the registry, and the same one while it is fresh', async () => {
    const { view, asked } = createWorld();
    const first = await view();
    expect(first.nodes.map(({ id }) => id)).toEqual(['fra1']);
    vi.advanceTimersByTime(4_999);
    expect(await view()).toBe(first);
    expect(asked()).toBe(1);
  });

  test('the snapshot of an isolate is renewed behind the answer, so that no caller waits', async () => {
    const { registry, view, settle } = createWorld();
    await view();
    registry.ask = async () => snapshotOf('fra1', 'ams1');
    vi.advanceTimersByTime(5_000);
    expect(await idsOf(view)).toEqual(['fra1']);
    await settle();
    expect(await idsOf(view)).toEqual(['fra1', 'ams1']);
  });

  test('the snapshot of an isolate is waited for by the first caller after an idle time', async () => {
    const { registry, view } = createWorld();
    await view();
    registry.ask = async () => snapshotOf('fra1', 'ams1');
    vi.advanceTimersByTime(10_001);
    expect(await idsOf(view)).toEqual(['fra1', 'ams1']);
  });

  test('the snapshot of an isolate is renewed by one of many concurrent callers', async () => {
    const { registry, view, asked } = createWorld();
    await view();
    registry.ask = () => never;
    vi.advanceTimersByTime(5_000);
    await Promise.all(Array.from({ length: 50 }, view));
    expect(asked()).toBe(2);
  });

  test.each<[string, () => Promise<string>]>([
    ['throws', async () => Promise.reject(new Error('object reset'))],
    ['hangs', () => never],
    ['talks nonsense', async () => '{"nodes": 7}'],
  ])(
    'the snapshot of an isolate stays in use while the registry %s, for hours, and costs one call a moment',
    async (_, ask) => {
      const { registry, view, asked } = createWorld();
      await view();
      registry.ask = ask;
      await vi.advanceTimersByTimeAsync(60_000);
      const first = idsOf(view);
      await vi.advanceTimersByTimeAsync(300);
      expect(await atOnce(first)).toEqual(['fra1']);
      for (let minutes = 0; minutes < 180; minutes += 1) {
        await vi.advanceTimersByTimeAsync(60_000);
        expect(await atOnce(idsOf(view))).toEqual(['fra1']);
      }
      expect(asked()).toBeGreaterThan(100);
      registry.ask = async () => snapshotOf('back1');
      await vi.advanceTimersByTimeAsync(60_000);
      await view();
      await vi.advanceTimersByTimeAsync(0);
      expect(await idsOf(view)).toEqual(['back1']);
    },
  );

  test('the snapshot of an isolate is renewed again although a request that had begun to was cancelled', async () => {
    const { registry, view } = createWorld();
    await view();
    registry.ask = () => never;
    vi.advanceTimersByTime(5_000);
    await view();
    registry.ask = async () => snapshotOf('ams1');
    await vi.advanceTimersByTimeAsync(5_000);
    await view();
    await vi.advanceTimersByTimeAsync(0);
    expect(await idsOf(view)).toEqual(['ams1']);
  });

  test('the snapshot of an isolate never goes back to an older one', async () => {
    const { registry, view, settle } = createWorld();
    const old = snapshotOf('old1');
    vi.advanceTimersByTime(10);
    await view();
    registry.ask = async () => old;
    vi.advanceTimersByTime(5_000);
    await view();
    await settle();
    expect(await idsOf(view)).toEqual(['fra1']);
  });
});

describe('the first question of an isolate', () => {
  test.each<[string, () => Promise<string>, number]>([
    ['throws', async () => Promise.reject(new Error('object reset')), 500],
    ['hangs', () => never, 500],
  ])('the first question of an isolate is answered by the copy if the registry %s', async (_, ask, waitMs) => {
    const { registry, view } = createWorld();
    registry.ask = ask;
    registry.copy = async () => snapshotOf('copied1');
    const first = idsOf(view);
    await vi.advanceTimersByTimeAsync(waitMs);
    expect(await atOnce(first)).toEqual(['copied1']);
  });

  test('the first question of an isolate waits for a slow registry if there is no copy, but not for long', async () => {
    const { registry, view } = createWorld();
    registry.ask = () => never;
    const first = idsOf(view);
    await vi.advanceTimersByTimeAsync(1_499);
    expect(await atOnce(first)).toBe('waits');
    await vi.advanceTimersByTimeAsync(1);
    expect(await atOnce(first)).toEqual([]);
    expect(await atOnce(idsOf(view))).toEqual([]);
  });

  test('the first question of an isolate that found no nodes is followed by a renewal behind the second one', async () => {
    const { registry, view, settle } = createWorld();
    registry.ask = async () => Promise.reject(new Error('object reset'));
    const first = idsOf(view);
    await vi.advanceTimersByTimeAsync(300);
    expect(await first).toEqual([]);
    registry.ask = async () => snapshotOf('fra1');
    expect(await idsOf(view)).toEqual([]);
    await settle();
    expect(await idsOf(view)).toEqual(['fra1']);
  });

  test('the first questions of an isolate share one call of the registry', async () => {
    const { view, asked } = createWorld();
    await Promise.all([view(), view(), view()]);
    expect(asked()).toBe(1);
  });

  test('the first question of an isolate does not wait for the copy to be read once the registry is late', async () => {
    const { registry, view } = createWorld();
    registry.ask = () => new Promise((resolve) => setTimeout(() => resolve(snapshotOf('fra1')), 700));
    registry.copy = () => new Promise((resolve) => setTimeout(() => resolve(snapshotOf('copied1')), 90));
    const first = idsOf(view);
    await vi.advanceTimersByTimeAsync(500);
    expect(await atOnce(first)).toEqual(['copied1']);
    await vi.advanceTimersByTimeAsync(200);
  });

  test('the first question of an isolate takes the word of a registry on another continent before that of a copy', async () => {
    const { registry, view } = createWorld();
    registry.ask = () => new Promise((resolve) => setTimeout(() => resolve(snapshotOf('fra1', 'new1')), 300));
    registry.copy = async () => snapshotOf('fra1');
    const first = idsOf(view);
    await vi.advanceTimersByTimeAsync(300);
    expect(await atOnce(first)).toEqual(['fra1', 'new1']);
  });

  test('the first question of an isolate waits for a late registry if the copy is from before the first node', async () => {
    const { registry, view } = createWorld();
    registry.ask = () => new Promise((resolve) => setTimeout(() => resolve(snapshotOf('fra1')), 900));
    registry.copy = async () => snapshotOf();
    const first = idsOf(view);
    await vi.advanceTimersByTimeAsync(900);
    expect(await atOnce(first)).toEqual(['fra1']);
  });

  test('the first question of an isolate is asked anew by the next caller if its request has ended', async () => {
    const { registry, view } = createWorld();
    registry.ask = () => never;
    registry.copy = () => never;
    void view();
    await vi.advanceTimersByTimeAsync(1_000);
    registry.ask = async () => snapshotOf('fra1');
    const second = idsOf(view);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(await atOnce(second)).not.toBe('waits');
  });
});

describe('the snapshots of many isolates', () => {
  test('the snapshots of many isolates are renewed at different times', async () => {
    const askedAtMs: number[] = [];
    for (const lot of [0, 0.5, 0.999]) {
      const view = createRosterView({
        ask: async () => {
          askedAtMs.push(Date.now() - START_MS);
          return snapshotOf('fra1');
        },
        readCopy: async () => null,
        background: () => {},
        nowMs: () => Date.now(),
        random: () => lot,
      });
      vi.setSystemTime(START_MS);
      await view();
      for (let ms = 0; ms <= 6_000; ms += 500) {
        vi.setSystemTime(START_MS + ms);
        await view();
      }
    }
    expect(askedAtMs).toEqual([0, 5_000, 0, 4_000, 0, 3_500]);
  });
});
