/**
 * A region goes down, and a clock is set wrong, under load: the other nodes carry on, the registry finds out which
 * nodes are lost, and all are back as soon as the fault is mended. One wait for the registry serves both.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type DrillNode, type Ground, openGround } from './ground.ts';
import { NOTHING_WRONG, tell } from './load.ts';

/** Loaded before the node: with the first signal its clock is five minutes ahead, with the second it is right again. */
const CLOCK = `data:text/javascript,${encodeURIComponent(`
  const now = Date.now;
  process.on('SIGUSR2', () => { Date.now = () => now() + 300_000; });
  process.on('SIGCONT', () => { Date.now = now; });
`)}`;
const POLL = { interval: 100 };

let ground: Ground;

beforeAll(async () => {
  ground = await openGround([
    { id: 'eu1', region: 'eu-central' },
    { id: 'eu2', region: 'eu-central' },
    { id: 'us1', region: 'us-east' },
    { id: 'us2', region: 'us-east', settings: { NODE_OPTIONS: `--import=${CLOCK}` } },
  ]);
});

afterAll(() => ground?.close());

function node(id: string): DrillNode {
  const found = ground.nodes.find((one) => one.id === id);
  if (found === undefined) throw new Error(`there is no ${id}`);
  return found;
}

async function states(): Promise<Readonly<Record<string, string>>> {
  const nodes = Object.values(await ground.listed());
  return Object.fromEntries(nodes.map(({ id, state }) => [id, state]));
}

/** All questions, with the strike after the first stretch. */
async function underLoad(name: string, drill: string, strike: () => void): Promise<void> {
  const { questions, stretch } = ground.size;
  const load = ground.load({ name, count: questions });
  await expect.poll(() => load.told().length, { interval: 5 }).toBeGreaterThan(stretch);
  const struckAtMs = performance.now();
  strike();
  const report = await load.report;
  tell(drill, report, load.told(), struckAtMs);
  expect(report).toMatchObject(NOTHING_WRONG);
}

/** Milliseconds until each of these has carried a probe. */
async function untilCarried(name: string, ids: readonly string[], startMs: number): Promise<number> {
  const load = ground.load({ name });
  const hasAll = (): boolean => ids.every((id) => load.told().some(({ node: by }) => by === id));
  await expect.poll(hasAll, { interval: 20 }).toBe(true);
  const tookMs = Math.round(performance.now() - startMs);
  expect(await load.stop()).toMatchObject(NOTHING_WRONG);
  return tookMs;
}

test('a node whose clock jumps five minutes ahead costs no caller a verdict', () =>
  underLoad('clock', 'a clock five minutes ahead', () => node('us2').signal('SIGUSR2')));

test('a region that is killed as a whole costs no caller a verdict', () =>
  underLoad('region', 'both nodes of a region killed', () => {
    for (const id of ['eu1', 'eu2']) node(id).signal('SIGKILL');
  }));

test('nodes that cannot be heard are lost, and verdicts go on with the one that is left', async () => {
  const startMs = performance.now();
  await expect.poll(states, POLL).toEqual({ eu1: 'lost', eu2: 'lost', us1: 'active', us2: 'lost' });
  console.log(`lost ones known to the registry after ${Math.round(performance.now() - startMs)} ms more`);
  await underLoad('left', 'one node of four left', () => {});
});

test('a node with its clock right again, and a restarted region, carry probes within seconds', async () => {
  // In the order of a person who mends a clock: the time first, then the service.
  node('us2').signal('SIGCONT');
  await expect.poll(states, POLL).toMatchObject({ us2: 'active' });
  await node('us2').stop();
  const startMs = performance.now();
  await Promise.all([node('eu1').start(), node('eu2').start(), node('us2').start()]);
  expect(await states()).toEqual({ eu1: 'active', eu2: 'active', us1: 'active', us2: 'active' });
  const tookMs = await untilCarried('back', ['eu1', 'eu2', 'us2'], startMs);
  console.log(`every node of before carries probes ${tookMs} ms after it was started`);
});
