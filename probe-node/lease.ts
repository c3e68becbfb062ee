/**
 * A session with one mail host, ready to be asked: an idle one from the pool, or a new one after leave from the
 * limiter, a look-up, the check of every address, the dialling and the greeting.
 *
 * Before it: ask-host.ts. After it: smtp/dial.ts, smtp/connection.ts. Nothing is thrown for what servers and DNS do.
 */

import type { ExpiringMap } from '../shared/expiring-map.ts';
import type { Provider } from '../shared/providers.ts';
import type { Reply, Stage } from '../shared/replies/reply.ts';
import { deferral, type Finding, failure, findingOf, type Where } from './findings.ts';
import { providerOfLane } from './lane.ts';
import type { BadHosts } from './memory/bad-hosts.ts';
import type { Source } from './memory/sources.ts';
import type { Meter } from './metrics.ts';
import { type Limiter, PACE_DEFAULT } from './pace/limiter.ts';
import { Session } from './smtp/connection.ts';
import { type Dialled, dial } from './smtp/dial.ts';
import type { Held, SessionPool } from './smtp/pool.ts';
import { isAllowedTarget, type Network } from './smtp/public-ip.ts';
import type { StandingBook } from './standing.ts';

/** Where a host listens. `isNamed` where the operator wrote the address down: it needs no further leave. */
export type Endpoint = { readonly ip: string; readonly port: number; readonly isNamed: boolean };

export type Resolution =
  | { readonly kind: 'endpoints'; readonly endpoints: readonly Endpoint[] }
  | { readonly kind: 'no_address' }
  | { readonly kind: 'dns_failure'; readonly fault: string };

/** What a host has taught us of how it wants to be spoken to. */
export type HostManners = {
  readonly needsTls?: true;
  readonly isLockstep?: true;
  /** Recipients in one transaction. */
  readonly recipientsMax?: number;
  /** Refusals after which it ends a session. */
  readonly refusalsMax?: number;
};

export type LeasePorts = {
  readonly resolve: (host: string, signal: AbortSignal) => Promise<Resolution>;
  readonly pool: SessionPool;
  readonly limiter: Limiter;
  readonly badHosts: BadHosts;
  readonly manners: ExpiringMap<HostManners>;
  readonly allowedNetworks: readonly Network[];
  readonly meter: Meter;
  readonly standing: StandingBook;
  /** Told of every reply that is about us or a mailbox: pacing, resting and metrics live on it. */
  readonly heard: (reply: Reply, stage: Stage, request: LeaseRequest) => void;
  /** Milliseconds on any steady scale. */
  readonly nowMs: () => number;
};

export type LeaseRequest = {
  readonly host: string;
  readonly domain: string;
  readonly source: Source;
  readonly lane: string;
  readonly provider: Provider | null;
  /** On the scale of `nowMs`: when the job must be done. */
  readonly latestMs: number;
};

/** A session, or why there is none. */
export async function lease(request: LeaseRequest, ports: LeasePorts, signal: AbortSignal): Promise<Held | Finding> {
  const { host, source, lane, provider } = request;
  const isLockstep = ports.manners.get(host)?.isLockstep === true;
  // One by one is another way of speaking: an idle session that sends groups is of no use to who must not.
  const key = `${host}|${source.ip ?? ''}${isLockstep ? '|lockstep' : ''}`;
  const nowhere: Where = { host, ip: null };
  if (signal.aborted) return failure(nowhere, 'timeout', 'deadline');
  const idle = ports.pool.take(key);
  ports.meter.session(idle === null ? 'new' : 'reused');
  if (idle !== null) return idle;
  const leave = await ports.limiter.enter(lane, provider?.pace ?? PACE_DEFAULT, request.latestMs, signal);
  if (leave.kind === 'deferred') return deferral(nowhere, 'paced', leave.retryAfterMs);
  const dialled = await reach(request, ports, signal);
  if (dialled.kind !== 'connected') {
    leave.leave();
    return dialled.finding;
  }
  const where: Where = { host, ip: dialled.ip };
  const session = new Session(dialled, {
    host,
    heloName: source.heloName,
    isLockstep,
    nowMs: ports.nowMs,
  });
  session.onGone(leave.leave);
  const ending = (await session.open(signal)) ?? (await secureWhereKnown(host, session, ports, signal));
  ports.meter.phases(session.phases);
  if (ending === null) {
    ports.badHosts.worked(host);
    return { session, key, lane, host, ip: dialled.ip };
  }
  if (ending.kind === 'answer') throw new Error('nothing was asked yet');
  const finding = findingOf(where, ending);
  if (finding.reply !== null) ports.heard(finding.reply, finding.stage, request);
  if (!signal.aborted && finding.outcome !== 'reply') ports.badHosts.failed(host);
  return finding;
}

async function secureWhereKnown(host: string, session: Session, ports: LeasePorts, signal: AbortSignal) {
  if (ports.manners.get(host)?.needsTls !== true || !session.offers('STARTTLS')) return null;
  return session.secure(signal);
}

type Reached = Extract<Dialled, { kind: 'connected' }> | { readonly kind: 'unreached'; readonly finding: Finding };

/** Looks the host up, leaves out what may not be connected to, and dials the rest. */
async function reach({ host, source, lane }: LeaseRequest, ports: LeasePorts, signal: AbortSignal): Promise<Reached> {
  const nowhere: Where = { host, ip: null };
  const unreached = (finding: Finding): Reached => ({ kind: 'unreached', finding });
  const startMs = ports.nowMs();
  const resolution = await ports.resolve(host, signal);
  const resolvedMs = ports.nowMs();
  ports.meter.phase('dns', resolvedMs - startMs);
  if (resolution.kind === 'no_address') return unreached(failure(nowhere, 'no_address', null));
  if (resolution.kind === 'dns_failure') return unreached(failure(nowhere, 'dns_failure', resolution.fault));
  const allowed = resolution.endpoints.filter(
    ({ ip, isNamed }) => isNamed || isAllowedTarget(ip, ports.allowedNetworks),
  );
  if (allowed.length === 0) return unreached(failure(nowhere, 'forbidden_address', null));
  const dialled = await dial(allowed, source.ip, signal);
  if (dialled.kind === 'connected') {
    const connectMs = ports.nowMs() - resolvedMs;
    ports.meter.phase('connect', connectMs);
    ports.standing.connected(providerOfLane(lane), connectMs);
    return dialled;
  }
  const [first] = dialled.faults;
  if (signal.aborted) return unreached(failure({ host, ip: first?.ip ?? null }, 'timeout', 'deadline'));
  ports.badHosts.failed(host);
  return unreached(failure({ host, ip: first?.ip ?? null }, 'unreachable', first?.fault ?? null));
}
