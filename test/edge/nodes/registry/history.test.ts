import { describe, expect, test } from 'vitest';
import { historyOf, minutesOf, newMinutes } from '../../../../edge/nodes/registry/history.ts';
import type { MinuteCounts } from '../../../../shared/enrolment.ts';
import { createRegistryWorld, createTestNode, heartbeatOf, START_MS } from '../registry-world.ts';

const MINUTE_MS = 60_000;
const START = START_MS / MINUTE_MS;

function minuteAt(minute: number, changes: Partial<MinuteCounts> = {}): MinuteCounts {
  const none = {
    jobs: 0,
    accepted: 0,
    doubtful: 0,
    mailbox_refused: 0,
    deferred: 0,
    blocked: 0,
    no_reply: 0,
    held_back: 0,
  };
  return { minute, ...none, ...changes };
}

describe('the minutes that a node reports', () => {
  test('are taken once, if they are over and not long ago', () => {
    const reported = [-11, -10, -1, 0, 1].map((ago) => minuteAt(START + ago));
    const taken = (lastKept: number) => newMinutes(reported, lastKept, START_MS).map(({ minute }) => minute - START);
    expect(taken(0)).toEqual([-10, -1, 0]);
    expect(taken(START - 1)).toEqual([0]);
    expect(taken(START)).toEqual([]);
  });
});

describe('the history of a span', () => {
  test('is an hour of minutes up to the last whole one, or a day of quarters', () => {
    expect(minutesOf('hour', START_MS + 90_000)).toEqual({ from: START - 59, to: START });
    const day = historyOf('day', [], START_MS + 90_000);
    expect([day.points.length, day.step_s]).toEqual([96, 900]);
    expect(day.points.at(-1)?.at).toBe('2026-01-01T00:00:00.000Z');
    expect(day.points[0]?.at).toBe('2025-12-31T00:15:00.000Z');
  });

  test('adds up the nodes, and has 0 where nothing is known', () => {
    const rows = [
      minuteAt(START - 1, { jobs: 3, blocked: 2 }),
      minuteAt(START - 1, { jobs: 4 }),
      minuteAt(START - 61, { jobs: 100 }),
    ];
    const { points } = historyOf('hour', rows, START_MS);
    expect(points).toHaveLength(60);
    expect(points.at(-1)).toMatchObject({ at: '2025-12-31T23:59:00.000Z', jobs: 7, blocked: 2, accepted: 0 });
    expect(points.reduce((sum, { jobs }) => sum + jobs, 0)).toBe(7);
  });
});

describe('the registry', () => {
  test('keeps a day of minutes, and counts one that is reported again once', async () => {
    const world = createRegistryWorld();
    const [fra1, iad1] = [await createTestNode('fra1'), await createTestNode('iad1')];
    await world.join(fra1);
    await world.join(iad1);
    const jobsIn = async (span: 'hour' | 'day') =>
      (await world.service.history(span)).points.reduce((sum, { jobs }) => sum + jobs, 0);
    world.advance(MINUTE_MS);
    const minutes = [minuteAt(START, { jobs: 5 })];
    await world.beat(fra1, { minutes });
    await world.beat(iad1, { minutes });
    world.advance(10_000);
    await world.beat(fra1, { minutes });
    expect(await jobsIn('hour')).toBe(10);
    // A registry that comes back has forgotten what it has kept, but not the rows.
    const restarted = world.restart();
    world.advance(10_000);
    await restarted.heartbeat(await fra1.message(heartbeatOf(world.nowMs(), { minutes }), world.nowMs()));
    expect(await jobsIn('hour')).toBe(10);
    world.advance(2 * 3_600_000);
    expect([await jobsIn('hour'), await jobsIn('day')]).toEqual([0, 10]);
    world.advance(86_400_000);
    await world.beat(fra1, { minutes: [minuteAt(Math.floor(world.nowMs() / MINUTE_MS) - 1, { jobs: 1 })] });
    expect(world.store.minutes(0, Number.MAX_SAFE_INTEGER).map(({ jobs }) => jobs)).toEqual([1]);
  });

  test('reports a node again once it was heard, drained or lost, and says which are there', async () => {
    const world = createRegistryWorld();
    const [fra1, iad1] = [await createTestNode('fra1'), await createTestNode('iad1')];
    await world.join(fra1);
    await world.join(iad1);
    await world.beat(fra1);
    await world.beat(iad1);
    let known = {};
    const changed = async () => {
      const { stamps, nodes } = await world.service.changes(known);
      known = stamps;
      return [nodes.map(({ id, state }) => `${id} ${state}`), Object.keys(stamps)];
    };
    const both = ['fra1', 'iad1'];
    expect(await changed()).toEqual([['fra1 active', 'iad1 active'], both]);
    expect(await changed()).toEqual([[], both]);
    world.advance(10_000);
    await world.beat(iad1);
    expect(await changed()).toEqual([['iad1 active'], both]);
    await world.service.setDraining('fra1', true);
    expect(await changed()).toEqual([['fra1 draining'], both]);
    world.advance(30_000);
    expect(await changed()).toEqual([['fra1 lost'], both]);
    await world.service.remove('fra1', null);
    expect(await changed()).toEqual([[], ['iad1']]);
  });
});
