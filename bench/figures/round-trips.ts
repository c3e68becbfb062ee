/**
 * Round trips to the verdict: (latency at 50 ms − latency at 0) / 50 ms, over the long path of far/delay-line.ts.
 *
 * Latency is that of the whole `POST /v1/probe` over loopback, which the mail server's distance does not touch. Every
 * sample asks a domain of its own at an endpoint of its own, so that only the intended parts are warm.
 */
import { askSequentially, type Order } from '../baselines/sequential-client.ts';
import { type EdgeStandIn, makeJob } from '../edge-stand-in.ts';
import { type FarSide, startFarSide } from '../far-side.ts';
import { type Figure, type Spread, showSpread, spreadOf } from '../figure.ts';
import type { Machine } from '../machine.ts';
import { type NodeUnderTest, startNode } from '../node-under-test.ts';

const RTT_MS = 50;
const SAMPLES = 15;
const COLD_MAX = 4.1;
const WARM_MAX = 1.1;

/** A mailbox, and the code that its domain's server answers. */
const CASES = [
  { name: 'existing', domain: 'exists', localPart: 'known.anna', code: 250 },
  { name: 'unknown', domain: 'unknown', localPart: 'gone.anna', code: 550 },
  { name: 'catch-all', domain: 'catchall', localPart: 'anna', code: 250 },
] as const;
type Case = (typeof CASES)[number];

const STATES = ['cold', 'warm session', 'after a warm-up job'] as const;
type State = (typeof STATES)[number];

type Links = { readonly near: number; readonly far: number };

export async function measureRoundTrips(machine: Machine, edge: EdgeStandIn): Promise<readonly Figure[]> {
  const farSide = await startFarSide();
  const { port } = await farSide.call('mail', { isCatchAll: false });
  const near = (await farSide.call('link', { toPort: port, rttMs: 0 })).port;
  const far = (await farSide.call('link', { toPort: port, rttMs: RTT_MS })).port;
  const node = await startNode(machine, edge, { PROBE_ROUTES: await routes(farSide, port) });
  try {
    const figures: Figure[] = [];
    for (const state of STATES) {
      for (const each of CASES) figures.push(await measureCase(node, edge, { near, far }, state, each));
    }
    return figures;
  } finally {
    await node.stop();
    await farSide.stop();
  }
}

async function measureCase(
  node: NodeUnderTest,
  edge: EdgeStandIn,
  links: Links,
  state: State,
  each: Case,
): Promise<Figure> {
  const ours = await roundTrips(async (link, sample) => {
    const domain = domainOf(each, state, link, sample);
    if (state === 'warm session') await ask(node, edge, domain, each);
    if (state === 'after a warm-up job') await node.post(await edge.sign(makeJob({ domain, localParts: [] })));
    return ask(node, edge, domain, each);
  });
  const max = state === 'cold' ? COLD_MAX : WARM_MAX;
  const peer = async (order: Order): Promise<Spread> => {
    const address = `${each.localPart}@${each.domain}.bench.test`;
    return roundTrips((link) => askSequentially(links[link], address, order));
  };
  const peers = state === 'cold' ? [await peer('with catch-all'), await peer('without catch-all')] : [];
  const [asking, notAsking] = peers;
  return {
    figure: `round trips at ${RTT_MS} ms, ${state}, ${each.name}`,
    ours: showSpread(ours, 2),
    baseline:
      asking === undefined || notAsking === undefined
        ? ''
        : `sequential ${asking.median.toFixed(2)}; without catch-all ${notAsking.median.toFixed(2)}`,
    target: `<= ${max}`,
    isReached: ours.median <= max,
    measured: { ours, peers: { asking, notAsking } },
  };
}

/** The median at distance 0 is subtracted from every sample at full distance. */
async function roundTrips(latency: (link: keyof Links, sample: number) => Promise<number>): Promise<Spread> {
  const near: number[] = [];
  const far: number[] = [];
  for (let sample = 0; sample < SAMPLES; sample += 1) {
    near.push(await latency('near', sample));
    far.push(await latency('far', sample));
  }
  const { median } = spreadOf(near);
  return spreadOf(far.map((ms) => (ms - median) / RTT_MS));
}

async function ask(node: NodeUnderTest, edge: EdgeStandIn, domain: string, each: Case): Promise<number> {
  const { ms, text } = await node.post(await edge.sign(makeJob({ domain, localParts: [each.localPart] })));
  const { reply, stranger } = JSON.parse(text);
  const hasCatchAllAnswer = reply?.code === 550 || stranger !== null;
  if (reply?.code !== each.code || !hasCatchAllAnswer) throw new Error(`${domain} was answered wrongly: ${text}`);
  return ms;
}

function domainOf({ domain }: Case, state: State, link: keyof Links, sample: number): string {
  return `${domain}-${STATES.indexOf(state)}-${sample}.${link}.test`;
}

/** Names of one endpoint would share its sessions: each has a relay of its own. */
async function routes(farSide: FarSide, toPort: number): Promise<string> {
  const samples = Array.from({ length: SAMPLES }, (_, sample) => sample);
  const domains = (['near', 'far'] as const).flatMap((link) =>
    CASES.flatMap((each) =>
      STATES.flatMap((state) =>
        samples.map((sample) => ({ rttMs: link === 'near' ? 0 : RTT_MS, domain: domainOf(each, state, link, sample) })),
      ),
    ),
  );
  const route = async ({ rttMs, domain }: (typeof domains)[number]): Promise<string> =>
    `mx.${domain}=127.0.0.1:${(await farSide.call('link', { toPort, rttMs })).port}`;
  return (await Promise.all(domains.map(route))).join(',');
}
