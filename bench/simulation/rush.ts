/**
 * Lists and forms at once: a minute and a half of a busy hour, in the world of the simulated day. Nodes are chosen with
 * edge/nodes/choice/choose.ts and pace with probe-node/pace/limiter.ts, on a virtual clock and with seeded chance.
 *
 * Forms wait for ten seconds at most; a row of a list that a node puts off is asked again when the node said. Servers are
 * simulated by their distance alone: this is about the queue before them.
 */
import { type Deferral, Limiter, PACE_DEFAULT } from '../../probe-node/pace/limiter.ts';
import { POOL_LIMITS } from '../../probe-node/smtp/pool.ts';
import type { Priority } from '../../shared/job.ts';
import { type Pace, PROVIDERS } from '../../shared/providers.ts';
import { quantile } from '../../shared/quantile.ts';
import type { Arrivals } from '../scale/load.ts';
import { type Chance, createChance } from './chance.ts';
import { anyOf, createIsolates, firstChoice } from './edge.ts';
import type { Ask } from './fleet.ts';
import { createVirtualClock, type VirtualClock } from './virtual-clock.ts';
import { createWorld, type Domain, distanceMs, REGIONS } from './world.ts';

const SEED = 20_261_129;
/** Pace is kept by each node for itself, so that a part of the fleet with its part of the load tells the same. */
const NODES = 50;
const SECOND_MS = 1_000;
/** Buckets are full at first, and the lists spend them. */
const WARM_UP_MS = 30_000;
const MEASURED_MS = 90_000;
const FORM_DEADLINE_MS = 10_000;
/** As in edge/wiring/services.ts: a node may go on for as long. */
const ROW_DEADLINE_MS = 28_000;
/** As in fleet.ts. */
const COLD_TRIPS = 4;
const WORK_MS = 8;
/** Why a wait ends: without a reason of ours an error is made for each. */
const OVER = 'over';

/**
 * - `ours`: forms before lists, by the law of probe-node/pace/contest.ts
 * - `in order`: the same pace, and one queue for both
 * - `no pace`: every question is asked at once
 */
export type RushPolicy = 'ours' | 'in order' | 'no pace';

export type RushResult = {
  readonly forms: number;
  /** Share of the forms that had an answer of the mail server within their ten seconds. */
  readonly answered: number;
  /** Milliseconds from a form's question to the answer, of those that had one. */
  readonly p50Ms: number;
  readonly p95Ms: number;
  /** Rows that had an answer, in a second, of the whole fleet. */
  readonly rowsPerSecond: number;
  /** The most questions that Google had within one second from one node. */
  readonly googleMost: number;
};

/** @param fleetNodes nodes that all that arrives is for */
export async function simulateRush(policy: RushPolicy, arrivals: Arrivals, fleetNodes: number): Promise<RushResult> {
  const chance = createChance(SEED);
  const clock = createVirtualClock();
  const world = createWorld(chance, NODES);
  const isolates = createIsolates({ nowMs: 0 });
  const roster = { nodes: world.nodes, takenAtMs: 0 };
  const nodes = new Map(
    world.nodes.map(({ id, region }) => [id, createLimitedNode(region, clock, policy !== 'no pace')]),
  );
  const draw = (): Ask & { readonly node: LimitedNode } => {
    const domain = drawAsked(world.drawDomain, chance);
    const region = chance.pick(REGIONS);
    const ask = {
      domain,
      clientRegion: region.id,
      address: `person${Math.floor(chance.next() * 100_000)}@${domain.name}`,
    };
    const node = nodes.get(firstChoice(anyOf(isolates.get(region.id) ?? [], chance), roster, ask));
    if (node === undefined) throw new Error('no node was chosen');
    return { ...ask, node };
  };
  const times: number[] = [];
  let [forms, rows] = [0, 0];
  // A form of the last ten seconds may still wait when the clock stops, so that none of them counts.
  const isMeasuredForm = (atMs: number): boolean =>
    atMs >= WARM_UP_MS && atMs < WARM_UP_MS + MEASURED_MS - FORM_DEADLINE_MS;
  const askForm = async (): Promise<void> => {
    const { node, domain, clientRegion } = draw();
    const sinceMs = clock.nowMs();
    if (isMeasuredForm(sinceMs)) forms += 1;
    const putOffMs = await node.ask(domain, 'interactive', sinceMs + FORM_DEADLINE_MS);
    const ms = clock.nowMs() - sinceMs + distanceMs(clientRegion, node.region);
    if (putOffMs === null && ms <= FORM_DEADLINE_MS && isMeasuredForm(sinceMs)) times.push(ms);
  };
  const askRow = async (): Promise<void> => {
    const { node, domain } = draw();
    const priority = policy === 'ours' ? 'bulk' : 'interactive';
    for (;;) {
      const putOffMs = await node.ask(domain, priority, clock.nowMs() + ROW_DEADLINE_MS);
      if (putOffMs === null) break;
      await clock.sleep(putOffMs);
    }
    if (clock.nowMs() >= WARM_UP_MS) rows += 1;
  };
  const part = NODES / fleetNodes;
  void arrive(clock, chance, arrivals.formsPerSecond * part, askForm);
  void arrive(clock, chance, arrivals.rowsPerSecond * part, askRow);
  await clock.run(WARM_UP_MS + MEASURED_MS);
  return {
    forms,
    answered: times.length / forms,
    p50Ms: quantile(times, 0.5) ?? Number.NaN,
    p95Ms: quantile(times, 0.95) ?? Number.NaN,
    rowsPerSecond: rows / (MEASURED_MS / SECOND_MS) / part,
    googleMost: Math.max(0, ...[...nodes.values()].map((node) => node.most('google'))),
  };
}

/** Calls at random times (Poisson), until the clock stops. */
async function arrive(
  clock: VirtualClock,
  chance: Chance,
  perSecond: number,
  call: () => Promise<void>,
): Promise<void> {
  for (;;) {
    await clock.sleep((-Math.log(1 - chance.next()) * SECOND_MS) / perSecond);
    void call();
  }
}

/** A domain whose mail servers are asked at all. */
function drawAsked(draw: (chance: Chance) => Domain, chance: Chance): Domain {
  for (;;) {
    const domain = draw(chance);
    if (PROVIDERS.find(({ id }) => id === domain.provider)?.rcpt !== 'accepts_all') return domain;
  }
}

type LimitedNode = {
  readonly region: string;
  /** Null once the server has answered, or milliseconds to wait until asking again. */
  readonly ask: (domain: Domain, priority: Priority, latestMs: number) => Promise<number | null>;
  /** The most questions that a provider had from here within a second. */
  readonly most: (provider: string) => number;
};

type Session = { readonly host: string; readonly leave: () => void; transactions: number; closesAtMs: number };
type Waiter = {
  readonly host: string;
  readonly priority: Priority;
  readonly over: AbortController;
  given: Session | null;
};

/**
 * A node with its sessions, by the rules of probe-node/smtp/pool.ts: a session that comes back goes to a job that waits for
 * its host, forms first; it is closed if a job waits for its place, and otherwise idle for a while.
 */
function createLimitedNode(region: string, clock: VirtualClock, isPaced: boolean): LimitedNode {
  const idle = new Map<string, Session[]>();
  const waiters = new Map<string, Waiter[]>();
  const asked = new Map<string, Asked>();
  const idleOf = (lane: string): Session[] => listOf(idle, lane);
  const makeRoom = (lane: string): void => idleOf(lane).shift()?.leave();
  const limiter = new Limiter({ nowMs: clock.nowMs, sleep: clock.sleep, makeRoom }, isPaced);
  const takeIdle = (lane: string, host: string): Session | undefined => {
    const at = idleOf(lane).findLastIndex((session) => session.host === host);
    return at < 0 ? undefined : idleOf(lane).splice(at, 1)[0];
  };
  const handOn = (lane: string, session: Session): boolean => {
    const waiting = listOf(waiters, lane).filter(({ host, given }) => host === session.host && given === null);
    const next = waiting.find(({ priority }) => priority === 'interactive') ?? waiting[0];
    if (next === undefined) return false;
    next.given = session;
    next.over.abort(OVER);
    return true;
  };
  const giveBack = (lane: string, session: Session): void => {
    if (
      session.transactions >= POOL_LIMITS.transactionsMax ||
      (limiter.waiting(lane) > 0 && !isAwaited(lane, session))
    ) {
      session.leave();
      return;
    }
    if (handOn(lane, session)) return;
    session.closesAtMs = clock.nowMs() + POOL_LIMITS.idleMs;
    idleOf(lane).push(session);
    void clock.sleep(POOL_LIMITS.idleMs).then(() => {
      const at = idleOf(lane).indexOf(session);
      if (at < 0 || session.closesAtMs > clock.nowMs()) return;
      idleOf(lane).splice(at, 1);
      session.leave();
    });
  };
  const isAwaited = (lane: string, { host }: Session): boolean =>
    listOf(waiters, lane).some((waiter) => waiter.host === host && waiter.given === null);
  /** A session that comes back, or a place for a new one. */
  const lease = async (
    { provider, host, at }: Domain,
    priority: Priority,
    latestMs: number,
  ): Promise<Session | Deferral> => {
    const waiter: Waiter = { host, priority, over: new AbortController(), given: null };
    const waiting = listOf(waiters, provider);
    waiting.push(waiter);
    const place = await limiter.enter(provider, paceOf(provider), latestMs, waiter.over.signal, priority);
    waiting.splice(waiting.indexOf(waiter), 1);
    if (waiter.given !== null) {
      if (place.kind === 'entered') place.giveBack();
      return waiter.given;
    }
    if (place.kind === 'deferred') return place;
    await clock.sleep((COLD_TRIPS - 1) * distanceMs(region, at));
    return { host, leave: place.leave, transactions: 0, closesAtMs: 0 };
  };
  return {
    region,
    most: (provider) => asked.get(provider)?.most ?? 0,
    async ask(domain, priority, latestMs) {
      const { provider, host, at } = domain;
      const session = takeIdle(provider, host) ?? (await lease(domain, priority, latestMs));
      if ('retryAfterMs' in session) return session.retryAfterMs;
      const { signal } = new AbortController();
      const deferral = await limiter.ask(provider, paceOf(provider), 1, latestMs, signal, priority);
      if (deferral === null) {
        count(asked, provider, clock.nowMs());
        session.transactions += 1;
        await clock.sleep(distanceMs(region, at) + WORK_MS);
      }
      giveBack(provider, session);
      return deferral?.retryAfterMs ?? null;
    },
  };
}

function listOf<T>(lists: Map<string, T[]>, name: string): T[] {
  const known = lists.get(name);
  if (known !== undefined) return known;
  const list: T[] = [];
  lists.set(name, list);
  return list;
}

type Asked = { second: number; count: number; most: number };

function count(asked: Map<string, Asked>, provider: string, nowMs: number): void {
  const second = Math.floor(nowMs / SECOND_MS);
  const known = asked.get(provider) ?? { second, count: 0, most: 0 };
  known.count = known.second === second ? known.count + 1 : 1;
  known.second = second;
  if (nowMs >= WARM_UP_MS) known.most = Math.max(known.most, known.count);
  asked.set(provider, known);
}

function paceOf(provider: string): Pace {
  return PROVIDERS.find(({ id }) => id === provider)?.pace ?? PACE_DEFAULT;
}
