/**
 * Addresses per second through the node's own door, in jobs of a thousand at one domain and one by one over 500
 * domains, against a mail server that accepts everything at once.
 *
 * The node does here all that it does for an edge: token, body hash, replay guard, schema, its own parser, the random
 * mailbox where the domain has not been asked, classification, metrics, NDJSON. Only the pacing is off.
 */
import { type DeepRate, measureDeep } from '../baselines/deep-email-validator.ts';
import { startSink } from '../baselines/smtp-sink.ts';
import { type EdgeStandIn, makeJob } from '../edge-stand-in.ts';
import { type Figure, type Spread, showSpread, spreadOf } from '../figure.ts';
import type { Machine } from '../machine.ts';
import { type NodeUnderTest, startNode } from '../node-under-test.ts';

const RUNS = 5;
/** Jobs of a thousand in a run, and how many at once; the best is reported, as for the baseline. */
const JOBS = 12;
const JOBS_AT_ONCE = [1, 2, 4];
const ADDRESSES = 1000;
const DOMAINS = 500;
const DOMAINS_AT_ONCE = 64;
/** Runs over domains of their own in which the code gets compiled. */
const WARM_UPS = 2;

export async function measureThroughput(machine: Machine, edge: EdgeStandIn): Promise<readonly Figure[]> {
  const sink = await startSink(machine);
  try {
    const oneDomain = await measureOneDomain(machine, edge, sink.port);
    const manyDomains = await measureManyDomains(machine, edge, sink.port);
    const one = localParts(2000).map((localPart) => `${localPart}@one.bench.test`);
    const many = localParts(2000).map((localPart, index) => `${localPart}@d${index % DOMAINS}.bench.test`);
    const lists = [one, many].flatMap((addresses) => [false, true].map((isBare) => ({ addresses, isBare })));
    const [deepOne, bareOne, deepMany, bareMany] = await measureDeep(machine, sink.port, lists);
    if (!deepOne || !bareOne || !deepMany || !bareMany) throw new Error('the baseline gave no figure');
    return [
      figureOf(`addresses/s, jobs of ${ADDRESSES} at one domain, ${sink.name}`, oneDomain, deepOne, bareOne, 10),
      figureOf(`addresses/s, ${DOMAINS} domains, nothing warm, catch-all answered`, manyDomains, deepMany, bareMany, 1),
    ];
  } finally {
    await sink.stop();
  }
}

type Rate = { readonly atOnce: number; readonly perSecond: Spread };

async function measureOneDomain(machine: Machine, edge: EdgeStandIn, port: number): Promise<Rate> {
  const node = await startNode(machine, edge, { PROBE_ROUTES: `mx.one.bench.test=127.0.0.1:${port}` });
  try {
    const job = makeJob({ domain: 'one.bench.test', localParts: localParts(ADDRESSES) });
    const jobs = Array.from({ length: JOBS }, () => job);
    // The first jobs meet code that has not been compiled, and a domain that has not been asked.
    await postAll(node, edge, jobs, 2);
    const rates: Rate[] = [];
    for (const atOnce of JOBS_AT_ONCE) {
      const samples: number[] = [];
      for (let round = 0; round < RUNS; round += 1) samples.push(await postAll(node, edge, jobs, atOnce));
      rates.push({ atOnce, perSecond: spreadOf(samples) });
    }
    return rates.reduce((best, rate) => (rate.perSecond.median > best.perSecond.median ? rate : best));
  } finally {
    await node.stop();
  }
}

/** Each run asks 500 domains that the node has never heard of. */
async function measureManyDomains(machine: Machine, edge: EdgeStandIn, port: number): Promise<Rate> {
  const names = Array.from({ length: DOMAINS * (WARM_UPS + RUNS) }, (_, index) => `d${index}.bench.test`);
  const node = await startNode(machine, edge, {
    PROBE_ROUTES: names.map((name) => `mx.${name}=127.0.0.1:${port}`).join(','),
  });
  try {
    const samples: number[] = [];
    for (let round = 0; round < WARM_UPS + RUNS; round += 1) {
      const domains = names.slice(round * DOMAINS, (round + 1) * DOMAINS);
      const jobs = domains.map((domain) => makeJob({ domain, localParts: ['anna'] }));
      samples.push(await postAll(node, edge, jobs, DOMAINS_AT_ONCE));
    }
    return { atOnce: DOMAINS_AT_ONCE, perSecond: spreadOf(samples.slice(WARM_UPS)) };
  } finally {
    await node.stop();
  }
}

/** Addresses per second of jobs posted by so many posters. Every address must have been accepted. */
async function postAll(
  node: NodeUnderTest,
  edge: EdgeStandIn,
  jobs: readonly ReturnType<typeof makeJob>[],
  atOnce: number,
): Promise<number> {
  const signed = await Promise.all(jobs.map(edge.sign));
  const texts: string[] = [];
  let next = 0;
  const startMs = performance.now();
  const poster = async (): Promise<void> => {
    for (let job = signed[next++]; job !== undefined; job = signed[next++]) texts.push((await node.post(job)).text);
  };
  await Promise.all(Array.from({ length: atOnce }, poster));
  const seconds = (performance.now() - startMs) / 1000;
  const evidence = texts.flatMap((text) => text.trimEnd().split('\n')).map((line) => JSON.parse(line));
  const asked = signed.reduce((sum, { recipients }) => sum + recipients, 0);
  const isAccepted = ({ stage, reply, stranger }: { stage: string; reply: { code: number }; stranger: unknown }) =>
    stage === 'rcpt' && reply?.code === 250 && stranger !== null;
  const accepted = evidence.filter(isAccepted).length;
  if (accepted !== asked) throw new Error(`${accepted} of ${asked} addresses were accepted`);
  return asked / seconds;
}

function localParts(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `known.person${index}`);
}

/** The target is set against the library as it is; its SMTP check alone stands beside it. */
function figureOf(figure: string, ours: Rate, deep: DeepRate, bare: DeepRate, factor: number): Figure {
  const ratio = ours.perSecond.median / deep.perSecond.median;
  const bareRatio = ours.perSecond.median / bare.perSecond.median;
  return {
    figure,
    ours: `${showSpread(ours.perSecond, 0)}, ${ours.atOnce} jobs at once: ${ratio.toFixed(1)}× (bare ${bareRatio.toFixed(1)}×)`,
    baseline:
      `deep-email-validator ${showSpread(deep.perSecond, 0)}, ${deep.concurrency} at once; ` +
      `its SMTP check alone ${showSpread(bare.perSecond, 0)}`,
    target: `>= ${factor}×`,
    isReached: ratio >= factor,
    measured: { ours, deep, bare, ratio, bareRatio },
  };
}
