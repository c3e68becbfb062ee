import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { createRegistryStore } from '../../../edge/objects/registry-store.ts';
import type { MinuteCounts } from '../../../shared/enrolment.ts';
import { storageOver } from '../lists/small-list.ts';

const NONE = { accepted: 0, doubtful: 0, mailbox_refused: 0, deferred: 0, blocked: 0, no_reply: 0, held_back: 0 };

function minuteAt(minute: number, jobs: number): MinuteCounts {
  return { minute, jobs, ...NONE, accepted: jobs * 2 };
}

test('minutes that are settled have one row for all nodes, with the same sums, and old ones none', () => {
  const database = new DatabaseSync(':memory:');
  const store = createRegistryStore(storageOver(database).sql);
  const rowCount = () => database.prepare('SELECT COUNT(*) AS rows FROM minutes').get()?.['rows'];
  for (const [node, jobs] of [
    ['fra1', 1],
    ['iad1', 10],
    ['sin1', 100],
  ] as const) {
    store.putMinutes(
      node,
      [1, 2, 3, 4].map((minute) => minuteAt(minute, jobs)),
    );
  }
  const sums = [2, 3, 4].map((minute) => minuteAt(minute, 111));
  store.condenseMinutes(2, 4);
  expect([store.minutes(0, 9), rowCount()]).toEqual([sums, 5]);
  // Again, with a minute more that is settled.
  store.putMinutes('fra1', [minuteAt(4, 1), minuteAt(5, 7)]);
  store.condenseMinutes(3, 5);
  store.condenseMinutes(3, 5);
  expect([store.minutes(0, 9), rowCount()]).toEqual([[...sums.slice(1), minuteAt(5, 7)], 3]);
});
