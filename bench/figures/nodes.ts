/**
 * The choice of node: a simulated day with 200 nodes in three regions, and the cost of one choice with 1,000 nodes.
 *
 * The simulated edge chooses with edge/nodes/choice/choose.ts and gets its reports from
 * probe-node/edge-link/provider-stats.ts; a random choice and an omniscient one answer the same questions. The cost is
 * compared with a sort of all nodes by hash.
 */
import { createChoice, type Wanted } from '../../edge/nodes/choice/choose.ts';
import type { ProbeNode, Roster } from '../../edge/nodes/registry/roster.ts';
import type { ProviderStats } from '../../shared/enrolment.ts';
import { sortByHash } from '../baselines/sort-by-hash.ts';
import { type Figure, type Spread, showSpread, spreadOf } from '../figure.ts';
import { type DayResult, simulateDay } from '../simulation/day.ts';

const REUSE_MIN = 0.9;
const SPREAD_MAX = 1.25;
/** One choice, as a part of sorting all nodes by hash. */
const CHOICE_SHARE_MAX = 1 / 50;

const NODES = 1_000;
const PROVIDERS = 40;
const CHOICES = 5_000;
const RUNS = 9;

export async function measureNodes(): Promise<readonly Figure[]> {
  return [...dayFigures(simulateDay()), ...choiceFigures()];
}

function dayFigures(day: DayResult): readonly Figure[] {
  const { ours, random, omniscient, spread, outage, block, lost, letIn } = day;
  return [
    {
      figure: 'simulated day, 200 nodes: repeat domains that meet a session or a memory',
      ours: percent(ours.reuse),
      baseline: `random ${percent(random.reuse)}; omniscient ${percent(omniscient.reuse)}`,
      target: `>= ${percent(REUSE_MIN)}`,
      isReached: ours.reuse >= REUSE_MIN,
      measured: { ours, random, omniscient, letIn },
    },
    {
      figure: 'spread of load over equal nodes, max / mean',
      ours: spread.toFixed(2),
      baseline: '',
      target: `<= ${SPREAD_MAX}`,
      isReached: spread <= SPREAD_MAX,
      measured: { spread },
    },
    {
      figure: 'time to an answer, mean and p95',
      ours: times(ours),
      baseline: `random ${times(random)}; omniscient ${times(omniscient)}`,
      target: '',
      isReached: null,
      measured: {},
    },
    {
      figure: 'a region goes: to the new normal; questions moved, of other regions; longest; lost',
      ours:
        `${(outage.normalAfterMs / 1000).toFixed(0)} s; ${percent(outage.ownMoved)}, ${percent(outage.othersMoved)}; ` +
        `${(outage.longestMs / 1000).toFixed(1)} s; ${outage.lost} of ${outage.questions}`,
      baseline: '',
      target: '0 lost',
      isReached: outage.lost === 0,
      measured: outage,
    },
    {
      figure: 'a provider blocks 10 nodes: questions that meet one, at first and after 5 min; unanswered',
      ours: `${percent(block.atFirst)}, ${percent(block.later)}; ${block.unanswered} of ${block.questions}`,
      baseline: '',
      target: '0 unanswered',
      isReached: block.unanswered === 0,
      measured: { ...block, lost },
    },
  ];
}

function times({ meanMs, p95Ms }: { readonly meanMs: number; readonly p95Ms: number }): string {
  return `${meanMs.toFixed(0)}, ${p95Ms.toFixed(0)} ms`;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

function choiceFigures(): readonly Figure[] {
  const { nodes } = rosterOf(NODES);
  const choose = createChoice();
  const roster: Roster = { nodes, takenAtMs: 0 };
  const known = timed((index) => first(choose(roster, wanted(index))));
  const sorted = timed((index) => first(sortByHash(nodes, `d${index}.example`)), 50);
  const share = known.median / sorted.median;
  const plans = timed((index) => first(choose({ nodes, takenAtMs: index }, wanted(index))), 50);
  return [
    {
      figure: `choice of a node, ${NODES.toLocaleString('en')} nodes, microseconds`,
      ours: `${showSpread(known, 1)}: 1/${(1 / share).toFixed(0)} of sorting`,
      baseline: `sort by hash ${sorted.median.toFixed(0)}`,
      target: `<= 1/${1 / CHOICE_SHARE_MAX} of sorting`,
      isReached: share <= CHOICE_SHARE_MAX,
      measured: { known, sorted, share },
    },
    {
      figure: 'the first choice by a new snapshot, microseconds',
      ours: showSpread(plans, 0),
      baseline: '',
      target: '',
      isReached: null,
      measured: { plans },
    },
  ];
}

/** Microseconds of one call. */
function timed(call: (index: number) => unknown, calls = CHOICES): Spread {
  const runs = Array.from({ length: RUNS }, () => {
    const startMs = performance.now();
    for (let index = 0; index < calls; index += 1) call(index);
    return ((performance.now() - startMs) * 1000) / calls;
  });
  return spreadOf(runs);
}

function first(nodes: Iterable<ProbeNode>): ProbeNode | undefined {
  for (const node of nodes) return node;
  return undefined;
}

const UNMEASURED: ReadonlyMap<string, number> = new Map();

function wanted(index: number): Wanted {
  return {
    provider: `provider${index % PROVIDERS}`,
    domain: `d${index}.example`,
    address: null,
    clientRegion: 'EU',
    edgeMs: UNMEASURED,
    prefer: null,
    otherThan: null,
    isRefused: () => false,
  };
}

/** Nodes that differ in every property that the choice reads. */
function rosterOf(count: number): Roster {
  const regions = ['eu-central', 'us-east', 'ap-south'];
  const nodes = Array.from({ length: count }, (_, index): ProbeNode => {
    const stats = (provider: string): ProviderStats => ({
      provider,
      answers: 100,
      refusals: index % 50 === 0 ? 60 : 0,
      is_resting: false,
      connect_ms: 10 + (index % 3) * 40 + (index % 7),
      answer_ms: null,
    });
    const names = Array.from({ length: PROVIDERS }, (_, provider) => `provider${provider}`);
    return {
      id: `node-${index}`,
      url: new URL(`https://node-${index}.nodes.example`),
      region: regions[index % regions.length] ?? '',
      network: `net-${index % 20}`,
      state: index % 100 === 0 ? 'draining' : 'active',
      capacity: 500 + 100 * (index % 7),
      runningJobs: (index * 37) % 450,
      key: null,
      standings: new Map(names.map((name) => [name, stats(name)])),
    };
  });
  return { nodes, takenAtMs: 0 };
}
