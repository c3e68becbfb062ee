/**
 * What the edge costs by itself, in plain workerd on the built bundle: requests a second for verdicts that need nothing
 * from outside, beside a bare Hono route and beside a constant answer with the same headers and log line, which no edge of
 * any kind could outdo; the size of the bundle; what starting it costs.
 */
import { exportJWK, generateKeyPair } from 'jose';
import { memoryKey, type RememberedVerdict, remember, type Store } from '../../edge/memory/results.ts';
import { type BuiltWorker, buildEdge, buildSmall, scriptKib } from '../edge/built-worker.ts';
import { type Load, measureLoad } from '../edge/load.ts';
import { NO_BINDINGS, type RunningWorker, startWorkerd, type WorkerSettings } from '../edge/workerd.ts';
import { type Figure, type Spread, showSpread, spreadOf } from '../figure.ts';
import type { Machine } from '../machine.ts';

const REMEMBERED = 'ada@firm.example';
const LOCAL_SHARE_MIN = 0.7;
const REMEMBERED_SHARE_MIN = 0.6;

/** Verdicts that need no look outside, by what settles them. */
const SETTLED = [
  { verdict: 'a verdict by syntax', path: '/v1/verify?email=not-an-address', shareMin: LOCAL_SHARE_MIN },
  { verdict: 'a verdict by the disposable set', path: '/v1/verify?email=a@mailinator.com', shareMin: LOCAL_SHARE_MIN },
  {
    verdict: 'a verdict by provider rules',
    path: '/v1/verify?email=ada_lovelace@gmail.com',
    shareMin: LOCAL_SHARE_MIN,
  },
  { verdict: 'a remembered verdict', path: `/v1/verify?email=${REMEMBERED}`, shareMin: REMEMBERED_SHARE_MIN },
] as const;
const BUNDLE_KIB_MAX = 1024;
const START_MS_MAX = 50;
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
  return { texts, objects, kv: ['MEMORY'], queues: ['RECHECKS'], values: await rememberedValues(cacheKey) };
}

/** The store as it is once REMEMBERED has been verified. */
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
    const texts = await constantTexts(`${ours.url}${SETTLED[0].path}`);
    const constant = await start(await buildSmall('bench/baselines/constant-answer.ts'), { ...NO_BINDINGS, texts });
    await demandRemembered(ours);
    const targets = SETTLED.flatMap(({ path }) => [ours, bareRoute].map((worker) => ({ worker, path })));
    const loads = await measureLoad([...targets, { worker: constant, path: SETTLED[0].path }]);
    return [
      ...SETTLED.map(({ verdict, shareMin }, index) =>
        shareFigure(`requests/s, ${verdict}`, loads[index * 2], loads[index * 2 + 1], shareMin),
      ),
      shareFigure('requests/s, a constant answer, our headers and line', loads.at(-1), loads[1], null),
    ];
  } finally {
    for (const worker of workers) await worker.stop();
  }
}

/** An answer of the edge, taken apart for the worker that gives the same one always. */
async function constantTexts(url: string): Promise<Readonly<Record<string, string>>> {
  const response = await fetch(url);
  const timing = response.headers.get('server-timing') ?? '';
  const line = { event: 'request', method: 'GET', route: '/v1/verify', status: 200, ms: 0, reason: 'syntax' };
  return {
    ANSWER: await response.text(),
    SERVER_TIMING: timing,
    LINE: JSON.stringify({
      ...line,
      cached: false,
      steps: { syntax: 0 },
      trace: /00-([0-9a-f]{32})/.exec(timing)?.[1],
    }),
  };
}

/** The first request brings the verdict from the store into the isolate. */
async function demandRemembered({ url }: RunningWorker): Promise<void> {
  const response = await fetch(`${url}/v1/verify?email=${REMEMBERED}`);
  const { cached } = (await response.json()) as { cached: unknown };
  if (cached !== true) throw new Error('the verdict that was put into the store is not remembered');
}

/** What share of the bare route's requests a second ours has. */
export function shareFigure(
  figure: string,
  ours: Load | undefined,
  bare: Load | undefined,
  shareMin: number | null,
): Figure {
  if (ours === undefined || bare === undefined) throw new Error(`${figure}: nothing was measured`);
  const share = ours.perSecond.median / bare.perSecond.median;
  const cpuShare = bare.cpuUs.median / ours.cpuUs.median;
  return {
    figure,
    ours: `${showLoad(ours)}: ${Math.round(share * 100)} %, by processor ${Math.round(cpuShare * 100)} %`,
    baseline: `a bare Hono route ${showLoad(bare)}`,
    target: shareMin === null ? '' : `>= ${shareMin * 100} %`,
    isReached: shareMin === null ? null : share >= shareMin,
    measured: { ours, bare, share, cpuShare },
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
