/**
 * Drills on the platform's limits: a node that is killed, a registry that is away, an edge that is replaced, each under load. No
 * isolate remembers that a node did not answer: every request finds out by itself.
 */
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { EdgeOptions, RunningEdge } from '../../cli/start/edge.ts';
import { PLATFORM } from '../../rehearsal/limits.ts';
import { type RehearsedEdge, startRehearsedEdge } from '../../rehearsal/rehearsed-edge.ts';
import { type Ground, openGround } from '../flow/drills/ground.ts';
import { NOTHING_WRONG, startLoad } from '../flow/drills/load.ts';
import { theUpload } from './stage.ts';

/** Each request takes an isolate: few at once, so that a small machine answers within the deadlines. */
const AT_ONCE = 4;
const ASKED = 70;

let edge: RehearsedEdge;
let ground: Ground;

async function startHere({ port, stateDir, keys, sandboxDohUrl }: EdgeOptions): Promise<RunningEdge> {
  edge = await startRehearsedEdge({
    upload: await theUpload(),
    // As an edge that has stood for a minute: its location no longer reads that there is no copy of the registry.
    limits: { ...PLATFORM, kv: { ...PLATFORM.kv, staleMs: 1_000 } },
    texts: {
      ...keys,
      NODE_URLS: 'loopback',
      ANONYMOUS_DAILY_QUOTA: 'unlimited',
      ...(sandboxDohUrl === null ? {} : { SANDBOX_DOH_URL: sandboxDohUrl }),
    },
    port,
    storageDir: path.join(stateDir, 'objects'),
    log: (line) => console.error('%s', line),
  });
  return { url: edge.url, registryDir: stateDir, close: edge.close };
}

beforeAll(async () => {
  ground = await openGround(
    ['eu1', 'eu2', 'us1'].map((id) => ({ id, region: id.startsWith('eu') ? 'eu-central' : 'us-east' })),
    startHere,
  );
});

afterAll(() => ground.close());

/** Nodes that can be asked by the copy in KV, as a location reads it that has not read it before. */
function activeInCopy(): number {
  const copy = edge.platform.kv.get(crypto.randomUUID(), 'n1:roster')?.value ?? '';
  return copy.split('"state":"active"').length - 1;
}

/** Questions of which some have their answer when it strikes. */
async function underLoad(name: string, strike: () => Promise<void> | void, asksAgain = false): Promise<void> {
  const load = startLoad(ground.url, { name, count: ASKED, atOnce: AT_ONCE, asksAgain });
  await expect.poll(() => load.told().length, { interval: 20 }).toBeGreaterThan(10);
  await strike();
  expect(await load.report).toMatchObject({ ...NOTHING_WRONG, asked: ASKED });
}

describe('under load and under the limits of the platform', () => {
  test('a registry that is away costs no caller a verdict', async () => {
    // KV takes one write of the copy a second: that of three nodes which came at once is complete with a later heartbeat.
    await expect.poll(activeInCopy, { interval: 200 }).toBe(3);
    let refused = 0;
    await underLoad('registry', () => {
      edge.platform.fateOf = ({ target }) => {
        if (target !== 'REGISTRY') return 'arrives';
        refused += 1;
        return 'lost_before';
      };
    });
    // A location that has no snapshot of the nodes goes by the copy in KV.
    const elsewhere = await fetch(`${ground.url}/v1/verify?email=known-elsewhere@firm1.test&deadline_ms=30000`, {
      headers: { 'x-rehearsal-location': 'elsewhere' },
    });
    edge.platform.fateOf = () => 'arrives';
    expect(await elsewhere.json()).toMatchObject({ reason: 'accepted' });
    expect(refused).toBeGreaterThan(0);
  });

  test('an edge that is replaced costs no client a verdict that asks again', () =>
    underLoad('rollout', () => edge.restart(), true));

  test('a node that is killed costs no caller a verdict', () =>
    underLoad('killed', () => ground.nodes[0]?.signal('SIGKILL')));
});
