/**
 * A thousand addresses of 50 domains: in one batch, and in one request each. The real edge in workerd, a real node, a
 * mail server that answers at once, everything on loopback; each run uses new domains.
 *
 * Single requests are measured one after the other, as a loop over a list would send them, and concurrently, as a
 * client with a pool would; the figure for the pool is its best run.
 */
import { rm } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { startEdge } from '../../cli/start/edge.ts';
import { loadKeys } from '../../cli/start/keys.ts';
import type { EdgeStandIn } from '../edge-stand-in.ts';
import { startFarSide } from '../far-side.ts';
import { type Figure, type Spread, showSpread, spreadOf } from '../figure.ts';
import { freePort } from '../free-port.ts';
import { makeJoinToken } from '../join-token.ts';
import type { Machine } from '../machine.ts';
import { startNode } from '../node-under-test.ts';
import { makeStateFolder } from '../state-folder.ts';

const ADDRESSES = 1000;
const DOMAINS = 50;
const RUNS = 3;
/** Warm-up runs, in which the code gets compiled. */
const WARM_UPS = 2;
/** Concurrent requests of a client with a pool. */
const AT_ONCE = [8, 32];
/** The batch must be faster than single requests by this factor. */
const TARGET = 10;

export async function measureBatch(machine: Machine, edge: EdgeStandIn): Promise<readonly Figure[]> {
  const lab = await startLab(machine, edge);
  try {
    for (let count = 0; count < WARM_UPS; count += 1) await lab.batch();
    await lab.oneByOne(8);
    const batch: number[] = [];
    const alone: number[] = [];
    const pooled = new Map<number, number[]>(AT_ONCE.map((atOnce) => [atOnce, []]));
    for (let run = 0; run < RUNS; run += 1) {
      batch.push(await lab.batch());
      alone.push(await lab.oneByOne(1));
      for (const [atOnce, samples] of pooled) samples.push(await lab.oneByOne(atOnce));
    }
    const pools = [...pooled].map(([atOnce, samples]) => ({ atOnce, seconds: spreadOf(samples) }));
    return [figureOf(spreadOf(batch), spreadOf(alone), pools)];
  } finally {
    await lab.stop();
  }
}

type Lab = {
  /** Seconds for a thousand addresses. */
  readonly batch: () => Promise<number>;
  readonly oneByOne: (atOnce: number) => Promise<number>;
  readonly stop: () => Promise<void>;
};

async function startLab(machine: Machine, standIn: EdgeStandIn): Promise<Lab> {
  const stateDir = await makeStateFolder();
  const farSide = await startFarSide();
  const mail = await farSide.call('mail', { isCatchAll: false });
  const doh = await farSide.call('doh', null);
  const port = await freePort();
  const runs = WARM_UPS + 1 + RUNS * (2 + AT_ONCE.length);
  const names = Array.from({ length: runs * DOMAINS }, (_, index) => `d${index}.test`);
  const keys = await loadKeys(stateDir);
  const edge = await startEdge({ port, stateDir, keys, sandboxDohUrl: doh.url });
  const node = await startNode(machine, standIn, {
    PROBE_EDGE: edge.url,
    PROBE_TOKEN: await makeJoinToken(edge.url, keys.ADMIN_TOKEN),
    PROBE_ROUTES: names.map((name) => `mx.${name}=127.0.0.1:${mail.port}`).join(','),
  });
  let used = 0;
  const newAddresses = (): readonly string[] => {
    const domains = names.slice(used, used + DOMAINS);
    used += DOMAINS;
    return Array.from({ length: ADDRESSES }, (_, index) => `known.person${index}@${domains[index % DOMAINS]}`);
  };
  return {
    batch: async () => {
      const emails = newAddresses();
      const seconds = await timed(postBatch(edge.url, emails));
      await settled(edge.url, emails);
      return seconds;
    },
    oneByOne: async (atOnce) => {
      const emails = newAddresses();
      const seconds = await timed(askEach(edge.url, emails, atOnce));
      await settled(edge.url, emails);
      return seconds;
    },
    stop: async () => {
      await edge.close();
      await node.stop();
      await farSide.stop();
      await rm(stateDir, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
    },
  };
}

async function timed(work: Promise<readonly string[]>): Promise<number> {
  const startMs = performance.now();
  const reasons = await work;
  const seconds = (performance.now() - startMs) / 1000;
  const accepted = reasons.filter((reason) => reason === 'accepted').length;
  if (accepted !== ADDRESSES) throw new Error(`${accepted} of ${ADDRESSES} addresses were accepted`);
  return seconds;
}

async function postBatch(url: string, emails: readonly string[]): Promise<readonly string[]> {
  const headers = { 'content-type': 'application/json' };
  const body = JSON.stringify({ emails });
  const response = await fetch(`${url}/v1/verify/batch`, { method: 'POST', headers, body });
  const lines = (await response.text()).trimEnd().split('\n');
  return lines.map((line) => JSON.parse(line).reason);
}

async function askEach(url: string, emails: readonly string[], atOnce: number): Promise<readonly string[]> {
  const waiting = [...emails];
  const reasons: string[] = [];
  const asker = async (): Promise<void> => {
    for (let email = waiting.shift(); email !== undefined; email = waiting.shift()) {
      const response = await fetch(`${url}/v1/verify?email=${encodeURIComponent(email)}`);
      const { reason } = (await response.json()) as { reason: string };
      reasons.push(reason);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, asker));
  return reasons;
}

/** Verdicts are stored after the answers; wait, so that the next measurement does not pay for it. */
async function settled(url: string, emails: readonly string[]): Promise<void> {
  // One list remembers 800 verdicts at most.
  const probe = emails[700] ?? '';
  for (;;) {
    const response = await fetch(`${url}/v1/verify?smtp=false&email=${encodeURIComponent(probe)}`);
    const { cached } = (await response.json()) as { cached: boolean };
    await delay(cached ? 500 : 100);
    if (cached) return;
  }
}

type Pool = { readonly atOnce: number; readonly seconds: Spread };

function figureOf(batch: Spread, alone: Spread, pools: readonly Pool[]): Figure {
  const ratio = alone.median / batch.median;
  const shown = pools.map(({ atOnce, seconds }) => {
    return `${atOnce} at once ${showSpread(seconds, 2)} s: ${(seconds.median / batch.median).toFixed(1)}×`;
  });
  return {
    figure: `${ADDRESSES} addresses of ${DOMAINS} domains, edge in workerd`,
    ours: `one batch ${showSpread(batch, 2)} s: ${ratio.toFixed(1)}×`,
    baseline: `one request each, one by one ${showSpread(alone, 2)} s; ${shown.join('; ')}`,
    target: `>= ${TARGET}×`,
    isReached: ratio >= TARGET,
    measured: { batch, alone, pools, ratio },
  };
}
