/** Every node is restarted, or drained by its operator, one after the other under load: no request fails by it. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { listenToEdge } from './edge-log.ts';
import { type DrillNode, type Ground, openGround } from './ground.ts';
import { type Load, NOTHING_WRONG, tell } from './load.ts';

/** Longer than a node is still asked after the edge has been told. */
const LEAVE = { interval: 20 };

let ground: Ground;

beforeAll(async () => {
  ground = await openGround(['eu1', 'eu2', 'eu3'].map((id) => ({ id, region: 'eu-central' })));
});

afterAll(() => ground?.close());

/** Until verdicts of the node come. */
async function carries(load: Load, { id }: DrillNode): Promise<void> {
  const from = load.told().length;
  await expect
    .poll(
      () =>
        load
          .told()
          .slice(from)
          .some(({ node }) => node === id),
      LEAVE,
    )
    .toBe(true);
}

async function restart(load: Load, node: DrillNode): Promise<void> {
  await carries(load, node);
  await node.stop();
  await node.start();
  await carries(load, node);
}

async function drainAndTakeBack(load: Load, node: DrillNode): Promise<void> {
  await ground.admin('PATCH', `/v1/nodes/${node.id}`, { state: 'draining' });
  // A stretch of verdicts of which none is of this node.
  await expect
    .poll(
      () =>
        load
          .told()
          .slice(-ground.size.stretch)
          .every(({ node: by }) => by !== node.id),
      LEAVE,
    )
    .toBe(true);
  await ground.admin('PATCH', `/v1/nodes/${node.id}`, { state: 'active' });
  await carries(load, node);
}

test.each([
  ['ends with SIGTERM and starts again', restart],
  ['is drained and taken back', drainAndTakeBack],
])('every node %s, one after the other, and no request fails', async (drill, roll) => {
  const log = listenToEdge();
  const load = ground.load({ name: roll.name.toLowerCase() });
  const startedAtMs = performance.now();
  for (const node of ground.nodes) await roll(load, node);
  const rolledMs = Math.round(performance.now() - startedAtMs);
  const report = await load.stop();
  const { refusals, faults } = log.end();
  tell(`every node ${drill} (${rolledMs} ms in all, ${refusals} jobs refused)`, report, load.told(), startedAtMs);
  // Nor was a job refused and passed on: no request reached a node after it stopped listening.
  expect({ ...report, refusals, faults }).toMatchObject({ ...NOTHING_WRONG, refusals: 0, faults: 0 });
});
