/**
 * Addresses per second through the node's own HTTP interface, against a mail server that accepts everything at once:
 * jobs of a thousand at one domain; a bundle of 500 domains with one address each; and the same with one request per
 * domain.
 *
 * The node does all its work for an edge: token, body hash, replay guard, schema, its own parser, the random mailbox
 * unless the domain was asked before, classification, metrics, NDJSON. Only the pacing is off. Processor time per
 * address is shown as well, which says more if others use the machine.
 */

import { setTimeout as delay } from 'node:timers/promises';
import type { ProbeBundle, ProbeJob } from '../../shared/job.ts';
import { type DeepRate, measureDeep } from '../baselines/deep-email-validator.ts';
import { startSink } from '../baselines/smtp-sink.ts';
import { type EdgeStandIn, makeBundle, makeJob } from '../edge-stand-in.ts';
import { type Figure, type Spread, showSpread, spreadOf } from '../figure.ts';
import type { Machine } from '../machine.ts';
import { type NodeUnderTest, startNode } from '../node-under-test.ts';

const RUNS = 5;
/** Jobs of a thousand per run, and the number in flight; the best run is reported, as for the baseline. */
const JOBS = 12;
const JOBS_AT_ONCE = [1, 2, 4];
const ADDRESSES = 1000;
const DOMAINS = 500;
/** Concurrent requests, with one domain each. */
const REQUESTS_AT_ONCE = 64;
/** Warm-up addresses, in which the code gets compiled: the baseline has had twice as many by then. */
const WARM_UPS = 60 * DOMAINS;

export async function measureThroughput(machine: Machine, edge: EdgeStandIn): Promise<readonly Figure[]> {
  const sink = await startSink(machine);
  try {
    const oneDomain = await measureOneDomain(machine, edge, sink.port);
    const { bundled, single } = await measureManyDomains(machine, edge, sink.port);
    const one = localParts(2000).map((localPart) => `${localPart}@one.bench.test`);
    const many = localParts(2000).map((localPart, index) => `${localPart}@d${index % DOMAINS}.bench.test`);
    const lists = [one, many].flatMap((addresses) => [false, true].map((isBare) => ({ addresses, isBare })));
    const [deepOne, bareOne, deepMany, bareMany] = await measureDeep(machine, sink.port, lists);
    if (!deepOne || !bareOne || !deepMany || !bareMany) throw new Error('the baseline gave no figure');
    const fresh = `addresses/s, ${DOMAINS} domains, nothing warm, catch-all answered`;
    return [
      figureOf(`addresses/s, jobs of ${ADDRESSES} at one domain, ${sink.name}`, oneDomain, deepOne, bareOne, 10),
      figureOf(`${fresh}, a bundle`, bundled, deepMany, bareMany, 1),
      figureOf(`${fresh}, a request each`, single, deepMany, bareMany, null),
    ];
  } finally {
    await sink.stop();
  }
}

type Sample = { readonly perSecond: number; readonly cpuUs: number };
type Rate = { readonly atOnce: number; readonly perSecond: Spread; readonly cpuUs: Spread };

async function measureOneDomain(machine: Machine, edge: EdgeStandIn, port: number): Promise<Rate> {
  const node = await startNode(machine, edge, { PROBE_ROUTES: `mx.one.bench.test=127.0.0.1:${port}` });
  try {
    const job = makeJob({ domain: 'one.bench.test', localParts: localParts(ADDRESSES) });
    const jobs = Array.from({ length: JOBS }, () => job);
    // Warm-up: the first jobs meet code that is not compiled and a domain that was not asked before.
    await postAll(node, edge, jobs, 2);
    const rates: Rate[] = [];
    for (const atOnce of JOBS_AT_ONCE) {
      const samples: Sample[] = [];
      for (let round = 0; round < RUNS; round += 1) samples.push(await postAll(node, edge, jobs, atOnce));
      rates.push(rateOf(atOnce, samples));
    }
    return rates.reduce((best, rate) => (rate.perSecond.median > best.perSecond.median ? rate : best));
  } finally {
    await node.stop();
  }
}

/** Each run asks 500 domains that are new to the node, at mail hosts without a session. */
async function measureManyDomains(machine: Machine, edge: EdgeStandIn, port: number) {
  const hosts = Array.from({ length: DOMAINS }, (_, index) => `h${index}.test`);
  const node = await startNode(machine, edge, {
    PROBE_ROUTES: hosts.map((host) => `${host}=127.0.0.1:${port}`).join(','),
  });
  let asked = 0;
  const nextJobs = async (): Promise<readonly ProbeJob[]> => {
    await untilNothingIsWarm(node);
    return hosts.map((host) => makeJob({ domain: `d${asked++}.bench.test`, host, localParts: ['anna'] }));
  };
  try {
    const postBundle = async (): Promise<Sample> => postAll(node, edge, [makeBundle(await nextJobs())], 1);
    while (asked < WARM_UPS) await postBundle();
    const bundled: Sample[] = [];
    for (let round = 0; round < RUNS; round += 1) bundled.push(await postBundle());
    const single: Sample[] = [];
    for (let round = 0; round < RUNS; round += 1) {
      single.push(await postAll(node, edge, await nextJobs(), REQUESTS_AT_ONCE));
    }
    return { bundled: rateOf(1, bundled), single: rateOf(REQUESTS_AT_ONCE, single) };
  } finally {
    await node.stop();
  }
}

/** The node closes sessions that have been idle for a while. */
async function untilNothingIsWarm(node: NodeUnderTest): Promise<void> {
  while ((await node.metric('vrfy_idle_sessions')) > 0) await delay(200);
}

/** Posts jobs or bundles, `posters` at a time. Every address must have been accepted. */
async function postAll(
  node: NodeUnderTest,
  edge: EdgeStandIn,
  jobs: readonly (ProbeJob | ProbeBundle)[],
  atOnce: number,
): Promise<Sample> {
  const signed = await Promise.all(jobs.map(edge.sign));
  const texts: string[] = [];
  let next = 0;
  const startCpuMs = node.cpuMs();
  const startMs = performance.now();
  const poster = async (): Promise<void> => {
    for (let job = signed[next++]; job !== undefined; job = signed[next++]) texts.push((await node.post(job)).text);
  };
  await Promise.all(Array.from({ length: atOnce }, poster));
  const seconds = (performance.now() - startMs) / 1000;
  const cpuMs = node.cpuMs() - startCpuMs;
  const evidence = texts.flatMap((text) => text.trimEnd().split('\n')).map((line) => JSON.parse(line));
  const asked = signed.reduce((sum, { recipients }) => sum + recipients, 0);
  const isAccepted = ({ stage, reply, stranger }: { stage: string; reply: { code: number }; stranger: unknown }) =>
    stage === 'rcpt' && reply?.code === 250 && stranger !== null;
  const accepted = evidence.filter(isAccepted).length;
  if (accepted !== asked) throw new Error(`${accepted} of ${asked} addresses were accepted`);
  return { perSecond: asked / seconds, cpuUs: (cpuMs / asked) * 1000 };
}

function rateOf(atOnce: number, samples: readonly Sample[]): Rate {
  const perSecond = spreadOf(samples.map((sample) => sample.perSecond));
  return { atOnce, perSecond, cpuUs: spreadOf(samples.map(({ cpuUs }) => cpuUs)) };
}

function localParts(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `known.person${index}`);
}

/** The target is set against the library as it is; its SMTP check alone is shown too. Null: for comparison only. */
function figureOf(figure: string, ours: Rate, deep: DeepRate, bare: DeepRate, factor: number | null): Figure {
  const ratio = ours.perSecond.median / deep.perSecond.median;
  const bareRatio = ours.perSecond.median / bare.perSecond.median;
  const cpuOf = ({ cpuUs }: Rate | DeepRate): string => `${cpuUs.median.toFixed(0)} µs of CPU`;
  return {
    figure,
    ours:
      `${showSpread(ours.perSecond, 0)}, ${cpuOf(ours)}, ${ours.atOnce} at once: ` +
      `${ratio.toFixed(1)}× (bare ${bareRatio.toFixed(1)}×)`,
    baseline:
      `deep-email-validator ${showSpread(deep.perSecond, 0)}, ${cpuOf(deep)}, ${deep.concurrency} at once; ` +
      `its SMTP check alone ${showSpread(bare.perSecond, 0)}`,
    target: factor === null ? '' : `>= ${factor}×`,
    isReached: factor === null ? null : ratio >= factor,
    measured: { ours, deep, bare, ratio, bareRatio },
  };
}
