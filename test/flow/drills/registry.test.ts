/**
 * The registry object goes down under load, and comes back: verdicts go on by the snapshot at hand, and heartbeats that
 * it missed make no node lost. ../dead-registry.test.ts tests an isolate that begins without it.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Ground, openGround } from './ground.ts';
import { NOTHING_WRONG, tell } from './load.ts';

const IDS = ['eu1', 'eu2', 'us1'];
/** Heartbeats that are not heard: several of each node. */
const UNHEARD = 3 * IDS.length;

let ground: Ground;

beforeAll(async () => {
  const specs = IDS.map((id) => ({ id, region: 'eu-central' }));
  ground = await openGround(specs, true);
});

afterAll(() => ground?.close());

test('the registry goes down and comes back under load, and no verdict is lost, doubled or wrong', async () => {
  const { load: startLoad, registry, size } = ground;
  const load = startLoad({ name: 'registry' });
  await expect.poll(() => load.told().length, { interval: 5 }).toBeGreaterThan(size.stretch);
  const struckAtMs = performance.now();
  await registry.goAway();
  expect((await ground.admin('GET', '/v1/nodes')).status).toBe(503);
  await expect.poll(registry.unheard).toBeGreaterThanOrEqual(UNHEARD);
  await registry.comeBack();
  const backAtMs = performance.now();
  const states = async () => Object.entries(await ground.listed()).map(([id, { state }]) => `${id} ${state}`);
  await expect.poll(async () => (await states()).toSorted()).toEqual(IDS.map((id) => `${id} active`));
  const awayMs = Math.round(backAtMs - struckAtMs);
  const backMs = Math.round(performance.now() - backAtMs);
  const report = await load.stop();
  tell(
    `the registry away for ${awayMs} ms, ${UNHEARD} heartbeats unheard (all nodes active ${backMs} ms after)`,
    report,
    load.told(),
    struckAtMs,
  );
  expect(report).toMatchObject(NOTHING_WRONG);
});
