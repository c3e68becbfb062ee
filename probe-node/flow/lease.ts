/**
 * Provides a session with one mail host that is ready to be asked. In this order: an idle session of the host; after a
 * look-up and the check of every address, an idle session with one of them, of any host name; else a new one, after the
 * limiter's permission, the dialling and the greeting. A job that waits for permission takes over a session that comes
 * back meanwhile.
 *
 * Nothing is dialled without a place in the lane of the host and one at the endpoint, so that no number of names, and
 * no order of addresses behind them, opens more sessions to a server than one server bears.
 *
 * Before it: ask-host.ts. After it: smtp/pool.ts, smtp/dial.ts, smtp/connection.ts. Quirks, findings and pacing go by
 * the host that was asked for, whichever job opened the session. Nothing is thrown for faults of servers and DNS.
 */

import type { ExpiringMap } from '../../shared/expiring-map.ts';
import type { Priority } from '../../shared/job.ts';
import type { Pace, Provider } from '../../shared/providers.ts';
import type { Reply, Stage } from '../../shared/replies/reply.ts';
import type { ProviderStatsBook } from '../edge-link/provider-stats.ts';
import type { BadHosts } from '../memory/bad-hosts.ts';
import type { Source } from '../memory/sources.ts';
import type { Meter } from '../metrics.ts';
import { type Deferral, type LanePlace, type Limiter, PACE_DEFAULT, PACE_SERVER } from '../pace/limiter.ts';
import { Session } from '../smtp/connection.ts';
import { ADDRESSES_MAX, type DialResult, dial, inDialOrder } from '../smtp/dial.ts';
import type { HeldSession } from '../smtp/held.ts';
import type { SessionPool } from '../smtp/pool.ts';
import { isAllowedTarget, type Network } from '../smtp/public-ip.ts';
import { deferral, failure, findingOf, type HostFinding, type Where } from './findings.ts';
import type { HostQuirks } from './host-quirks.ts';
import { partyOfLane } from './lane.ts';
import { type Share, withinShare } from './share.ts';

/**
 * Connections that may be opening to one endpoint at once. Later jobs are likely to get one of these sessions; after
 * this many milliseconds, or if as many wait already, they open one of their own.
 */
const DIALS: Pace = { sessionsMax: 4, sessionsPerSecond: 100_000, recipientsPerSecond: 100_000 };
const DIAL_PATIENCE_MS = 1_000;
const DIAL_WAITERS_MAX = 100;
/** A silence that we ended sooner says nothing of a host: it may be this slow on a bad day. */
const SILENCE_MS_MIN = 1_000;

/** Address and port of a host. `isNamed`: the operator configured the address, so it needs no further check. */
export type Endpoint = { readonly ip: string; readonly port: number; readonly isNamed: boolean };

export type Resolution =
  | { readonly kind: 'endpoints'; readonly endpoints: readonly Endpoint[] }
  | { readonly kind: 'no_address' }
  | { readonly kind: 'dns_failure'; readonly fault: string };

export type LeasePorts = {
  readonly resolve: (host: string, signal: AbortSignal) => Promise<Resolution>;
  readonly pool: SessionPool;
  readonly limiter: Limiter;
  /** Limiter by endpoint: how fast a server is asked, whatever names lead to it. */
  readonly servers: Limiter;
  /** Limiter by endpoint: how many connections to one are opening at once. */
  readonly dials: Limiter;
  readonly badHosts: BadHosts;
  readonly quirks: ExpiringMap<HostQuirks>;
  readonly allowedNetworks: readonly Network[];
  readonly meter: Meter;
  readonly providerStats: ProviderStatsBook;
  /** Receives every reply that is about us or a mailbox: pacing, resting and metrics depend on it. */
  readonly heard: ReplyListener;
  /** Milliseconds on any monotonic scale. */
  readonly nowMs: () => number;
};

export type LeaseRequest = Share & {
  readonly host: string;
  readonly domain: string;
  /** Owner of the domain (owner.ts). */
  readonly owner: string;
  readonly source: Source;
  readonly lane: string;
  /** Provider of this host, by its name. */
  readonly provider: Provider | null;
  /** Milliseconds that the job has waited for our own limits so far. */
  readonly waited: { ms: number };
  readonly priority: Priority;
};

/** `server` is the lane of the endpoint that replied. */
export type ReplyListener = (reply: Reply, stage: Stage, request: LeaseRequest, server: string) => void;

/** A session, or the finding that there is none. */
export async function lease(
  request: LeaseRequest,
  ports: LeasePorts,
  signal: AbortSignal,
): Promise<HeldSession | HostFinding> {
  const { host } = request;
  if (signal.aborted) return failure({ host, ip: null }, 'timeout', 'deadline');
  const quirks = ports.quirks.get(host) ?? {};
  const key = keyOf(host, request, quirks);
  const own = ports.pool.take([key], request.priority);
  if (own !== null) return lend(own, host, key, ports);
  const located = await withinShare(request, ports.nowMs, signal, (share) => locate(request, ports, share));
  if (!Array.isArray(located)) {
    // A silent name server costs its time once, as a mail server does.
    if (located.outcome === 'dns_failure' && !signal.aborted) ports.badHosts.failed(host);
    return located;
  }
  const places = located.map((endpoint) => ({
    ...endpoint,
    key: keyOf(placeOf(endpoint), request, quirks),
    server: serverOf(endpoint, request),
  }));
  // A host that needs TLS gets its sessions under a key of their own.
  const keys = [key, ...(quirks.needsTls ? [] : places.map((place) => place.key))];
  const startMs = ports.nowMs();
  const leave = ports.pool.take(keys, request.priority) ?? (await leaveToDial(request, keys, places, ports, signal));
  request.waited.ms += ports.nowMs() - startMs;
  if ('session' in leave) return lend(leave, host, key, ports);
  if (leave.kind === 'deferred') return deferral({ host, ip: null }, 'paced', leave.retryAfterMs);
  ports.meter.session('new');
  return open(request, key, places, leave, ports, signal);
}

/** Continues an open session under the name that is asked for now. */
function lend(held: HeldSession, host: string, key: string, { meter }: LeasePorts): HeldSession {
  meter.session('reused');
  return { ...held, host, key };
}

/**
 * Pool key of a session: a host or an endpoint, and everything that must be equal. One by one is a mode of its own: a
 * session that sends groups is of no use to a host that needs lockstep. Sessions with a provider stay within its lane.
 */
function keyOf(target: string, { source, provider }: LeaseRequest, { isLockstep }: HostQuirks): string {
  return `${target}|${source.ip ?? ''}|${provider?.id ?? ''}${isLockstep ? '|lockstep' : ''}`;
}

/** A host name cannot contain a blank. */
function placeOf({ ip, port }: Endpoint): string {
  return `${ip} ${port}`;
}

/** The lane of an endpoint: one for all names that lead to it, of any owner. */
function serverOf(endpoint: Endpoint, { source }: LeaseRequest): string {
  return `${placeOf(endpoint)}|${source.ip ?? ''}`;
}

type Place = Endpoint & { readonly key: string; readonly server: string };

/** An endpoint that may be dialled, with our place there. */
type AdmittedEndpoint = Place & { readonly entered: LanePlace };

type Leave = {
  readonly kind: 'entered';
  readonly admitted: readonly AdmittedEndpoint[];
  /** The place in the lane of the host. */
  readonly entered: LanePlace;
  /** Called when the session is open, or has failed to open. */
  readonly dialled: () => void;
};

/**
 * Waits for a place in the lane and at an endpoint, and briefly for jobs that are opening a connection to the same one;
 * or for a session that comes back meanwhile. All waiting state is gone before the dialling begins: thousands of hosts
 * may be silent then.
 */
async function leaveToDial(
  { lane, provider, source, latestMs, priority }: LeaseRequest,
  keys: readonly string[],
  places: readonly Place[],
  { pool, limiter, servers, dials, nowMs }: LeasePorts,
  signal: AbortSignal,
): Promise<Leave | Deferral | HeldSession> {
  const waiter = pool.waitFor(keys, signal, priority);
  const entered = await limiter.enter(lane, provider?.pace ?? PACE_DEFAULT, latestMs, waiter.signal, priority);
  if (entered.kind === 'deferred') return waiter.withdraw() ?? entered;
  const admitted = await admitToEndpoints(inDialOrder(places, source.ip), servers, latestMs, waiter.signal, priority);
  if ('kind' in admitted) {
    entered.giveBack();
    return waiter.withdraw() ?? admitted;
  }
  const first = admitted[0]?.server ?? '';
  const isCrowded = dials.waiting(first) >= DIAL_WAITERS_MAX;
  const turn = isCrowded ? null : await dials.enter(first, DIALS, nowMs() + DIAL_PATIENCE_MS, waiter.signal, priority);
  const dialled = turn?.kind === 'entered' ? turn.leave : () => {};
  const offered = waiter.withdraw();
  if (offered !== null) {
    dialled();
    for (const place of admitted) place.entered.giveBack();
    entered.giveBack();
    return offered;
  }
  return { kind: 'entered', admitted, entered, dialled };
}

/** Places at the endpoints that have a free one, or at the first as soon as it has. */
async function admitToEndpoints(
  places: readonly Place[],
  servers: Limiter,
  latestMs: number,
  signal: AbortSignal,
  priority: Priority,
): Promise<readonly AdmittedEndpoint[] | Deferral> {
  const admitted = places.slice(0, ADDRESSES_MAX).flatMap((place) => {
    const entered = servers.enterNow(place.server, PACE_SERVER, priority);
    return entered === null ? [] : [{ ...place, entered }];
  });
  const [first] = places;
  if (admitted.length > 0 || first === undefined) return admitted;
  const entered = await servers.enter(first.server, PACE_SERVER, latestMs, signal, priority);
  return entered.kind === 'deferred' ? entered : [{ ...first, entered }];
}

/** Dials and waits for the greeting, within the host's share of the time. */
async function open(
  request: LeaseRequest,
  key: string,
  places: readonly Place[],
  leave: Leave,
  ports: LeasePorts,
  signal: AbortSignal,
): Promise<HeldSession | HostFinding> {
  const startMs = ports.nowMs();
  const opened = await withinShare(request, ports.nowMs, signal, async (share) => {
    const connected = await connect(request, places, leave.admitted, ports, share);
    if ('place' in connected) return greet(request, key, connected, leave, ports, share);
    // Nothing of the lane was used: a name that leads nowhere must not cost the lane's party anything.
    leave.entered.giveBack();
    return connected;
  });
  leave.dialled();
  if ('session' in opened) {
    ports.badHosts.worked(request.host);
    return opened;
  }
  const isTooSoon = opened.fault === 'deadline' && ports.nowMs() - startMs < SILENCE_MS_MIN;
  const isOurs = opened.outcome === 'paced' || signal.aborted;
  // A temporary refusal costs its turn once as well; a permanent one is an answer, and as quick the next time.
  const isFailure = opened.reply === null ? !isTooSoon : opened.reply.code < 500;
  if (isFailure && !isOurs) ports.badHosts.failed(request.host);
  return opened;
}

type Connected = { readonly place: AdmittedEndpoint; readonly dialled: Extract<DialResult, { kind: 'connected' }> };

/**
 * A connection to an endpoint with a place of ours. Endpoints that were busy at first are waited for if there is no
 * other.
 */
async function connect(
  request: LeaseRequest,
  places: readonly Place[],
  first: readonly AdmittedEndpoint[],
  ports: LeasePorts,
  signal: AbortSignal,
): Promise<Connected | HostFinding> {
  const busy = new Map(
    inDialOrder(places, request.source.ip)
      .slice(0, ADDRESSES_MAX)
      .map((place) => [place.server, place]),
  );
  for (let admitted = first; ; ) {
    const reached = await reach(request, admitted, ports, signal);
    const place = admitted.find(({ ip }) => reached.kind === 'connected' && reached.ip === ip);
    for (const other of admitted) {
      busy.delete(other.server);
      if (reached.kind === 'unreached') other.entered.leave();
      else if (other !== place) other.entered.giveBack();
    }
    if (reached.kind === 'connected' && place !== undefined) return { place, dialled: reached };
    if (reached.kind === 'unreached' && (busy.size === 0 || signal.aborted)) return reached.finding;
    const startMs = ports.nowMs();
    const next = await admitToEndpoints([...busy.values()], ports.servers, request.latestMs, signal, request.priority);
    request.waited.ms += ports.nowMs() - startMs;
    if ('kind' in next) return deferral({ host: request.host, ip: null }, 'paced', next.retryAfterMs);
    admitted = next;
  }
}

async function greet(
  request: LeaseRequest,
  key: string,
  { place, dialled }: Connected,
  { entered }: Leave,
  ports: LeasePorts,
  signal: AbortSignal,
): Promise<HeldSession | HostFinding> {
  const { host, source, lane } = request;
  const { ip } = dialled;
  const isLockstep = ports.quirks.get(host)?.isLockstep === true;
  const session = new Session(dialled, { heloName: source.heloName, isLockstep, nowMs: ports.nowMs });
  session.onGone(() => {
    place.entered.leave();
    entered.leave();
  });
  const ending = (await session.open(signal)) ?? (await secureWhereKnown(host, session, ports, signal));
  ports.meter.phases(session.phases);
  const { server } = place;
  if (ending === null) return { session, key, endpoint: place.key, server, lane, host, ip };
  if (ending.kind === 'answer') throw new Error('nothing was asked yet');
  const finding = findingOf({ host, ip }, ending);
  if (finding.reply !== null) ports.heard(finding.reply, finding.stage, request, server);
  return finding;
}

async function secureWhereKnown(host: string, session: Session, ports: LeasePorts, signal: AbortSignal) {
  if (ports.quirks.get(host)?.needsTls !== true || !session.offers('STARTTLS')) return null;
  return session.secure(host, signal);
}

/** Looks the host up and leaves out addresses that must not be connected to. */
async function locate(
  { host }: LeaseRequest,
  ports: LeasePorts,
  signal: AbortSignal,
): Promise<Endpoint[] | HostFinding> {
  const nowhere: Where = { host, ip: null };
  const startMs = ports.nowMs();
  const resolution = await ports.resolve(host, signal);
  ports.meter.phase('dns', ports.nowMs() - startMs);
  if (resolution.kind === 'no_address') return failure(nowhere, 'no_address', null);
  if (resolution.kind === 'dns_failure') return failure(nowhere, 'dns_failure', resolution.fault);
  const allowed = resolution.endpoints.filter(
    ({ ip, isNamed }) => isNamed || isAllowedTarget(ip, ports.allowedNetworks),
  );
  return allowed.length > 0 ? allowed : failure(nowhere, 'forbidden_address', null);
}

type Reached =
  | Extract<DialResult, { kind: 'connected' }>
  | { readonly kind: 'unreached'; readonly finding: HostFinding };

async function reach(
  { host, source, lane }: LeaseRequest,
  places: readonly Place[],
  ports: LeasePorts,
  signal: AbortSignal,
): Promise<Reached> {
  const unreached = (finding: HostFinding): Reached => ({ kind: 'unreached', finding });
  const startMs = ports.nowMs();
  const dialled = await dial(places, source.ip, signal);
  if (dialled.kind === 'connected') {
    const connectMs = ports.nowMs() - startMs;
    ports.meter.phase('connect', connectMs);
    ports.providerStats.connected(partyOfLane(lane), connectMs);
    return dialled;
  }
  const [first] = dialled.faults;
  if (signal.aborted) return unreached(failure({ host, ip: first?.ip ?? null }, 'timeout', 'deadline'));
  return unreached(failure({ host, ip: first?.ip ?? null }, 'unreachable', first?.fault ?? null));
}
