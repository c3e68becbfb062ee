/**
 * The registry object goes down under load, and comes back: verdicts go on by the snapshot at hand, and heartbeats that
 * it missed make no node lost. ../dead-registry.test.ts tests an isolate that begins without it.
 */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { listenToEdge } from './edge-log.ts';
import { type Ground, openGround } from './ground.ts';
import { NOTHING_WRONG, startLoad, tell } from './load.ts';

const WORKER = fileURLToPath(new URL('../../../edge/worker.ts', import.meta.url));
const IDS = ['eu1', 'eu2', 'us1'];
/** Heartbeats that are not heard: several of each node. */
const UNHEARD = 3 * IDS.length;

let ground: Ground;

beforeAll(async () => {
  ground = await openGround(IDS.map((id) => ({ id, region: 'eu-central' })));
  const entrypoint = path.join(ground.stateDir, 'switched.ts');
  await writeFile(entrypoint, SWITCHED_WORKER);
  await ground.reopenEdge({ entrypoint });
});

afterAll(() => ground.close());

/** The worker as it is, but for a registry that can be switched off. */
const SWITCHED_WORKER = `import worker from ${JSON.stringify(WORKER)};
export * from ${JSON.stringify(WORKER)};
let isAway = false;
let switched;
const switchable = ({ getByName }) => ({ getByName: (name) => new Proxy({}, {
  get: (_, method) => (...asked) => isAway ? Promise.reject(new Error('reset')) : getByName(name)[method](...asked),
}) });
export default { ...worker, fetch: (request, env, context) => {
  switched ??= { ...env, REGISTRY: switchable({ getByName: (name) => env.REGISTRY.getByName(name) }) };
  const { pathname } = new URL(request.url);
  if (!pathname.startsWith('/switch/')) return worker.fetch(request, switched, context);
  isAway = pathname === '/switch/off';
  return new Response(null, { status: 204 });
} };
`;

test('the registry goes down and comes back under load, and no verdict is lost, doubled or wrong', async () => {
  const log = listenToEdge();
  const load = startLoad(ground.url, { name: 'registry' });
  await expect.poll(() => load.told().length, { interval: 5 }).toBeGreaterThan(100);
  const struckAtMs = performance.now();
  await fetch(new URL('/switch/off', ground.url));
  expect((await ground.admin('GET', '/v1/nodes')).status).toBe(503);
  // A line for each that is refused; the first was the operator's question.
  await expect.poll(() => log.heard().faults).toBeGreaterThan(UNHEARD);
  await fetch(new URL('/switch/on', ground.url));
  const backAtMs = performance.now();
  const states = async () => Object.entries(await ground.listed()).map(([id, { state }]) => `${id} ${state}`);
  await expect.poll(async () => (await states()).toSorted()).toEqual(IDS.map((id) => `${id} active`));
  const awayMs = Math.round(backAtMs - struckAtMs);
  const backMs = Math.round(performance.now() - backAtMs);
  const report = await load.stop();
  log.end();
  tell(
    `the registry away for ${awayMs} ms, ${UNHEARD} heartbeats unheard (all nodes active ${backMs} ms after)`,
    report,
    load.told(),
    struckAtMs,
  );
  expect(report).toMatchObject(NOTHING_WRONG);
});
