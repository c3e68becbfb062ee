/**
 * What the edge costs by itself, in plain workerd on the built bundle: requests a second for verdicts that need nothing
 * from outside, beside a bare Hono route; the size of the bundle; what starting it costs.
 */
import { exportJWK, generateKeyPair } from 'jose';
import { type BuiltWorker, buildEdge, buildSmall, scriptKib } from '../edge/built-worker.ts';
import { type Load, measureLoad } from '../edge/load.ts';
import { NO_BINDINGS, type RunningWorker, startWorkerd, type WorkerSettings } from '../edge/workerd.ts';
import { type Figure, type Spread, showSpread, spreadOf } from '../figure.ts';
import type { Machine } from '../machine.ts';

/** Addresses that are settled without a look outside, by what settles them. */
const LOCAL = [
  { settledBy: 'syntax', path: '/v1/verify?email=not-an-address' },
  { settledBy: 'the disposable set', path: '/v1/verify?email=anyone@mailinator.com' },
  { settledBy: 'provider rules', path: '/v1/verify?email=a@gmail.com' },
] as const;
const LOCAL_SHARE_MIN = 0.7;
const BUNDLE_KIB_MAX = 1024;
const START_MS_MAX = 50;
const STARTS = 5;

export async function measureEdge(machine: Machine): Promise<readonly Figure[]> {
  const edge = await buildEdge();
  const bare = await buildSmall('bench/baselines/bare-route.ts');
  const settings = await edgeSettings();
  return [
    ...(await measureLocal(machine, edge, bare, settings)),
    await measureBundle(edge),
    await measureStart(machine, edge, bare, settings),
  ];
}

async function edgeSettings(): Promise<WorkerSettings> {
  const { privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
  const texts = {
    PROBE_SIGNING_KEY: JSON.stringify({ ...(await exportJWK(privateKey)), kid: 'bench' }),
    CACHE_KEY: 'of no use to anybody but the bench',
    DOH_URLS: 'http://127.0.0.1:9/dns-query',
  };
  return { ...NO_BINDINGS, texts, kv: ['MEMORY'], queues: ['RECHECKS'] };
}

async function measureLocal(
  machine: Machine,
  edge: BuiltWorker,
  bare: BuiltWorker,
  settings: WorkerSettings,
): Promise<readonly Figure[]> {
  const workers: RunningWorker[] = [];
  try {
    const edgeWorker = await startWorkerd(machine, edge, settings);
    workers.push(edgeWorker);
    const bareWorker = await startWorkerd(machine, bare, NO_BINDINGS);
    workers.push(bareWorker);
    const targets = LOCAL.flatMap(({ path }) => [edgeWorker, bareWorker].map((worker) => ({ worker, path })));
    const loads = await measureLoad(targets);
    return LOCAL.map(({ settledBy }, index) =>
      shareFigure(`requests/s, a verdict by ${settledBy}`, loads[index * 2], loads[index * 2 + 1], LOCAL_SHARE_MIN),
    );
  } finally {
    for (const worker of workers) await worker.stop();
  }
}

/** What share of the bare route's requests a second ours has. */
export function shareFigure(figure: string, ours: Load | undefined, bare: Load | undefined, shareMin: number): Figure {
  if (ours === undefined || bare === undefined) throw new Error(`${figure}: nothing was measured`);
  const share = ours.perSecond.median / bare.perSecond.median;
  return {
    figure,
    ours: `${showLoad(ours)}: ${Math.round(share * 100)} %`,
    baseline: `a bare Hono route ${showLoad(bare)}`,
    target: `>= ${shareMin * 100} %`,
    isReached: share >= shareMin,
    measured: { ours, bare, share, cpuShare: bare.cpuUs.median / ours.cpuUs.median },
  };
}

function showLoad({ perSecond, cpuUs }: Load): string {
  return `${showSpread(perSecond, 0)}, ${cpuUs.median.toFixed(0)} µs of processor each`;
}

async function measureBundle(edge: BuiltWorker): Promise<Figure> {
  const kib = await scriptKib(edge);
  return {
    figure: 'worker bundle without the disposable asset, gzip',
    ours: `${kib.toFixed(0)} KiB`,
    baseline: '',
    target: `<= ${BUNDLE_KIB_MAX} KiB`,
    isReached: kib <= BUNDLE_KIB_MAX,
    measured: { kib },
  };
}

/** Processor time until the first answer, less what the same workerd takes for the bare route. */
async function measureStart(
  machine: Machine,
  edge: BuiltWorker,
  bare: BuiltWorker,
  settings: WorkerSettings,
): Promise<Figure> {
  const oursMs: number[] = [];
  const bareMs: number[] = [];
  for (let start = 0; start < STARTS; start += 1) {
    oursMs.push(await startMs(machine, edge, settings));
    bareMs.push(await startMs(machine, bare, NO_BINDINGS));
  }
  const ours = spreadOf(oursMs);
  const base = spreadOf(bareMs);
  const added = ours.median - base.median;
  const show = (spread: Spread): string => `${showSpread(spread, 0)} ms`;
  return {
    figure: 'start-up, processor time to the first answer',
    ours: `${added.toFixed(0)} ms over the bare route (${show(ours)})`,
    baseline: `a bare Hono route ${show(base)}`,
    target: `<= ${START_MS_MAX} ms`,
    isReached: added <= START_MS_MAX,
    measured: { ours, base, added },
  };
}

async function startMs(machine: Machine, worker: BuiltWorker, settings: WorkerSettings): Promise<number> {
  const running = await startWorkerd(machine, worker, settings);
  try {
    const response = await fetch(`${running.url}/v1/verify?email=not-an-address`);
    await response.arrayBuffer();
    return await running.cpuMs();
  } finally {
    await running.stop();
  }
}
