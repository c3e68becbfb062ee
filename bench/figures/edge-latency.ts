/**
 * The time that a caller waits: the part that the edge adds to the node's own time, and the whole way with DNS, node and
 * mail server at a distance, beside the round trips that physics demands.
 *
 * Connections to the resolver and to the node are open, as they are under traffic; domains are new each time.
 */

import { setTimeout as delay } from 'node:timers/promises';
import { quantile } from '../../shared/quantile.ts';
import { buildEdge } from '../edge/built-worker.ts';
import { startWholeSystem, type WholeSystem } from '../edge/whole-system.ts';
import type { EdgeStandIn } from '../edge-stand-in.ts';
import { type Figure, showSpread, spreadOf } from '../figure.ts';
import type { Machine } from '../machine.ts';

const PAIRS = 300;
const WARM_UPS = 50;
/** The median of the time that the edge adds, in times of the node's own. */
const ADDED_RATIO_MAX = 2.5;

const SAMPLES = 15;
const FAR = { dnsMs: 30, nodeMs: 30, mailMs: 50 };
const NEAR = { dnsMs: 0, nodeMs: 0, mailMs: 0 };
/** Round trips to the mail server for a verdict: handshake, greeting, EHLO, and the one write. */
const COLD_TRIPS = 4;
/** Milliseconds between two looks at the node's sessions, and the number of looks. */
const LOOK_MS = 10;
const LOOKS_MAX = 500;

export async function measureEdgeLatency(machine: Machine, standIn: EdgeStandIn): Promise<readonly Figure[]> {
  const worker = await buildEdge();
  const near = await startWholeSystem(machine, standIn, worker, 2 * (PAIRS + WARM_UPS), NEAR);
  const added = await measureAdded(near).finally(near.stop);
  const far = await startWholeSystem(machine, standIn, worker, 2 * SAMPLES + WARM_UPS, FAR);
  return [added, ...(await measureWay(far).finally(far.stop))];
}

/** Pairs of a question to the edge and one to the node, each about a new domain. */
async function measureAdded(system: WholeSystem): Promise<Figure> {
  const whole: number[] = [];
  const direct: number[] = [];
  for (let pair = 0; pair < WARM_UPS + PAIRS; pair += 1) {
    const wholeMs = await system.verify(`known.anna@d${2 * pair}.test`);
    const directMs = await system.askNode(`d${2 * pair + 1}.test`);
    if (pair < WARM_UPS) continue;
    whole.push(wholeMs);
    direct.push(directMs);
  }
  const node = spreadOf(direct);
  const added = whole.map((ms) => ms - node.median);
  const p50 = quantile(added, 0.5) ?? Number.NaN;
  const p99 = quantile(added, 0.99) ?? Number.NaN;
  const ratio = p50 / node.median;
  return {
    figure: 'time that the edge adds to a probe, on loopback',
    ours: `${ratio.toFixed(2)} times the node: p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms`,
    baseline: `the node asked directly ${showSpread(node, 1)} ms`,
    target: `p50 <= ${ADDED_RATIO_MAX} times`,
    isReached: ratio <= ADDED_RATIO_MAX,
    measured: { p50, p99, node, ratio },
  };
}

async function measureWay(system: WholeSystem): Promise<readonly Figure[]> {
  const cold: number[] = [];
  const warmed: number[] = [];
  const remembered: number[] = [];
  // Warm-up: opens the connections to resolver and node, and gets the code compiled.
  for (let index = 0; index < WARM_UPS; index += 1) {
    await system.verify(`known.anna@d${2 * SAMPLES + index}.test`);
  }
  for (let sample = 0; sample < SAMPLES; sample += 1) {
    cold.push(await system.verify(`known.anna@d${2 * sample}.test`));
    remembered.push(await system.verify(`known.anna@d${2 * sample}.test`));
    warmed.push(await verifyWarmed(system, `d${2 * sample + 1}.test`));
  }
  const { dnsMs, nodeMs, mailMs } = FAR;
  return [
    wayFigure('cold', cold, dnsMs + nodeMs + COLD_TRIPS * mailMs, 300),
    wayFigure('after a warm-up', warmed, nodeMs + mailMs, 120),
    wayFigure('remembered', remembered, 0, 5),
  ];
}

async function verifyWarmed(system: WholeSystem, domain: string): Promise<number> {
  const before = await system.openedSessions();
  await system.warm(domain);
  for (let look = 0; (await system.openedSessions()) <= before; look += 1) {
    if (look === LOOKS_MAX) throw new Error('no session was opened ahead');
    await delay(LOOK_MS);
  }
  return system.verify(`known.anna@${domain}`);
}

function wayFigure(state: string, samples: readonly number[], physicsMs: number, maxMs: number): Figure {
  const ours = spreadOf(samples);
  const { dnsMs, nodeMs, mailMs } = FAR;
  return {
    figure: `latency with ${dnsMs} ms to DNS, ${nodeMs} ms to the node, ${mailMs} ms to the mail server: ${state}`,
    ours: `${showSpread(ours, 1)} ms`,
    baseline: `round trips that physics demands ${physicsMs} ms`,
    target: `<= ${maxMs} ms`,
    isReached: ours.median <= maxMs,
    measured: { ours, physicsMs },
  };
}
