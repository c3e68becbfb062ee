/**
 * A day of the simulation: three choosers get the same questions, then a region that goes and comes back, and a
 * provider that blocks ten nodes. Virtual clock and seeded randomness: two runs of one program print the same.
 */
import { createOmniscient, createRandom } from './baselines.ts';
import { createChance } from './chance.ts';
import { type BlockResult, createBlockWatch, createOutageWatch, type OutageResult } from './incidents.ts';
import { createOurs } from './ours.ts';
import { createTally, type TallyResult } from './tally.ts';
import { questionsOfDay } from './traffic.ts';
import { createWorld } from './world.ts';

const SEED = 20_261_125;
const NODES = 200;
const QUESTIONS = 240_000;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** Between two snapshots: realistic around an incident, and seldom at quiet times. */
const SNAPSHOT_MS = 10_000;
const CALM_SNAPSHOT_MS = 10 * MINUTE_MS;

const OUTAGE = { region: 'us-east', fromMs: 10 * HOUR_MS, untilMs: 10 * HOUR_MS + 20 * MINUTE_MS };
const BLOCK = { provider: 'yahoo', region: 'eu-central', nodes: 10, fromMs: 16 * HOUR_MS };
/**
 * Length of each incident, and the factor on the rate of questions during it, so that single seconds can be told apart.
 */
const WATCH_MS = 30 * MINUTE_MS;
const WATCH_DENSITY = 5;

export type DayResult = {
  readonly ours: TallyResult;
  readonly random: TallyResult;
  readonly omniscient: TallyResult;
  /** Questions of the busiest node over the mean of its region, in the region with the highest such figure. */
  readonly spread: number;
  readonly outage: OutageResult;
  readonly block: BlockResult;
  /** Questions that ended without an answer of a mail server. */
  readonly lost: number;
  /** Share of accepted rechecks among those of greylisted addresses. */
  readonly letIn: number;
};

export function simulateDay(): DayResult {
  const clock = { nowMs: 0 };
  const chance = createChance(SEED);
  const world = createWorld(chance, NODES);
  const regionOf = new Map(world.nodes.map(({ id, region }) => [id, region]));
  const isReachable = (id: string): boolean =>
    regionOf.get(id) !== OUTAGE.region || clock.nowMs < OUTAGE.fromMs || clock.nowMs >= OUTAGE.untilMs;
  const ours = createOurs(world.nodes, SEED + 1, { clock, chance, isReachable, snapshotMs });
  const others = {
    random: createRandom(world, createChance(SEED + 2), clock),
    omniscient: createOmniscient(world, createChance(SEED + 3), clock),
  };
  const tallies = { ours: createTally(), random: createTally(), omniscient: createTally() };
  const outage = createOutageWatch(OUTAGE, regionOf);
  const block = createBlockWatch(BLOCK, () => ours.fleet.block(BLOCK.provider, neighbours(world.nodes)));
  const jobs = new Map<string, number>();
  const seen = new Set<string>();
  for (const question of questionsOfDay(world, chance, QUESTIONS, densityAt)) {
    ours.passUntil(question.atMs);
    outage.pass(question.atMs, ours.roster());
    block.pass(question.atMs);
    const asked = ours.ask(question);
    const isRepeat = seen.has(question.domain.name);
    seen.add(question.domain.name);
    outage.note(question, asked, isReachable);
    block.note(question, asked);
    if (isEventful(question.atMs)) continue;
    const nodeId = asked.nodeIds.at(-1) ?? '';
    if (question.atMs < BLOCK.fromMs) jobs.set(nodeId, (jobs.get(nodeId) ?? 0) + 1);
    if (asked.answer !== null) tallies.ours.note(asked.answer, asked.ms, isRepeat);
    for (const name of ['random', 'omniscient'] as const) {
      const answer = others[name].ask(question);
      tallies[name].note(answer, answer.ms, isRepeat);
    }
  }
  return {
    ours: tallies.ours.result(),
    random: tallies.random.result(),
    omniscient: tallies.omniscient.result(),
    spread: spreadOf(jobs, regionOf),
    outage: outage.result(),
    block: block.result(),
    lost: ours.counts.lost,
    letIn: ours.counts.letIn / ours.counts.rechecks,
  };
}

/** Nodes of one network: a provider blocks ranges of addresses. */
function neighbours(nodes: ReturnType<typeof createWorld>['nodes']): readonly string[] {
  const inRegion = nodes.filter(({ region }) => region === BLOCK.region);
  const byNetwork = inRegion.toSorted((a, b) => a.network.localeCompare(b.network));
  return byNetwork.slice(0, BLOCK.nodes).map(({ id }) => id);
}

function isEventful(atMs: number): boolean {
  return [OUTAGE, BLOCK].some(({ fromMs }) => atMs >= fromMs - SNAPSHOT_MS && atMs < fromMs + WATCH_MS);
}

function densityAt(atMs: number): number {
  return isEventful(atMs) ? WATCH_DENSITY : 1;
}

function snapshotMs(atMs: number): number {
  return isEventful(atMs) || isEventful(atMs + CALM_SNAPSHOT_MS) ? SNAPSHOT_MS : CALM_SNAPSHOT_MS;
}

function spreadOf(jobs: ReadonlyMap<string, number>, regionOf: ReadonlyMap<string, string>): number {
  const regions = Map.groupBy(jobs, ([id]) => regionOf.get(id));
  const spreads = [...regions.values()].map((members) => {
    const counts = members.map(([, count]) => count);
    return Math.max(...counts) / (counts.reduce((sum, count) => sum + count, 0) / counts.length);
  });
  return Math.max(...spreads);
}
