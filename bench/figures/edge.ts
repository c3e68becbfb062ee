/**
 * The cost of the edge alone, in plain workerd on the built bundle: processor time of verdicts without I/O, and of
 * starting, each as a ratio to a bare Hono route with the same standard middleware in the same run; the size of the bundle.
 *
 * Ratios, since machines differ threefold.
 */
import { exportJWK, generateKeyPair } from 'jose';
import { memoryKey, type RememberedVerdict, remember, type Store } from '../../edge/memory/results.ts';
import { BUNDLE_KIB_MAX, type BuiltWorker, buildEdge, buildSmall, scriptKib } from '../edge/built-worker.ts';
import { type Load, measureLoad } from '../edge/load.ts';
import { NO_BINDINGS, type RunningWorker, startWorkerd, type WorkerSettings } from '../edge/workerd.ts';
import { type Figure, type Spread, showSpread, spreadOf } from '../figure.ts';
import type { Machine } from '../machine.ts';

const REMEMBERED = 'ada@firm.example';

/** Verdicts without I/O, by the step that decides them. */
const SETTLED = [
  { verdict: 'a verdict by syntax', path: '/v1/verify?email=not-an-address' },
  { verdict: 'a verdict by the disposable set', path: '/v1/verify?email=a@mailinator.com' },
  { verdict: 'a verdict by provider rules', path: '/v1/verify?email=ada_lovelace@gmail.com' },
  { verdict: 'a remembered verdict', path: `/v1/verify?email=${REMEMBERED}` },
] as const;
/** Processor time of such a verdict, in times of the bare route. */
const CPU_RATIO_MAX = 2;
/** Processor time until the first answer, in times of the bare route. */
const START_RATIO_MAX = 3.5;
const STARTS = 5;
const DAY_SECONDS = 86_400;

export async function measureEdge(machine: Machine): Promise<readonly Figure[]> {
  const edge = await buildEdge();
  const bare = await buildSmall('bench/baselines/bare-route.ts');
  const settings = await edgeSettings();
  return [
    ...(await measureSettled(machine, edge, bare, settings)),
    await measureBundle(edge),
    await measureStart(machine, edge, bare, settings),
  ];
}

async function edgeSettings(): Promise<WorkerSettings> {
  const { privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
  const cacheKey = 'of no use to anybody but the bench';
  const texts = {
    PROBE_SIGNING_KEY: JSON.stringify({ ...(await exportJWK(privateKey)), kid: 'bench' }),
    CACHE_KEY: cacheKey,
    DOH_URLS: 'http://127.0.0.1:9/dns-query',
  };
  const objects = { REGISTRY: 'RegistryObject', QUOTA: 'QuotaObject' };
  const bindings = { objects, kv: ['MEMORY'], queues: ['RECHECKS'], buckets: ['FILES'] };
  return { ...bindings, texts, values: await rememberedValues(cacheKey) };
}

/** The store after REMEMBERED has been verified. */
async function rememberedValues(cacheKey: string): Promise<Readonly<Record<string, string>>> {
  const values = new Map<string, string>();
  const put = async (key: string, value: string): Promise<void> => void values.set(key, value);
  const store: Store = { get: async () => null, put };
  const octets = new TextEncoder().encode(cacheKey);
  const secret = await crypto.subtle.importKey('raw', octets, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
  const host = 'mx.firm.example';
  const verdict: RememberedVerdict = {
    reason: 'accepted',
    catch_all: false,
    mx: { provider: null, hosts: [{ host, preference: 10 }], implicit: false, dnssec: false },
    smtp: {
      ...{ host, ip: '192.0.2.1', stage: 'rcpt', code: 250, enhanced: '2.1.5', tls: true },
      ...{ node: 'bench', region: 'bench', rule: 'accepted' },
    },
    checked_at: new Date().toISOString(),
  };
  await remember(store, await memoryKey(secret, REMEMBERED), verdict, DAY_SECONDS);
  return Object.fromEntries(values);
}

async function measureSettled(
  machine: Machine,
  edge: BuiltWorker,
  bare: BuiltWorker,
  settings: WorkerSettings,
): Promise<readonly Figure[]> {
  const workers: RunningWorker[] = [];
  const start = async (worker: BuiltWorker, its: WorkerSettings): Promise<RunningWorker> => {
    const running = await startWorkerd(machine, worker, its);
    workers.push(running);
    return running;
  };
  try {
    const ours = await start(edge, settings);
    const bareRoute = await start(bare, NO_BINDINGS);
    await demandRemembered(ours);
    const targets = SETTLED.flatMap(({ path }) => [ours, bareRoute].map((worker) => ({ worker, path })));
    const loads = await measureLoad(targets);
    return SETTLED.map(({ verdict }, index) =>
      cpuFigure(`processor time, ${verdict}`, loads[index * 2], loads[index * 2 + 1], CPU_RATIO_MAX),
    );
  } finally {
    for (const worker of workers) await worker.stop();
  }
}

/** The first request brings the verdict from the store into the isolate. */
async function demandRemembered({ url }: RunningWorker): Promise<void> {
  const response = await fetch(`${url}/v1/verify?email=${REMEMBERED}`);
  const { cached } = (await response.json()) as { cached: unknown };
  if (cached !== true) throw new Error('the verdict that was put into the store is not remembered');
}

/** Processor time of ours, as a ratio to the bare route's. */
function cpuFigure(figure: string, ours: Load | undefined, bare: Load | undefined, ratioMax: number | null): Figure {
  if (ours === undefined || bare === undefined) throw new Error(`${figure}: nothing was measured`);
  const ratio = ours.cpuUs.median / bare.cpuUs.median;
  return {
    figure,
    ours: `${ratio.toFixed(2)} times the bare route: ${showLoad(ours)}`,
    baseline: `a bare Hono route ${showLoad(bare)}`,
    target: ratioMax === null ? '' : `<= ${ratioMax} times`,
    isReached: ratioMax === null ? null : ratio <= ratioMax,
    measured: { ours, bare, ratio },
  };
}

function showLoad({ perSecond, cpuUs }: Load): string {
  return `${showSpread(cpuUs, 0)} µs, ${perSecond.median.toFixed(0)} requests/s`;
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

/** Processor time until the first answer, as a ratio to the same workerd with the bare route. */
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
  const ratio = ours.median / base.median;
  const show = (spread: Spread): string => `${showSpread(spread, 0)} ms`;
  return {
    figure: 'start-up, processor time to the first answer',
    ours: `${ratio.toFixed(2)} times the bare route: ${show(ours)}`,
    baseline: `a bare Hono route ${show(base)}`,
    target: `<= ${START_RATIO_MAX} times`,
    isReached: ratio <= START_RATIO_MAX,
    measured: { ours, base, ratio },
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
